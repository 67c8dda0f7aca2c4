"""Every type of service, alone and beside another, over what the ledger does to it. What is not ours stays as it is."""

import signal

from lab.kernel_state import check_same, kernel_state
from lab.nodes import ANNOUNCED, DEVICE_CODE, TUNNEL, UP, Client, Network
from lab.scenario import scenario
from lab.scenarios.lifecycle import CLIENT_OVERLAY, DEVICE_OVERLAY, check_up
from lab.wait import until, until_equal

MULTICAST_TUNNEL = "doublezero1"
FAR_DEVICE = "la2-dz01"  # on the ledger only: a second tunnel needs other ends
GROUPS = ("mg01", "mg02")
# Of other programs: one of each kind, as near to ours as they may come.
FOREIGN = (
    "link add gre7 type gre local 9.128.0.100 remote 9.128.0.77 ttl 64",
    "link set gre7 up",
    "addr add 192.0.2.1/24 dev gre7",
    f"route add {ANNOUNCED}/32 dev gre7 proto static metric 5",
    "route add 233.84.178.77/32 dev gre7",
    "route add 8.8.4.4/32 dev gre7 proto bgp",
    "route add default dev gre7 table 101 metric 9",
    "rule add priority 100 to 192.0.2.0/24 lookup 100",
    "rule add priority 101 from 192.0.2.0/24 lookup 101 protocol static",
)


def foreign_objects(client: Client) -> list[str]:
    client.host.ip(*FOREIGN)
    return kernel_state(client.host)


def check_untouched(client: Client, before: list[str]) -> None:
    """All that was there is there still, to the byte."""
    now = kernel_state(client.host)
    # The main table's entry of the host's own address is shown with the services that use it; ours only ever add lines.
    missing = [one for one in before if one not in now]
    assert not missing, "objects of others were changed:\n" + "\n".join(missing)


def as_foundation(net: Network, *words: str):
    return net.client.doublezero("--keypair", str(net.node.keys / "foundation.json"), *words)


def create_user(net: Network, user_type: str) -> None:
    net.client.doublezero("user", "create", "--user-type", user_type, "--device", DEVICE_CODE, "--client-ip", str(net.client.host.underlay))


def open_groups(net: Network) -> None:
    """Groups that the client may send to and receive."""
    whose = ("--client-ip", str(net.client.host.underlay), "--user-payer", str(net.client.key))
    for code in GROUPS:
        as_foundation(net, "multicast", "group", "create", "--code", code, "--max-bandwidth", "1gbps", "--owner", "me")
        for role in ("publisher", "subscriber"):
            as_foundation(net, "multicast", "group", "allowlist", role, "add", "--code", code, *whose)


def publish(net: Network, group: str) -> None:
    net.client.doublezero("user", "create-subscribe", "--device", FAR_DEVICE, "--client-ip", str(net.client.host.underlay), "--publisher", group)


def multicast_user(net: Network) -> str:
    return next(one["account"] for one in net.client.doublezero_json("user", "list") if one["user_type"] == "Multicast")


def group_routes(net: Network) -> list[str]:
    return sorted(one["dst"] for one in net.client.host.routes("table", "main", "dev", MULTICAST_TUNNEL, "proto", "static"))


def index_of(client: Client, link: str = TUNNEL) -> int | None:
    return (client.host.link(link) or {}).get("ifindex")


def edge_rules(client: Client) -> list[str]:
    """Those with our mark, in words that `ip rule` takes."""
    found = []
    for one in client.host.read("-4", "-d", "rule", "show"):
        if one["priority"] in (100, 101) and one.get("protocol") == "kernel":
            ends = [f"{word} {one[key]}/{one.get(key + 'len', 32)}" for word, key in (("from", "src"), ("to", "dst")) if one.get(key, "all") != "all"]
            found.append(f"priority {one['priority']} {' '.join(ends)} lookup {one['table']}")
    return sorted(found)


@scenario(needs="gre", programs=Network.PROGRAMS, limit=400)
def allocated_address(lab):
    """IBRL with an allocated address: it is on the tunnel, traffic leaves from it, and its routes outlive the session."""
    net = Network(lab)
    client, bird = net.client, net.device.bird
    before = foreign_objects(client)
    net.node.admit(client)
    client.doublezero("connect", "ibrl", "--allocate-addr", "--device", DEVICE_CODE)
    client.wait_up()
    address = client.ask("/status")[0]["doublezero_ip"]
    assert address != str(client.host.underlay), address
    assert client.host.addresses(TUNNEL) == [f"{CLIENT_OVERLAY}/31 scope link", f"{address}/32 scope global"]
    assert client.route()["prefsrc"] == address
    until(lambda: f"{address}/32" in bird.ask("show route all"), 10, "the device to learn the address")
    check_untouched(client, before)

    bird.ask("disable user500")
    until(lambda: client.session() != UP, 15, "the session to end")
    assert client.route(), "with an allocated address a route outlives its session"
    bird.ask("enable user500")
    client.wait_up()
    client.doublezero("disconnect")
    until(lambda: check_same(client.host, before), 15, "only other people's objects to be left")


