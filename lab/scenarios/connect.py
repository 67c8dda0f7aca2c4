"""`doublezero connect` against real devices: which one it chooses, what it refuses, what a kill leaves."""

import itertools
import subprocess

from lab.ledger import SOL
from lab.nodes import DEVICE_CODE, Client, Device, Network, Node
from lab.process import in_namespace
from lab.scenario import scenario
from lab.wait import until, until_equal

# Of the demo network: the code, the address, and by how many ms its answers come later.
NEAR, MIDDLE, FAR = (DEVICE_CODE, "9.128.0.8", 5), ("la2-dz01", "9.128.1.8", 20), ("ld4-dz01", "9.128.2.8", 40)
PROBING = ("-probe-interval", "1")


def accounts(client: Client) -> dict[str, str]:
    """The ledger's devices by code."""
    return {one["code"]: one["account"] for one in client.doublezero_json("device", "list")}


def users(client: Client) -> list[tuple[str, str]]:
    """Device and client address of every user."""
    return sorted((one["device_name"], one["client_ip"]) for one in client.doublezero_json("user", "list"))


def wait_for_order(client: Client, *codes: str) -> None:
    """Until the daemon finds these devices, and only these, in this order of distance."""

    def order() -> list[str]:
        found = [one for one in client.ask("/v2/latency")["results"] if one["reachable"]]
        return [one["device_code"] for one in sorted(found, key=lambda one: one["min_latency_ns"])]

    until_equal(order, list(codes), 30, "the devices by distance")


def joined(client: Client, code: str, *words: str) -> str:
    """Connects, checks where to, and returns what was printed."""
    shown = client.doublezero("connect", "ibrl", *words).stdout
    assert f"Device selected: {code} (" in shown, shown
    assert shown.rstrip().endswith("User Provisioned"), shown
    client.wait_up()
    assert users(client) == [(code, str(client.host.underlay))], users(client)
    return shown


def left(client: Client) -> None:
    client.doublezero("disconnect")
    client.wait_down()


@scenario(needs="gre", programs=Network.PROGRAMS, limit=240)
def connect_chooses_by_latency(lab):
    """Of three devices the nearest is taken; one that is locked, drained or silent is passed over, and the reason printed."""
    net = Network(lab, *PROBING)
    client, known = net.client, accounts(net.client)
    devices = {DEVICE_CODE: net.device}
    for number, (code, address, _) in enumerate((MIDDLE, FAR), 2):
        devices[code] = Device(lab, net.node, known[code], number=number, address=address)
        client.reach(address)
    for code, _, delay in (NEAR, MIDDLE, FAR):
        devices[code].delay(delay)
    net.node.admit(client)
    wait_for_order(client, NEAR[0], MIDDLE[0], FAR[0])

    shown = joined(client, NEAR[0])
    assert "nearest of 3 that take users" in shown, shown
    left(client)

    client.as_foundation("device", "update", "--pubkey", NEAR[0], "--max-users", "0")
    shown = joined(client, MIDDLE[0])
    assert f"not {NEAR[0]} at " in shown and "it is locked: its max_users is 0" in shown, shown
    left(client)

    client.as_foundation("device", "update", "--pubkey", MIDDLE[0], "--status", "drained")
    joined(client, FAR[0])
    left(client)
    named = client.doublezero("connect", "ibrl", "--device", MIDDLE[0], check=False)
    assert named.status == 1 and "Device is not accepting more users" in named.stderr and "it is drained" in named.stderr, named

    devices[FAR[0]].host.ip("link set eth1 down")
    until(lambda: FAR[0] not in [one["device_code"] for one in client.ask("/v2/latency")["results"] if one["reachable"]],
          30, f"{FAR[0]} to be found silent")
    silent = client.doublezero("connect", "ibrl", check=False)
    assert silent.status == 1 and "No reachable devices found" in silent.stderr, silent
    assert users(client) == [], users(client)


