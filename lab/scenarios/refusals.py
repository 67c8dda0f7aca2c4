"""Bad input that only shows with a real kernel or real sockets: one clear error each, nothing broken, nothing lost."""

import socket

from lab.nodes import Client, Network, Node
from lab.scenario import scenario
from lab.wait import until, until_equal


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
    """Without CAP_NET_ADMIN the daemon answers, and says which capability it lacks and how to grant it."""
    client = Client(lab, Node(lab))
    client.start_daemon(wrap=["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"])
    assert client.complains_of("CAP_NET_ADMIN")


@scenario(needs="netns", programs=(Node.PROGRAM, *Client.PROGRAMS))
def ledger_down_at_start(lab):
    """A daemon that starts while the ledger is down answers, says why nothing happens, and follows once it is there."""
    node = Node(lab)
    client = Client(lab, node)
    node.process.kill()
    client.start_daemon()
    client.ask("/enable", "POST")
    until(lambda: client.complains_of(node.url), 10, f"a problem that names {node.url}")
    node.start()
    until_equal(client.problems, [], 15, "the problems after the ledger's return")


@scenario(needs="gre", programs=Network.PROGRAMS, limit=90)
def state_file_damaged(lab):
    """A garbage state.json is reported and kept aside, and the daemon starts in its safe default, off."""
    net = Network(lab)
    net.join()
    state = net.client.home / "state/state.json"
    assert net.client.daemon.stop() == 0
    damaged = '{"reconciler_ena'
    state.write_text(damaged)
    net.client.start_daemon()
    assert net.client.ask("/v2/status")["reconciler_enabled"] is False
    assert net.client.complains_of("state.json")
    assert any(file.read_text() == damaged for file in state.parent.iterdir()), "the damaged file was not kept"
    net.client.doublezero("enable")
    net.client.wait_up()
    assert net.client.problems() == [], net.client.problems()