@scenario(needs="gre", programs=Network.PROGRAMS, limit=400)
def edge_filtering(lab):
    """An edge user's rules and tables; what networkd flushes is back; the fleet's changes cost two rules and no tunnel."""
    net = Network(lab)
    client = net.client
    before = foreign_objects(client)
    net.node.admit(client)
    client.ask("/enable", "POST")
    create_user(net, "edge-filtering")
    until_equal(client.session, UP, 30, "the session")
    until(lambda: client.host.routes("table", "100", "root", f"{ANNOUNCED}/32"), 15, "the learned route in table 100")
    address = client.ask("/status")[0]["doublezero_ip"]
    default = [one for one in client.host.routes("table", "101", "default") if one.get("dev") == TUNNEL]
    assert [(one["gateway"], one["prefsrc"]) for one in default] == [(DEVICE_OVERLAY, address)], default
    rules = edge_rules(client)
    prefixes = sorted(one["dz_prefixes"] for one in client.doublezero_json("device", "list"))
    assert len(rules) == 2 * len(prefixes) > 0, f"{rules} for {prefixes}"
    assert client.route() is None, "a learned route of an edge user is in the main table"
    check_untouched(client, before)

    built, index = kernel_state(client.host), index_of(client)
    client.host.ip(*[f"rule del {rule}" for rule in rules])  # as systemd-networkd does to others' rules
    until(lambda: check_same(client.host, built), 30, "the rules to be back")

    # A killed daemon's successor knows its rules from others' by its record, and reads the fleet anew.
    as_foundation(net, "device", "update", "--pubkey", FAR_DEVICE, "--dz-prefixes", "9.240.0.0/29")
    client.daemon.signal(signal.SIGKILL)
    client.daemon.wait()
    client.start_daemon()
    until(lambda: "priority 100 to 9.240.0.0/29 lookup 100" in edge_rules(client), 60, "a rule for the device's new prefix")
    until(lambda: len(edge_rules(client)) == len(rules), 5, "the rules of the old prefix to go")
    assert index_of(client) == index, "the tunnel was built anew for another device's prefix"
    check_untouched(client, before)
    client.doublezero("disconnect")
    until(lambda: check_same(client.host, before), 15, "only other people's objects to be left")


@scenario(needs="gre", programs=Network.PROGRAMS, limit=400)
def two_tunnels(lab):
    """A publisher's tunnel beside the user's: groups come and go as routes, and neither service disturbs the other."""
    net = Network(lab)
    client = net.client
    before = foreign_objects(client)
    net.join()
    unicast_only = kernel_state(client.host)
    since = client.ask("/status")[0]["doublezero_status"]["last_session_update"]
    index = index_of(client)
    open_groups(net)
    publish(net, GROUPS[0])
    until_equal(lambda: group_routes(net), ["233.84.178.0"], 30, "the group's route")
    second = index_of(client, MULTICAST_TUNNEL)
    row = next(one for one in client.ask("/status") if one["tunnel_name"] == MULTICAST_TUNNEL)
    source = row["doublezero_ip"]
    assert f"{source}/32 scope global" in client.host.addresses(MULTICAST_TUNNEL)
    route = client.host.routes("table", "main", "dev", MULTICAST_TUNNEL, "proto", "static")[0]
    assert route["prefsrc"] == source, route

    user = multicast_user(net)
    client.doublezero("user", "subscribe", "--user", user, "--group", GROUPS[1], "--subscriber", "true")
    until_equal(lambda: group_routes(net), ["233.84.178.0", "233.84.178.1"], 30, "both groups' routes")
    client.doublezero("user", "subscribe", "--user", user, "--group", GROUPS[0], "--publisher", "false")
    until_equal(lambda: group_routes(net), ["233.84.178.1"], 30, "the route of the group that is left")
    assert index_of(client, MULTICAST_TUNNEL) == second, "the tunnel was built anew for a group"

    client.host.ip(f"link del {MULTICAST_TUNNEL}")
    until_equal(lambda: group_routes(net), ["233.84.178.1"], 30, "the tunnel and its group's route to be back")
    check_untouched(client, unicast_only)
    client.doublezero("user", "delete", "--pubkey", user)
    until(lambda: check_same(client.host, unicast_only), 30, "the user's own tunnel alone")
    assert (client.session(), index_of(client)) == (UP, index), "the user's tunnel was disturbed by the other one"
    assert client.ask("/status")[0]["doublezero_status"]["last_session_update"] == since, "the session was disturbed by the other one"

    client.doublezero("disconnect")
    until(lambda: check_same(client.host, before), 15, "only other people's objects to be left")


