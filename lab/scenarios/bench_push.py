"""From a notification of the ledger to a tunnel in the kernel and a session that is up."""

import datetime
import json
import pathlib
import re
import signal
import time

from lab.nodes import TUNNEL, Network
from lab.relay import relay
from lab.scenario import scenario
from lab.scenarios.push import admit, create_user, delete_user, url
from lab.wait import until

RUNS = 100
STAMP = re.compile(r"^\[([^\]]+)\] ")
PUSH_PORT = 8910


def moment(text: str) -> float:
    """Seconds since 1970 of "2026-01-31T12:00:00.123456", local, or with a Z, UTC."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Kernel:
    """When links and addresses of a host changed, by the kernel's own messages."""

    def __init__(self, lab, namespace: str):
        self._process = lab.start("monitor", ["ip", "-ts", "-o", "monitor", "link", "address"], namespace=namespace)
        self._read = 0

    def forget(self) -> None:
        self._read = len(self._process.output())

    def first(self, *texts: str) -> float | None:
        """When the first message with all of the texts came, since `forget`."""
        for line in self._process.output()[self._read:].splitlines():
            stamp = STAMP.match(line)
            if stamp and TUNNEL in line and "Deleted" not in line and all(text in line for text in texts):
                return moment(stamp[1])
        return None

    def complete(self) -> float:
        """When the tunnel was there, up, and had its address."""
        up, address = self.first(",UP"), self.first("inet ")
        assert up and address, "the kernel has not told of all"
        return max(up, address)


def established(log: str) -> float:
    """When the daemon's session came up."""
    line = next((one for one in log.splitlines() if '"msg":"session established"' in one), None)
    assert line, "no session yet"
    return moment(json.loads(line)["time"])


def p99(values: list[float]) -> float:
    return sorted(values)[len(values) * 99 // 100]


def session_is_free(net: Network) -> bool:
    """The device takes a connection: BIRD is not waiting after an error."""
    protocol = net.device.tunnels()[0].replace("tunnel", "user")
    return net.device.bird.session(protocol) in ("Passive", "Active", "Connect")


@scenario(needs="gre", programs=Network.PROGRAMS, limit=900)
def bench_reconcile_push(lab):
    """A user that is created again and again, on a device that is ready for it."""
    told: list[float] = []
    in_kernel: list[float] = []
    up: list[float] = []
    with relay(lab, PUSH_PORT) as wire:
        wire.watch = lambda data: told.append(time.time()) if b"Notification" in data else None
        net = Network(lab, "-solana-ws-endpoint", url(PUSH_PORT, "ws"))
        admit(net)
        create_user(net)
        net.client.wait_up()
        # From now on the device stays as it is: tunnel, rule and BIRD's protocol are there before each commit.
        net.device.agent.signal(signal.SIGSTOP)
        kernel = Kernel(lab, net.client.host.name)
        log = pathlib.Path(net.client.daemon.log)
        for _ in range(RUNS):
            delete_user(net)
            net.client.wait_down()
            until(lambda: session_is_free(net), 30, "BIRD to take a session again")
            kernel.forget()
            told.clear()
            read = log.stat().st_size
            create_user(net)
            net.client.wait_up()
            in_kernel.append((until(kernel.complete, 10, "the kernel's messages") - told[0]) * 1000)
            up.append((until(lambda: established(log.read_text()[read:]), 10, "the session's line") - told[0]) * 1000)
    lab.figure("reconcile.push_kernel_p99_ms", p99(in_kernel))
    lab.figure("reconcile.push_p99_ms", p99(up))