@scenario(needs="gre", programs=Network.PROGRAMS, limit=150)
def connect_two_clients(lab):
    """Two hosts share a device; past its limit the next is refused by name; a repeated connect sends nothing."""
    net = Network(lab)
    first, second = net.client, Client(lab, net.node, 2)
    second.start_daemon()
    for client in (first, second):
        net.node.admit(client)
    client_keys = ("--device", DEVICE_CODE)
    net.join()

    client = second.as_foundation  # a limit that the first user already fills
    client("device", "update", "--pubkey", DEVICE_CODE, "--max-unicast-users", "1")
    refused = second.doublezero("connect", "ibrl", *client_keys, check=False)
    assert refused.status == 1 and "unicast user limit (1/1)" in refused.stderr, refused
    client("device", "update", "--pubkey", DEVICE_CODE, "--max-unicast-users", "2")
    second.doublezero("connect", "ibrl", *client_keys)
    second.wait_up()
    until_equal(net.device.tunnels, ["tunnel500", "tunnel501"], 10, "the tunnels of the device")

    spent = net.node.ledger.balance(second.key)
    again = second.doublezero("connect", "ibrl").stdout
    assert "An account already exists: " in again and "Signature" not in again, again
    assert net.node.ledger.balance(second.key) == spent, "a repeated connect paid a fee"

    second.doublezero("disconnect")
    second.wait_down()
    assert first.session() == "BGP Session Up", "one client's leaving must not touch the other"
    assert users(first) == [(DEVICE_CODE, str(first.host.underlay))], users(first)


@scenario(needs="netns", programs=(Node.PROGRAM, *Client.PROGRAMS), limit=90)
def connect_refusals(lab):
    """What connect refuses before it sends anything, each with its reason and the next step."""
    node = Node(lab, "--slots-per-epoch", "10")
    client = Client(lab, node)
    down = client.doublezero("connect", "ibrl", check=False)
    assert down.status == 1 and "no credits" in down.stderr, down

    node.ledger.airdrop(client.key, SOL)
    down = client.doublezero("connect", "ibrl", check=False)
    assert down.status == 1 and "systemctl start doublezerod" in down.stderr, down

    client.start_daemon()
    none = client.doublezero("connect", "ibrl", check=False)
    assert none.status == 1 and "no usable AccessPass" in none.stderr and "there is none" in none.stderr, none

    passes = ("access-pass", "set", "--user-payer", str(client.key), "--client-ip", str(client.host.underlay))
    client.as_foundation(*passes, "--epochs", "1")
    until(lambda: "it ended with epoch" in client.doublezero("connect", "ibrl", check=False).stderr, 30, "the pass to have ended")

    client.as_foundation(*passes)
    client.as_foundation("device", "update", "--pubkey", DEVICE_CODE, "--max-users", "0")
    full = client.doublezero("connect", "ibrl", "--device", DEVICE_CODE, check=False)
    assert full.status == 1 and "Device is not accepting more users" in full.stderr, full
    tenant = client.doublezero("connect", "ibrl", "--tenant", "nobody", "--device", DEVICE_CODE, check=False)
    assert tenant.status == 1 and "not found" in tenant.stderr, tenant

    (client.home / "id.json").chmod(0o640)
    readable = client.doublezero("connect", "ibrl", check=False)
    assert readable.status == 1 and f"Try: chmod 600 {client.home}/id.json" in readable.stderr, readable
    assert node.ledger.balance(client.key) == SOL, "a refused connect paid a fee"


@scenario(needs="gre", programs=Network.PROGRAMS, limit=90)
def connect_tunnel_stays_down(lab):
    """Where the device does not answer BGP, connect ends with status 1 and the last state; the account stays."""
    net = Network(lab)
    net.device.bird.process.kill()
    net.node.admit(net.client)
    done = net.client.doublezero("connect", "ibrl", "--device", DEVICE_CODE, "--timeout", "5", check=False)
    assert done.status == 1, done
    assert "the account is active but the tunnel is not up yet" in done.stderr and "BGP Session" in done.stderr, done
    assert "User Provisioned" not in done.stdout, done
    assert users(net.client) == [(DEVICE_CODE, str(net.client.host.underlay))], users(net.client)


def killed_after(client: Client, program: str, lines: int) -> int:
    """Starts connect and kills it once it has printed so many lines. Returns how many it printed."""
    argv = in_namespace(client.host.name, [program, "connect", "ibrl", "--device", DEVICE_CODE])
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=client.environment) as child:
        printed = sum(1 for _ in itertools.islice(child.stdout, lines))
        child.kill()
    return printed


@scenario(needs="gre", programs=Network.PROGRAMS, limit=240)
def connect_killed(lab):
    """A connect killed after any of its lines is run again and ends with the tunnel up and one user."""
    net = Network(lab)
    net.node.admit(net.client)
    for lines in itertools.count(1):
        printed = killed_after(net.client, lab.program("doublezero"), lines)
        net.client.doublezero("connect", "ibrl", "--device", DEVICE_CODE)
        net.client.wait_up()
        assert users(net.client) == [(DEVICE_CODE, str(net.client.host.underlay))], users(net.client)
        left(net.client)
        if printed < lines:
            break
    assert lines > 6, f"connect printed {lines} lines only"
