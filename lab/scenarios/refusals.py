"""Bad input that only shows with a real kernel or real sockets: one clear error each, nothing broken, nothing lost."""

import socket

from lab.nodes import Client, Network, Node
from lab.scenario import scenario
from lab.wait import until


def refusal(client: Client, *flags: str, wrap: list[str] | None = None) -> str:
    """What the daemon says when it refuses to start. It must say so within 10 s and exit 1."""
    daemon = client.launch_daemon(*flags, wrap=wrap)
    status = daemon.wait(10)
    assert status == 1, f"expected exit status 1, got {status}:\n{daemon.output()}"
    return daemon.output()


@scenario(needs="netns", programs=(Node.PROGRAM, *Client.PROGRAMS))
def socket_left_over(lab):
    """A socket file that nobody serves any more is replaced; one that a live daemon serves is not."""
    client = Client(lab, Node(lab))
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(client.socket))
    first = client.start_daemon()
    said = refusal(client)
    assert str(client.socket) in said, f"the error does not name the socket:\n{said}"
    client.daemon = first
    assert client.answers(), "the first daemon lost its socket"


@scenario(needs="netns", programs=(Node.PROGRAM, *Client.PROGRAMS))
def missing_privileges(lab):
    """Without CAP_NET_ADMIN the daemon says which capability it lacks and how to grant it."""
    client = Client(lab, Node(lab))
    stripped = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
    said = refusal(client, wrap=stripped)
    assert "CAP_NET_ADMIN" in said, f"the error does not name the capability:\n{said}"


@scenario(needs="netns", programs=(Node.PROGRAM, *Client.PROGRAMS))
def ledger_down_at_start(lab):
    """A daemon that starts while the ledger is down answers, says why nothing happens, and follows once it is there."""
    node = Node(lab)
    client = Client(lab, node)
    node.process.kill()
    client.start_daemon()
    client.ask("/enable", "POST")
    until(lambda: "pass failed" in client.daemon.output(), 10, "the reason in the daemon's log")
    assert client.answers()
    node.start()
    until(lambda: client.doublezero("device", "list", check=False).status == 0, 15, "the ledger to answer")


@scenario(needs="gre", programs=Network.PROGRAMS, limit=90)
def state_file_damaged(lab):
    """A garbage state.json is reported and kept aside, and the daemon starts in its safe default, off."""
    net = Network(lab)
    net.join()
    state = net.client.home / "state/state.json"
    assert net.client.daemon.stop() == 0
    state.write_text("{\"reconciler_ena")
    daemon = net.client.start_daemon()
    assert net.client.ask("/v2/status")["reconciler_enabled"] is False
    assert "state.json" in daemon.output(), f"the log does not name the file:\n{daemon.output()}"
    kept = [path.name for path in state.parent.iterdir() if path.read_text().startswith("{\"reconciler_ena")
            and "reconciler_enabled" not in path.read_text()]
    assert kept, f"the damaged file was not kept: {sorted(p.name for p in state.parent.iterdir())}"
    net.client.doublezero("enable")
    net.client.wait_up()