@scenario(needs="gre", programs=Network.PROGRAMS, limit=400)
def moved_user(lab):
    """Another /31 or endpoint on the ledger: the same link is led there, and led back it is up again."""
    net = Network(lab)
    net.join()
    client = net.client
    index = index_of(client)
    user = client.doublezero_json("user", "list")[0]["account"]
    as_foundation(net, "user", "update", "--pubkey", user, "--tunnel-endpoint", "9.128.0.200")
    until(lambda: (client.link() or {}).get("broadcast") == "9.128.0.200", 30, "the tunnel to lead to the new endpoint")
    assert index_of(client) == index, "the link was made anew"
    as_foundation(net, "user", "update", "--pubkey", user, "--tunnel-endpoint", str(net.device.host.underlay), "--tunnel-net", "169.254.0.8/31")
    until_equal(lambda: client.host.addresses(TUNNEL), ["169.254.0.9/31 scope link"], 30, "the tunnel's address")
    client.wait_up()
    assert client.route()["gateway"] == "169.254.0.8", client.route()
    assert index_of(client) == index, "the link was made anew"


@scenario(needs="gre", programs=Network.PROGRAMS, limit=400)
def banned_user(lab):
    """A banned user loses the tunnel at once; deleted and admitted again it is back."""
    net = Network(lab)
    net.join()
    client = net.client
    user = client.doublezero_json("user", "list")[0]["account"]
    as_foundation(net, "user", "request-ban", "--pubkey", user)
    client.wait_down()
    assert client.complains_of("so it gets no tunnel")
    assert client.ask("/v2/status")["reconciler_enabled"] is True
    as_foundation(net, "user", "delete", "--pubkey", user)
    until(lambda: not net.node.ledger.exists(net.node.ledger.user_address(client.host.underlay)), 15, "the user to be deleted")
    client.doublezero("disconnect")  # succeeds although there is nobody any more
    client.doublezero("connect", "ibrl", "--device", DEVICE_CODE)
    check_up(net)


@scenario(needs="gre", programs=Network.PROGRAMS, limit=400)
def two_clients(lab):
    """Two clients of one device: each has its tunnel, neither learns the other, and one that leaves does not disturb the other."""
    net = Network(lab)
    net.join()
    first, second = net.client, Client(lab, net.node, 2)
    second.start_daemon()
    net.node.admit(second)
    second.doublezero("connect", "ibrl", "--device", DEVICE_CODE)
    second.wait_up()
    for one, other in ((first, second), (second, first)):
        assert one.route(f"{other.host.underlay}/32") is None, "two clients of one exchange have learned each other"
        assert one.host.ping(str(other.host.underlay)), "the public path between the clients is cut"
    index = index_of(first)
    second.doublezero("disconnect")
    second.wait_down()
    assert (first.session(), index_of(first)) == (UP, index)
    check_up(net)


@scenario(needs="gre", programs=Network.PROGRAMS, limit=400)
def persistent_interface(lab):
    """With -persistent-interface the index outlives disconnect, disable and restarts; the link rests down and without addresses."""
    net = Network(lab, "-persistent-interface")
    net.join()
    client = net.client
    index = index_of(client)

    def rests() -> bool:
        assert index_of(client) == index, "the link was removed"
        return "UP" not in client.host.link(TUNNEL)["flags"] and not client.host.addresses(TUNNEL)

    client.doublezero("disconnect")
    until(rests, 15, "the link to rest")
    assert client.session() == "disconnected"
    assert client.host.routes("table", "all", "proto", "bgp") == []
    client.doublezero("connect", "ibrl", "--device", DEVICE_CODE)
    check_up(net)
    client.doublezero("disable")
    until(rests, 15, "the link to rest")
    client.doublezero("enable")
    check_up(net)
    assert client.daemon.stop() == 0
    until(rests, 5, "the link to rest")
    client.start_daemon("-persistent-interface")
    check_up(net)
    assert index_of(client) == index, "the link was made anew"


@scenario(needs="gre", programs=Network.PROGRAMS, limit=400)
def left_by_the_reference(lab):
    """What the reference daemon leaves behind is taken over: same link, nothing twice, nothing of it left in the end."""
    net = Network(lab)
    client = net.client
    before = foreign_objects(client)
    net.node.admit(client)
    client.ask("/enable", "POST")
    create_user(net, "edge-filtering")
    until(lambda: client.host.routes("table", "100", "root", f"{ANNOUNCED}/32"), 30, "the learned route")
    address = client.ask("/status")[0]["doublezero_ip"]
    built, rules = kernel_state(client.host), edge_rules(client)
    client.daemon.kill()
    (client.home / "state" / "owned.json").unlink()  # which the reference does not write
    stale = "198.18.7.0/24"  # a prefix of a device that is gone
    client.host.ip(f"route del {ANNOUNCED}/32 table 100", f"route add {ANNOUNCED}/32 via {DEVICE_OVERLAY} src {address} table 100 proto bgp",
                   f"rule add priority 100 to {stale} lookup 100 protocol kernel", f"rule add priority 101 from {stale} lookup 101 protocol kernel",
                   f"addr add 169.254.0.77/31 dev {TUNNEL} scope link")
    index = index_of(client)
    client.start_daemon()
    until(lambda: check_same(client.host, built), 45, "all to be as we build it")
    assert index_of(client) == index, "the tunnel was built anew instead of adopted"
    assert edge_rules(client) == rules
    client.doublezero("disconnect")
    until(lambda: check_same(client.host, before), 15, "only other people's objects to be left")
