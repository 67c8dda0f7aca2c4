"""The programs under test where they belong: the ledger node, a device, a client. A scenario is made of these."""

import json
import pathlib

from lab.bird import Bird
from lab.ledger import Key, Ledger, from_base58
from lab.process import Finished, Process
from lab.rpc import unix_request
from lab.topology import NODE_ADDRESS, Host
from lab.wait import until, until_equal

DEVICE_CODE = "ny5-dz01"
DEVICE_NUMBER = 8  # its public address ends in this; set by the demo network of the ledger node
CLIENT_NUMBER = 100
# What the device announces to users, as another site's route would be.
ANNOUNCED = "8.8.8.8"
TUNNEL = "doublezero0"
UP = "BGP Session Up"
DEFAULT_SOCKET = pathlib.Path("/run/doublezerod/doublezerod.sock")


class Node:
    """The ledger, on the management network, with the demo network in it."""

    PROGRAM = "doublezero-devnet"

    def __init__(self, lab, *flags: str):
        self._lab, self._flags = lab, flags
        self.keys = lab.dir / "keys"
        self.url = f"http://{NODE_ADDRESS}:8899"
        self._starts = 0
        lab.network  # the management network must be there before the node listens on it
        self.start()
        self.foundation = Key.load(self.keys / "foundation.json")

    def start(self) -> None:
        """Starts it, or starts it again on what it had stored."""
        self._starts += 1
        self.process = self._lab.start(
            f"node{self._starts}",
            [self._lab.program(self.PROGRAM), "--rpc-bind", f"{NODE_ADDRESS}:8899", "--allow-remote",
             "--ledger", self._lab.dir / "ledger", "--seed", "demo", "--keys", self.keys, *self._flags])
        self.ledger = Ledger(self.url)
        until(lambda: self.ledger.rpc.call("getHealth") == "ok", 20, "the ledger node to be healthy")
        # What it begins with is confirmed a slot later.
        first = self.slot("processed")
        until(lambda: self.slot("confirmed") >= first, 20, "the ledger's first accounts to be confirmed")

    def slot(self, commitment: str) -> int:
        return self.ledger.rpc.call("getSlot", {"commitment": commitment})

    def admit(self, client: "Client") -> None:
        """Money for the fees and a pass: what a new user has to ask the foundation for."""
        self.ledger.airdrop(client.key)
        self.ledger.set_access_pass(self.foundation, client.key.public, client.host.underlay)


class Device:
    """A switch of the network, played by the device agent and BIRD. The lab tells it nothing of any user."""

    PROGRAM = "doublezero-device-agent"

    def __init__(self, lab, node: Node, account: str, *, number: int = 1, address: str | None = None):
        """`address` is the device's on the ledger where that is not the first host address of the lab's underlay: the
        host has both then, and clients need a route (`Client.reach`)."""
        self.host = lab.network.add(f"dev-{number}", DEVICE_NUMBER + number - 1)
        if address:
            self.host.ip(f"addr add {address}/32 dev eth1")
        self.host.ip("link add loop0 type dummy", f"addr add {ANNOUNCED}/32 dev loop0", "link set loop0 up",
                     "link set lo up")
        self.account = from_base58(account)
        name = self.host.name
        configuration, socket = lab.dir / f"{name}.conf", lab.dir / f"bird-{name}.ctl"
        self.agent = lab.start("agent" if number == 1 else f"agent-{name}", [
            lab.program(self.PROGRAM), "--rpc-url", node.url, "--device", account, "--announce", f"{ANNOUNCED}/32",
            "--bird-config", configuration, "--bird-socket", socket], namespace=self.host.name)
        until(configuration.exists, 10, "the agent to write BIRD's configuration")
        self.bird = Bird(lab, self.host, configuration)

    def tunnels(self) -> list[str]:
        return sorted(link["ifname"] for link in self.host.read("link", "show", "type", "gre"))

    def delay(self, milliseconds: int) -> None:
        """How much later its answers come from now on."""
        self.host.run(["tc", "qdisc", "replace", "dev", "eth1", "root", "netem", "delay", f"{milliseconds}ms"])


