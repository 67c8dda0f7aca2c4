"""The kernel is not what the daemon left it, or the ledger is not there: both must be repaired or outlived."""

from lab.ledger import IBRL_WITH_ALLOCATED_IP
from lab.liar import LIES, liar
from lab.nodes import ANNOUNCED, TUNNEL, UP, Network
from lab.scenario import scenario
from lab.scenarios.lifecycle import CLIENT_OVERLAY, DEVICE_OVERLAY, check_up
from lab.wait import until, until_equal


@scenario(needs="gre", programs=Network.PROGRAMS, limit=120)
def kernel_drift(lab):
    """A route, an address and the link deleted by hand come back; so does a link that was set down."""
    net = Network(lab)
    net.join()
    host = net.client.host
    damages = [
        f"route del {ANNOUNCED}/32 via {DEVICE_OVERLAY} dev {TUNNEL}",
        f"addr del {CLIENT_OVERLAY}/31 dev {TUNNEL}",
        f"link set {TUNNEL} down",
        f"link del {TUNNEL}",
    ]
    for damage in damages:
        host.ip(damage)
        until(lambda: net.client.link() and net.client.route() and host.addresses(TUNNEL), 30, f"the repair after `ip {damage}`")
        check_up(net)


@scenario(needs="gre", programs=Network.PROGRAMS, limit=90)
def foreign_route(lab):
    """Routes of other programs stay as they are, also one for the prefix that BGP announces."""
    net = Network(lab)
    net.client.host.ip(f"route add {ANNOUNCED}/32 dev eth0 proto static metric 5", "route add 9.200.0.0/16 dev eth0 proto static")
    net.join()
    net.client.doublezero("disconnect")
    net.client.wait_down()
    left = sorted(one["dst"] for one in net.client.host.routes("table", "main", "proto", "static"))
    assert left == [ANNOUNCED, "9.200.0.0/16"], left


@scenario(needs="gre", programs=Network.PROGRAMS, limit=90)
def ledger_outage(lab):
    """While the ledger is away the tunnel is untouched; after its return nothing flaps and the daemon follows again."""
    net = Network(lab)
    net.join()
    client = net.client
    before = client.host.link(TUNNEL)["ifindex"], client.ask("/status")[0]["doublezero_status"]["last_session_update"]
    net.node.process.kill()
    until(client.problems, 15, "the daemon to say that the ledger is away")
    assert client.session() == UP and client.link(), "the tunnel must not depend on the ledger"
    net.node.start()
    until_equal(client.problems, [], 15, "the problems after the ledger's return")
    check_up(net)
    after = client.host.link(TUNNEL)["ifindex"], client.ask("/status")[0]["doublezero_status"]["last_session_update"]
    assert after == before, f"link index and time of the last session change were {before}, now {after}"
    client.doublezero("disconnect")
    client.wait_down()


@scenario(needs="gre", programs=Network.PROGRAMS, limit=180)
def ledger_lies(lab):
    """A ledger that answers garbage, half an answer, an error or an empty catalogue costs nobody a tunnel."""
    net = Network(lab)
    net.join()
    client = net.client
    index = client.host.link(TUNNEL)["ifindex"]
    net.node.process.kill()
    for lie in LIES:
        with liar(lie) as server:
            until(lambda: server.asked >= 3, 30, f"the daemon to ask the ledger that answers {lie}")
            until(client.problems, 10, f"the daemon to say that the ledger answers {lie}")
            assert (client.session(), client.host.link(TUNNEL)["ifindex"]) == (UP, index), f"the tunnel was lost to a ledger that answers {lie}"
    net.node.start()
    until_equal(client.problems, [], 30, "the problems after the ledger's return")
    check_up(net)


@scenario(needs="gre", programs=Network.PROGRAMS, limit=90)
def two_users_one_address(lab):
    """A second account for the same address: the first is used, the daemon says so, and nothing flaps."""
    net = Network(lab)
    net.join()
    client, ledger = net.client, net.node.ledger
    index = client.host.link(TUNNEL)["ifindex"]
    ledger.set_access_pass(net.node.foundation, client.key.public, client.host.underlay, unicast_users=2)
    ledger.create_user(client.key, net.device.account, client.host.underlay, user_type=IBRL_WITH_ALLOCATED_IP)
    until(client.problems, 15, "the daemon to say that there are two users")
    check_up(net)
    assert client.host.link(TUNNEL)["ifindex"] == index, "the tunnel was rebuilt for the second user"


@scenario(needs="gre", programs=Network.PROGRAMS, limit=90)
def silent_device(lab):
    """A device that stops answering: the session goes down by its hold time, the route with it; both return."""
    net = Network(lab)
    net.join()
    net.device.host.ip("link set eth1 down")
    until(lambda: net.client.session() != UP, 10, "the hold time of 3 s to run out")
    until(lambda: net.client.route() is None, 5, "the route to be withdrawn")
    assert net.client.link(), "the tunnel itself stays"
    net.device.host.ip("link set eth1 up")
    check_up(net)


def learned_routes(net: Network) -> list[tuple]:
    """The client's routes to the announced prefix, each as (protocol, metric, gateway, source)."""
    shown = net.client.host.routes("table", "main", "root", f"{ANNOUNCED}/32")
    return sorted((one["protocol"], one.get("metric", 0), one.get("gateway", ""), one.get("prefsrc", "")) for one in shown)


@scenario(needs="gre", programs=Network.PROGRAMS, limit=120)
def learned_route(lab):
    """A learned route bears our mark, replaces what the reference left of it, and outlives a flap of the link by itself."""
    net = Network(lab)
    net.join()
    host, source = net.client.host, str(net.client.host.underlay)
    ours = ("bgp", 20, DEVICE_OVERLAY, source)
    until_equal(lambda: learned_routes(net), [ours], 30, "the learned route")

    # What the reference installs has no metric, and so would win over ours for ever.
    host.ip(f"route add {ANNOUNCED}/32 via {DEVICE_OVERLAY} dev {TUNNEL} src {source} proto bgp")
    until_equal(lambda: learned_routes(net), [ours], 45, "the route without metric to be replaced")

    operators = ("static", 0, "", "")
    host.ip(f"route add {ANNOUNCED}/32 dev eth0 proto static")
    sent = net.device.bird.ask("show protocols all user500")
    host.ip(f"link set {TUNNEL} down", f"link set {TUNNEL} up")
    until_equal(lambda: learned_routes(net), [ours, operators], 30, "ours beside the operator's after the flap")
    exported = [line for line in sent.splitlines() if "Export updates" in line]
    assert exported == [line for line in net.device.bird.ask("show protocols all user500").splitlines() if "Export updates" in line], \
        "the device has announced its routes again: the flap was not repaired by us alone"
    net.client.doublezero("disconnect")
    net.client.wait_down()
    until_equal(lambda: learned_routes(net), [operators], 30, "the operator's route alone")
