"""The daemon goes and comes back, and traffic through the tunnel does not notice. Or it goes for good and leaves nothing."""

import re
import signal

from lab.nodes import ANNOUNCED, TUNNEL, UP, Network
from lab.process import Process
from lab.scenario import scenario
from lab.scenarios.lifecycle import check_up
from lab.wait import until, until_equal

KEEP = ("-on-exit", "keep")


def joined(lab) -> Network:
    """A client that is up, and a device that answers it through its session's route only: as from a tenant's VRF."""
    net = Network(lab, *KEEP)
    net.device.host.ip(f"rule add from {ANNOUNCED} priority 32000 blackhole")
    net.join()
    return net


class Pings:
    """A hundred a second from the DZ IP through the tunnel, from construction to `lost`."""

    def __init__(self, lab, net: Network, name: str):
        self._process: Process = lab.start(name, ["ping", "-n", "-O", "-i", "0.01", "-I", net.client.host.underlay, ANNOUNCED],
                                           namespace=net.client.host.name)
        self.flow(50)

    def answered(self) -> set[int]:
        return {int(number) for number in re.findall(r"icmp_seq=(\d+) ttl=", self._process.output())}

    def flow(self, count: int) -> None:
        """Waits until `count` more were answered."""
        wanted = len(self.answered()) + count
        until(lambda: len(self.answered()) >= wanted, 30, f"{count} more answers to pings")

    def lost(self) -> int:
        """Ends it. How many before the last answer had none."""
        self.flow(50)
        self._process.signal(signal.SIGINT)
        self._process.wait()
        answered = self.answered()
        return max(answered) - len(answered)


def restart(net: Network, number: signal.Signals) -> None:
    """Ends the daemon by a signal, starts the next one, and waits until that one has its session and its routes."""
    net.client.daemon.signal(number)
    status = net.client.daemon.wait()
    assert number == signal.SIGKILL or status == 0, f"status {status} after {number.name}"
    net.client.start_daemon(*KEEP)
    net.client.wait_up()


def lost_over(lab, net: Network, number: signal.Signals, name: str) -> int:
    pings = Pings(lab, net, name)
    restart(net, number)
    return pings.lost()


def offers_graceful_restart(net: Network) -> bool:
    """Whether the device does, in the session that is up."""
    shown = net.device.bird.ask("show protocols all user500")
    return "graceful restart" in shown.lower().partition("local capabilities")[2].partition("neighbor capabilities")[0]


def without_graceful_restart(net: Network) -> None:
    """The device forgets a client as soon as its connection ends. The agent writes its file anew only when users change."""
    file = net.device.bird.configuration
    file.write_text(file.read_text().replace("passive on;", "passive on; graceful restart off;"))
    net.device.bird.ask("configure")
    until(lambda: net.device.bird.session("user500") == "Established" and not offers_graceful_restart(net), 30,
          "a session without graceful restart")
    net.client.wait_up()


@scenario(needs="gre", programs=Network.PROGRAMS, limit=150)
def restart_loses_nothing(lab):
    """A restart with -on-exit keep and a kill -9 lose none of 100 pings a second; the tunnel is the same afterwards."""
    net = joined(lab)
    index = net.client.host.link(TUNNEL)["ifindex"]
    for number in (signal.SIGTERM, signal.SIGKILL):
        lost = lost_over(lab, net, number, f"ping-{number.name}")
        assert lost == 0, f"{lost} pings were lost over {number.name}"
        assert net.client.host.link(TUNNEL)["ifindex"] == index, "the tunnel was built anew instead of adopted"
    check_up(net)
    # Routes of the process before wait for the new session only; they must be the session's now.
    until_equal(net.client.session, UP, 5, "the session")
    net.client.doublezero("disconnect")
    net.client.wait_down()
    assert net.client.daemon.stop() == 0, "SIGTERM must end it with status 0"


@scenario(needs="gre", programs=Network.PROGRAMS, limit=120)
def cleanup_after_kill(lab):
    """`doublezerod -cleanup` refuses while a daemon lives; after its end it removes all of ours and nothing else."""
    net = Network(lab, *KEEP)
    client = net.client
    before = client.host.dump()
    net.join()
    command = [lab.program("doublezerod"), "-cleanup", "-sock-file", client.socket]
    refused = client.host.run(command, check=False)
    assert refused.status == 1 and "stop that daemon first" in refused.stderr, str(refused)
    check_up(net)

    assert client.daemon.stop() == 0, "SIGTERM must end it with status 0"
    assert client.link() and client.route(), "told to keep, it has removed something"
    done = client.host.run(command)
    assert f"removed tunnel {TUNNEL}" in done.stdout and "1 routes" in done.stdout, str(done)
    assert client.host.dump() == before, f"not as before:\n{client.host.dump()}\nbut it was\n{before}"
    assert "nothing to remove" in client.host.run(command).stdout

    client.start_daemon(*KEEP)  # cleaning up has not switched it off
    client.wait_up()


@scenario(needs="gre", programs=Network.PROGRAMS, limit=240)
def bench_reconcile_restart(lab):
    """Pings lost over a restart and over kill -9, the worse of both; with and without graceful restart on the device."""
    net = joined(lab)
    signals = (signal.SIGTERM, signal.SIGKILL)
    lab.figure("reconcile.restart_lost", max(lost_over(lab, net, one, f"ping-{one.name}") for one in signals))
    without_graceful_restart(net)
    lab.figure("reconcile.restart_lost_without_gr", max(lost_over(lab, net, one, f"ping-plain-{one.name}") for one in signals))
