"""`./dz demo`: a user joins the network and leaves it, told command by command, with a timeline at the end."""

import os
import shlex
import textwrap
import time

from lab.nodes import ANNOUNCED, DEVICE_CODE, TUNNEL, Client, Device, Network, Node
from lab.process import Finished
from lab.wait import until

# A guest's console is always a terminal, so the host side says whether a person looks at it.
BOLD, DIM, PLAIN = ("\033[1m", "\033[2m", "\033[0m") if os.environ.get("DZ_LAB_COLOUR") else ("", "", "")


class Story:
    """Prints what is done and when, and keeps the times for the end."""

    def __init__(self):
        self._start = time.monotonic()
        self._timeline: list[tuple[float, float, str]] = []

    def chapter(self, title: str) -> None:
        print(f"\n{BOLD}== {title}{PLAIN}", flush=True)

    def say(self, text: str) -> None:
        print(f"{DIM}   {text}{PLAIN}", flush=True)

    def command(self, where: str, shown: str, run) -> Finished:
        """Prints a command, runs it, prints what it printed."""
        print(f"{BOLD}{where}$ {shown}{PLAIN}", flush=True)
        started = time.monotonic()
        finished = run()
        self.note(started, shown)
        print(finished.stdout, end="", flush=True)
        return finished

    def wait(self, what: str, predicate, within: float = 30) -> None:
        """Waits for an effect and notes how long it took."""
        started = time.monotonic()
        until(predicate, within, what)
        self.note(started, f"until: {what}")
        self.say(f"{what}: after {(time.monotonic() - started) * 1000:.0f} ms")

    def note(self, started: float, what: str) -> None:
        self._timeline.append((started - self._start, time.monotonic() - started, what))

    def close(self) -> None:
        self.chapter("Timeline")
        print(f"{'at':>9} {'took':>9}")
        for at, took, what in self._timeline:
            print(f"{at * 1000:6.0f} ms {took * 1000:6.0f} ms  {textwrap.shorten(what, 90, placeholder=' ...')}")


def demo(lab) -> None:
    story = Story()

    def doublezero(client: Client, *words: str, **options) -> Finished:
        return story.command(client.host.name, shlex.join(["doublezero", *words]), lambda: client.doublezero(*words, merge=True, **options))

    def on(host, *words: str, check: bool = True) -> Finished:
        return story.command(host.name, shlex.join(words), lambda: host.run(list(words), check=check, merge=True))

    def is_up(client: Client) -> None:
        story.wait("session up and route in the kernel", lambda: client.session() == "BGP Session Up" and client.route())

    story.chapter("The network")
    started = time.monotonic()
    net = Network(lab)
    client, device = net.client, net.device
    story.note(started, "network laid out, ledger, device and daemon running")
    story.say(f"A ledger node ({Node.PROGRAM}), a device ({DEVICE_CODE}: {Device.PROGRAM} and BIRD) and a user's machine")
    story.say(f"(cli-1: doublezerod), each in a network namespace. {client.host.underlay} and {device.host.underlay} see each other")
    story.say("over a plain Ethernet that plays the Internet.")

    story.chapter("The user has a key, money for fees, and a pass from the foundation")
    net.node.ledger.airdrop(client.key)
    doublezero(client, "address")
    doublezero(client, "balance")
    doublezero(client, "--keypair", str(net.node.keys / "foundation.json"), "access-pass", "set", "--accesspass-type", "prepaid",
               "--client-ip", str(client.host.underlay), "--user-payer", str(client.key))

    story.chapter("Joining")
    doublezero(client, "connect", "ibrl", "--device", DEVICE_CODE)
    is_up(client)
    doublezero(client, "status")
    doublezero(client, "user", "list")

    story.chapter("What the kernel has now")
    on(client.host, "ip", "-d", "link", "show", TUNNEL)
    on(client.host, "ip", "route")
    on(client.host, "ping", "-c3", "-i0.2", "-I", str(client.host.underlay), ANNOUNCED)

    story.chapter("Off and on: the user stays on the ledger, the kernel is clean in between")
    doublezero(client, "disable")
    story.wait("tunnel gone", lambda: not client.link())
    doublezero(client, "status")
    doublezero(client, "enable")
    is_up(client)

    story.chapter("Somebody deletes the tunnel by hand")
    on(client.host, "ip", "link", "del", TUNNEL)
    story.wait("tunnel back", lambda: client.link())
    is_up(client)

    story.chapter("The daemon is restarted")
    started = time.monotonic()
    client.daemon.stop()
    client.start_daemon()
    story.note(started, "daemon restarted")
    is_up(client)

    story.chapter("Leaving")
    doublezero(client, "disconnect")
    story.wait("tunnel gone", lambda: not client.link())
    doublezero(client, "status")
    on(client.host, "ip", "link", "show", TUNNEL, check=False)
    doublezero(client, "user", "list")
    story.close()
