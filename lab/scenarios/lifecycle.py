"""A user's life from joining to leaving, and what must survive in between."""

import signal

from lab.ledger import Key
from lab.nodes import ANNOUNCED, DEVICE_CODE, TUNNEL, UP, Network
from lab.scenario import scenario
from lab.scenarios.gre import tunnel_link
from lab.wait import until, until_equal

CLIENT_OVERLAY, DEVICE_OVERLAY = "169.254.0.1", "169.254.0.0"


def check_up(net: Network) -> None:
    """Everything that is true of a user whose session is up."""
    client, device = net.client, net.device
    client.wait_up()
    address = str(client.host.underlay)
    expected = tunnel_link(TUNNEL, address, device.host.underlay)
    assert client.link() == expected, f"the link is {client.link()}, expected {expected}"
    assert f"{CLIENT_OVERLAY}/31 scope link" in client.host.addresses(TUNNEL), client.host.addresses(TUNNEL)
    route = client.route()
    assert (route["gateway"], route["dev"], route["prefsrc"], route["protocol"]) == (DEVICE_OVERLAY, TUNNEL, address, "bgp"), route
    until_equal(lambda: device.bird.session("user500"), "Established", 5, "the session as the device sees it")
    assert client.host.ping(ANNOUNCED, source=address), f"no answer from {ANNOUNCED} through the tunnel"


def check_status(net: Network) -> None:
    """What `doublezero status --json` says while the session is up."""
    status = net.client.doublezero_json("status")
    assert len(status) == 1, status
    row = status[0]
    address = str(net.client.host.underlay)
    shown = {key: row["response"][key] for key in ("tunnel_name", "tunnel_src", "tunnel_dst", "doublezero_ip", "user_type")}
    assert shown == {"tunnel_name": TUNNEL, "tunnel_src": address, "tunnel_dst": str(net.device.host.underlay),
                     "doublezero_ip": address, "user_type": "IBRL"}, shown
    assert row["response"]["doublezero_status"]["session_status"] == UP, row
    assert (row["current_device"], row["network"], row["reconciler_enabled"]) == (DEVICE_CODE, "localnet", True), row


def check_user(net: Network) -> None:
    """What `doublezero user list --json` says of the one user."""
    users = net.client.doublezero_json("user", "list")
    assert len(users) == 1, users
    expected = {"user_type": "IBRL", "device_name": DEVICE_CODE, "cyoa_type": "GREOverDIA", "status": "Activated", "tunnel_id": 500,
                "client_ip": str(net.client.host.underlay), "dz_ip": str(net.client.host.underlay),
                "tunnel_net": f"{DEVICE_OVERLAY}/31", "owner": str(net.client.key)}
    shown = {key: users[0][key] for key in expected}
    assert {k: str(v) for k, v in shown.items()} == {k: str(v) for k, v in expected.items()}, shown


@scenario(needs="gre", programs=Network.PROGRAMS, limit=120)
def ibrl_lifecycle(lab):
    """A user joins, is switched off and on, survives a restart of the daemon, and leaves without a trace."""
    net = Network(lab)
    client = net.client
    assert client.ask("/v2/status")["reconciler_enabled"] is False, "a fresh daemon must be off"

    net.join()  # connect also switches the reconciler on
    check_up(net)
    check_status(net)
    check_user(net)

    client.doublezero("disable")
    client.wait_down()
    state = client.ask("/v2/status")
    assert (state["reconciler_enabled"], state["services"]) == (False, []), state
    assert net.node.ledger.exists(net.node.ledger.user_address(client.host.underlay)), "disable must not touch the ledger"

    client.doublezero("enable")
    check_up(net)

    assert client.daemon.stop() == 0, "SIGTERM must end the daemon with status 0"
    client.start_daemon()
    check_up(net)
    assert client.ask("/v2/status")["reconciler_enabled"] is True, "enabled must survive a restart"

    client.doublezero("disconnect")
    client.wait_down()
    assert not net.node.ledger.exists(net.node.ledger.user_address(client.host.underlay)), "the User account is left"
    assert client.session() == "disconnected", client.session()
    until_equal(net.device.tunnels, [], 10, "the tunnels of the device")


@scenario(needs="gre", programs=Network.PROGRAMS, limit=90)
def killed_daemon(lab):
    """After SIGKILL everything stays, and the next daemon adopts it without an error or a second tunnel."""
    net = Network(lab)
    net.join()
    index = net.client.host.link(TUNNEL)["ifindex"]
    net.client.daemon.signal(signal.SIGKILL)
    net.client.daemon.wait()
    assert net.client.link(), "the tunnel must outlive a killed daemon"
    net.client.start_daemon()
    check_up(net)
    assert net.client.host.link(TUNNEL)["ifindex"] == index, "the tunnel was built anew instead of adopted"
    assert '"level":"ERROR"' not in net.client.daemon.output(), "the new daemon logged an error"


@scenario(needs="gre", programs=Network.PROGRAMS, limit=90)
def second_user(lab):
    """A user who joins by a raw transaction gets a tunnel and a neighbour on the device; nobody tells the lab."""
    net = Network(lab)
    net.join()
    ledger, newcomer = net.node.ledger, Key.new()
    address = net.client.host.underlay + 1
    ledger.airdrop(newcomer)
    ledger.set_access_pass(net.node.foundation, newcomer.public, address)
    ledger.create_user(newcomer, net.device.account, address)
    until_equal(net.device.tunnels, ["tunnel500", "tunnel501"], 10, "the tunnels of the device")
    until(lambda: net.device.bird.session("user501"), 10, "the second neighbour on the device")
    check_up(net)