class Client:
    """A user's machine: the daemon, and the command line beside it."""

    PROGRAMS = ("doublezerod", "doublezero")

    def __init__(self, lab, node: Node, number: int = 1):
        self._lab, self._node, self._starts = lab, node, 0
        self.host: Host = lab.network.add(f"cli-{number}", CLIENT_NUMBER + number - 1)
        self.home = lab.dir / self.host.name
        self.home.mkdir()
        self.key = Key.new()
        self.key.save(self.home / "id.json")
        # The first client uses the default path, as a user does.
        self.socket = DEFAULT_SOCKET if number == 1 else self.home / "doublezerod.sock"
        self.socket.parent.mkdir(exist_ok=True)
        self.socket.unlink(missing_ok=True)  # of a daemon that an earlier scenario killed
        self.environment = {"HOME": str(self.home), "DOUBLEZERO_CONFIG_FILE": str(self.home / "config.yml"), "NO_COLOR": "1"}
        (self.home / "config.yml").write_text(
            f"json_rpc_url: {node.url}\nwebsocket_url: null\nkeypair_path: {self.home / 'id.json'}\n"
            "program_id: 7CTniUa88iJKUHTrCkB4TjAoG6TD7AMivhQeuqN2LPtX\ntenant: null\n")

    # -- the daemon

    def daemon_command(self, *more: str) -> list[str]:
        return [self._lab.program("doublezerod"), "-env", "localnet", "-solana-rpc-endpoint", self._node.url,
                "-config=", "-client-ip", str(self.host.underlay), "-sock-file", str(self.socket),
                "-state-dir", str(self.home / "state"),
                "-reconciler-poll-interval", "1", *more]

    def start_daemon(self, *more: str, wrap: list[str] | None = None) -> Process:
        """Starts it and waits until it answers."""
        self.launch_daemon(*more, wrap=wrap)
        until(lambda: self.answers() or not self.daemon.running, 10, "the daemon to answer")
        assert self.daemon.running, f"the daemon ended:\n{self.daemon.output()}"
        return self.daemon

    def launch_daemon(self, *more: str, wrap: list[str] | None = None) -> Process:
        """Starts it and does not wait; for daemons that are expected to refuse."""
        self._starts += 1
        self.daemon = self._lab.start(f"daemon-{self.host.name}-{self._starts}", self.daemon_command(*more),
                                      namespace=self.host.name, env=self.environment, wrap=wrap)
        return self.daemon

    def ask(self, target: str, method: str = "GET"):
        """A request to the daemon's API; the answer's JSON."""
        status, body = unix_request(self.socket, method, target)
        assert status == 200, f"{method} {target}: {status} {body}"
        return json.loads(body)

    def answers(self) -> bool:
        try:
            return bool(self.ask("/status"))
        except OSError:
            return False

    def session(self) -> str:
        return self.ask("/status")[0]["doublezero_status"]["session_status"]

    def problems(self) -> list[str]:
        """What the daemon says keeps it from its work, each with its remedy."""
        return [f"{one['text']}; {one['remedy']}" for one in self.ask("/v2/status").get("problems", [])]

    def complains_of(self, text: str) -> bool:
        found = self.problems()
        assert any(text in one for one in found), f"no problem names {text!r}: {found}"
        return True

    def reach(self, address: str) -> None:
        """The underlay reaches an address of another network too."""
        self.host.ip(f"route replace {address}/32 dev eth1")

    # -- the command line

    def as_foundation(self, *words: str, **options) -> Finished:
        """Runs `doublezero WORDS` with the key that may do everything."""
        return self.doublezero("--keypair", str(self._node.keys / "foundation.json"), *words, **options)

    def doublezero(self, *words: str, within: float = 90, **options) -> Finished:
        """Runs `doublezero WORDS` on this machine."""
        where = [] if self.socket == DEFAULT_SOCKET else ["--sock-file", str(self.socket)]
        return self.host.run([self._lab.program("doublezero"), *where, *words], env=self.environment, within=within, **options)

    def doublezero_json(self, *words: str):
        return json.loads(self.doublezero(*words, "--json").stdout)

    # -- what the kernel shows

    def link(self) -> dict | None:
        """The tunnel's link without its index."""
        link = self.host.link(TUNNEL)
        if link:
            link.pop("ifindex")
        return link

    def route(self, prefix: str = ANNOUNCED) -> dict | None:
        """The route to a prefix through the tunnel."""
        return next((one for one in self.host.routes("table", "main", "root", prefix) if one.get("dev") == TUNNEL), None)

    def wait_up(self, within: float = 30) -> None:
        """Until the session is up and the device's route is in the kernel."""
        until_equal(self.session, UP, within, "the session")
        until(self.route, 5, f"a route to {ANNOUNCED}")

    def wait_down(self, within: float = 15) -> None:
        """Until nothing of a tunnel is left in the kernel."""
        until(lambda: not self.link(), within, f"{TUNNEL} to be gone")
        left = self.host.routes("table", "all", "proto", "bgp")
        assert left == [], f"routes are left: {left}"


class Network:
    """Everything at once: the ledger, one device, one client with a running daemon."""

    PROGRAMS = (Node.PROGRAM, Device.PROGRAM, *Client.PROGRAMS)

    def __init__(self, lab, *daemon_flags: str):
        self.node = Node(lab)
        self.client = Client(lab, self.node)
        devices = self.client.doublezero_json("device", "list")
        account = next(one["account"] for one in devices if one["code"] == DEVICE_CODE)
        self.device = Device(lab, self.node, account)
        self.client.start_daemon(*daemon_flags)

    def join(self) -> None:
        """The client becomes a user and its tunnel comes up."""
        self.node.admit(self.client)
        self.client.doublezero("connect", "ibrl", "--device", DEVICE_CODE)
        self.client.wait_up()


def lay_out_for_a_person(lab) -> str:
    """The network for `./dz lab shell`, as far as our programs are built. Returns what to tell."""
    missing = [name for name in Network.PROGRAMS if not lab.built(name)]
    if missing:
        lab.network.add("dev-1", DEVICE_NUMBER)
        lab.network.add("cli-1", CLIENT_NUMBER)
        return f"Namespaces: wan, dev-1, cli-1. Nothing runs in them: {', '.join(missing)} not built.\n{SHELL_HELP}"
    network = Network(lab)
    network.node.admit(network.client)
    lab.shell_environment = network.client.environment | {"PATH": f"{lab.programs}:/usr/sbin:/usr/bin:/sbin:/bin"}
    return (f"Namespaces: wan, dev-1 (device {DEVICE_CODE}), cli-1 (its daemon runs). Ledger: {network.node.url}\n"
            f"Logs: {lab.dir}/*.log\n{SHELL_HELP}  on cli-1 doublezero connect ibrl --device {DEVICE_CODE}\n")


SHELL_HELP = "`on NAMESPACE COMMAND` runs a command in a namespace; exit ends everything. Try:\n  on cli-1 ip addr\n"
