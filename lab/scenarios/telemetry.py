"""The status reporter on a device with several namespaces: veth pairs stand in for the tunnels, BIRD speaks BGP over them."""

import base64
import contextlib
import dataclasses
import ipaddress
import json
import os
import pathlib
import re
import signal
import struct
import time
import urllib.request

from lab import ed25519
from lab.bird import Bird
from lab.ledger import SYSTEM_PROGRAM, Key, compact, from_base58, message, to_base58
from lab.nodes import DEVICE_CODE, Node
from lab.process import run
from lab.scenario import scenario
from lab.topology import NODE_ADDRESS, UNDERLAY, ip_batch
from lab.wait import until, until_equal

PROGRAM = "doublezero-telemetry"
PROGRAMS = (Node.PROGRAM, PROGRAM)
UNKNOWN, UP, DOWN = 0, 1, 2
NETNS = pathlib.Path("/run/netns")
DEVICE_ACCOUNT = 5
SET_USER_BGP_STATUS = 106
FEE = 5000

SPEAKER = """\
router id {router_id};
log stderr all;
protocol device {{ scan time 1; }}
{sessions}
"""
SESSION = """\
protocol bgp peer{number} {{
  local {local} as {asn};
  neighbor {peer} as {peer_asn};
  {passive}
  hold time 3; keepalive time 1; connect delay time 1; connect retry time 1; error wait time 1, 1;
  ipv4 {{ import all; export none; }};
}}
"""


@dataclasses.dataclass(frozen=True)
class Report:
    """What the ledger holds of a user's session."""

    status: int
    up_at: int
    reported_at: int
    rtt_ns: int


@dataclasses.dataclass(frozen=True)
class Namespace:
    """As much of a host as a BIRD needs."""

    name: str
    underlay: str = "192.0.2.1"


@dataclasses.dataclass(frozen=True)
class User:
    number: int
    account: bytes
    net: ipaddress.IPv4Network
    home: str  # the device's namespace that its tunnel ends in

    @property
    def name(self) -> str:
        return f"user{self.number}"


class Site:
    """A device with namespaces of its own, users of it on the ledger, and their ends of the tunnels."""

    def __init__(self, lab):
        self.lab = lab
        self.node = Node(lab)
        self.ledger = self.node.ledger
        self.device = until(self._device, 20, f"the ledger to have the device {DEVICE_CODE}")
        self.publisher = self.node.keys / "publisher.json"
        # The device's own: users' ends of the tunnels are elsewhere.
        self.directory = lab.dir / "netns"
        self.directory.mkdir()
        self._namespaces: list[str] = []
        self._starts = 0
        self._payer = Key.new()
        self.ledger.airdrop(self._payer)

    def _device(self) -> bytes | None:
        found = self.ledger.rpc.call("getProgramAccounts", to_base58(self.ledger.program),
                                     {"encoding": "base64", "commitment": "confirmed"})
        for one in found:
            data = base64.b64decode(one["account"]["data"][0])
            if data[0] == DEVICE_ACCOUNT and DEVICE_CODE.encode() in data:
                return from_base58(one["pubkey"])
        return None

    # -- the device

    def add_namespace(self, name: str) -> None:
        """Of the device."""
        self._make(name)
        self._mount(name, name)

    def delete_namespace(self, name: str) -> None:
        self._unmount(self.directory / name)
        ip_batch([f"netns del {name}"])
        self._namespaces.remove(name)

    def add_clutter(self, of: str) -> None:
        """A second name for a namespace, and a plain file where a namespace should be."""
        self._mount(of, "a-second-name")
        (self.directory / "leftover").touch()

    def close(self) -> None:
        for path in self.directory.iterdir():
            self._unmount(path)
        ip_batch([f"netns del {name}" for name in self._namespaces])

    def _make(self, name: str) -> None:
        ip_batch([f"netns add {name}"])
        ip_batch(["link set lo up"], name)
        self._namespaces.append(name)

    def _mount(self, namespace: str, name: str) -> None:
        (self.directory / name).touch()
        run(["mount", "--bind", NETNS / namespace, self.directory / name])

    def _unmount(self, path: pathlib.Path) -> None:
        # Lazily, as `ip netns del` does: the reporter may be looking into it.
        run(["umount", "--lazy", path], check=path.name in self._namespaces)
        path.unlink()

    # -- users

    def add_user(self, number: int, home: str) -> User:
        client_ip = UNDERLAY[100 + number]
        self.ledger.set_access_pass(self.node.foundation, self._payer.public, client_ip)
        account = self.ledger.create_user(self._payer, self.device, client_ip)
        return User(number, account, self._fields(account)[0], home)

    def build_tunnel(self, user: User) -> None:
        """A veth pair from the user's namespace of the device to a namespace of the user's own."""
        self._make(user.name)
        ip_batch([f"link add tun{user.number} netns {user.home} type veth peer name tun netns {user.name}"])
        ip_batch([f"addr add {user.net[0]}/31 dev tun{user.number}", f"link set tun{user.number} up"], user.home)
        ip_batch([f"addr add {user.net[1]}/31 dev tun", "link set tun up"], user.name)

    def device_speaker(self, home: str, *users: User) -> Bird:
        sessions = "".join(SESSION.format(number=user.number, local=user.net[0], asn=65342, peer=user.net[1], peer_asn=65000,
                                          passive="passive on;") for user in users)
        return Bird(self.lab, Namespace(home), SPEAKER.format(router_id="192.0.2.1", sessions=sessions))

    def user_speaker(self, user: User) -> Bird:
        session = SESSION.format(number=user.number, local=user.net[1], asn=65000, peer=user.net[0], peer_asn=65342, passive="")
        return Bird(self.lab, Namespace(user.name), SPEAKER.format(router_id="192.0.2.2", sessions=session))

    def connected_user(self, number: int, home: str) -> tuple[User, Bird]:
        """A user with an established session, in a namespace of the device where no other is."""
        user = self.add_user(number, home)
        self.build_tunnel(user)
        self.device_speaker(home, user)
        speaker = self.user_speaker(user)
        until_equal(lambda: speaker.session(f"peer{number}"), "Established", 20, f"the session of {user.name}")
        return user, speaker

    def _fields(self, account: bytes) -> tuple[ipaddress.IPv4Network, Report]:
        asked = self.ledger.rpc.call("getAccountInfo", to_base58(account), {"encoding": "base64", "commitment": "confirmed"})
        data = base64.b64decode(asked["value"]["data"][0])
        at = 1 + 32 + 16 + 1 + 1 + 32 + 32 + 1 + 4 + 4 + 2
        net = ipaddress.ip_network((data[at:at + 4], data[at + 4]))
        at += 5 + 1
        for _ in ("publishers", "subscribers"):
            at += 4 + 32 * struct.unpack_from("<I", data, at)[0]
        at += 32 + 4 + 1
        tail = data[at:at + 25].ljust(25, b"\0")  # an account that was never reported may end here
        return net, Report(*struct.unpack("<BQQQ", tail))

    def report(self, user: User) -> Report:
        return self._fields(user.account)[1]

    def wait_for(self, user: User, status: int, within: float = 30) -> Report:
        until_equal(lambda: self.report(user).status, status, within, f"the status of {user.name}")
        return self.report(user)

    # -- the reporter

    def command(self, *flags: str, key: pathlib.Path | None = None) -> list[str]:
        return [self.lab.program(PROGRAM), "-ledger-rpc-url", self.node.url, "-serviceability-program-id",
                to_base58(self.ledger.program), "-local-device-pubkey", to_base58(self.device), "-keypair",
                str(key or self.publisher), "-bgp-status-namespace-directory", str(self.directory), *flags]

    def start_reporter(self, *flags: str, key: pathlib.Path | None = None, interval: str = "200ms") -> "Reporter":
        self._starts += 1
        process = self.lab.start(f"reporter{self._starts}", self.command(
            "-bgp-status-interval", interval, "-verbose", "-metrics-enable", "-metrics-addr", f"{NODE_ADDRESS}:0", *flags, key=key))
        return Reporter(process)


class Reporter:
    """A running doublezero-telemetry, seen through its metrics and its threads."""

    def __init__(self, process):
        self.process = process
        self._port = json.loads(process.expect_line("serving metrics"))["port"]

    def metric(self, name: str, label: str = "") -> float:
        """A series whose labels contain `label`; 0 where it is not there yet."""
        with urllib.request.urlopen(f"http://{NODE_ADDRESS}:{self._port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        found = re.search(rf"^{name}(?:\{{[^}}]*{re.escape(label)}[^}}]*\}})? (\S+)", text, re.M)
        return float(found[1]) if found else 0

    def ticks(self) -> float:
        return self.metric("doublezero_bgpstatus_ticks_total", 'result="success"')

    def wait_ticks(self, count: int, within: float = 30) -> None:
        """Until it has looked so many times from now on; after each time all its threads are in the original namespace."""
        first = self.ticks()
        for tick in range(1, count + 1):
            until(lambda tick=tick: self.ticks() >= first + tick, within, f"tick {tick} of {count}")
            until(self.is_at_home, 10, "every thread to be in the original namespace")

    def is_at_home(self) -> bool:
        own = os.readlink("/proc/self/ns/net")
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task")
        spaces = {os.readlink(task / "ns/net") for task in tasks.iterdir()}
        assert spaces == {own}, f"threads in {spaces}, not in {own}"
        return True

    def says(self, text: str, within: float = 20) -> None:
        self.process.expect_line(text, within)


@contextlib.contextmanager
def site(lab):
    """A site whose namespaces are gone afterwards."""
    made = Site(lab)
    try:
        yield made
    finally:
        made.close()


@scenario(needs="netns", programs=PROGRAMS, limit=120)
def telemetry_sessions(lab):
    """Users that are up, never connected, without tunnel, and whose peer is killed are reported as what they are."""
    with site(lab) as here:
        for name in ("vrf1", "vrf2", "vrf3"):
            here.add_namespace(name)
        here.add_clutter("vrf1")
        connected, speaker = here.connected_user(1, "vrf1")
        silent = here.add_user(2, "vrf2")
        here.build_tunnel(silent)
        absent = here.add_user(3, "vrf3")

        reporter = here.start_reporter()
        first = here.wait_for(connected, UP)
        assert first.rtt_ns > 0 and first.up_at == first.reported_at, first
        assert here.wait_for(silent, DOWN).rtt_ns == 0
        reporter.wait_ticks(5)
        assert here.report(absent) == Report(UNKNOWN, 0, 0, 0), here.report(absent)
        assert here.report(connected) == first, "an unchanged status was written again"
        assert not reporter.process.output().count('"level":"WARN"'), "the clutter was warned of"

        speaker.process.kill()
        gone = here.wait_for(connected, DOWN)
        assert gone.rtt_ns == 0 and gone.up_at == first.up_at, gone
        here.user_speaker(connected)
        assert here.wait_for(connected, UP).up_at > gone.reported_at
        reporter.wait_ticks(1)
        assert reporter.process.stop() == 0


@scenario(needs="netns", programs=PROGRAMS, limit=120)
def telemetry_grace(lab):
    """A session that flaps within the grace period stays up, over a restart of the reporter too; after it it is down."""
    with site(lab) as here:
        here.add_namespace("vrf1")
        user, speaker = here.connected_user(1, "vrf1")
        reporter = here.start_reporter("-bgp-status-down-grace-period", "1h")
        first = here.wait_for(user, UP)
        for _ in range(2):
            speaker.process.kill()
            until(lambda: not sessions_in("vrf1"), 20, "the device to lose the session")
            reporter.wait_ticks(2)
            assert here.report(user) == first, f"a flap was written: {here.report(user)}"
            speaker = here.user_speaker(user)
            until(lambda: sessions_in("vrf1"), 20, "the session to be back")
            reporter.wait_ticks(2)
        speaker.process.kill()
        until(lambda: not sessions_in("vrf1"), 20, "the device to lose the session")
        assert reporter.process.stop() == 0
        reporter = here.start_reporter("-bgp-status-down-grace-period", "1h")
        reporter.wait_ticks(2)
        assert here.report(user) == first, "a restart cut the grace period short"
        assert reporter.process.stop() == 0
        here.start_reporter("-bgp-status-down-grace-period", "1s")
        here.wait_for(user, DOWN)


def sessions_in(namespace: str) -> list[str]:
    """Established TCP connections of port 179, by a second opinion."""
    shown = run(["ss", "-Htn", "state", "established", "( sport = :179 or dport = :179 )"], namespace=namespace)
    return shown.stdout.splitlines()


@scenario(needs="netns", programs=PROGRAMS, limit=120)
def telemetry_namespaces(lab):
    """Namespaces that come and go under its eyes cost no tick, and only their own users their status."""
    with site(lab) as here:
        for name in ("vrf1", "vrf2"):
            here.add_namespace(name)
        here.add_clutter("vrf1")
        staying, _ = here.connected_user(1, "vrf1")
        leaving, _ = here.connected_user(2, "vrf2")
        reporter = here.start_reporter(interval="100ms")
        first = here.wait_for(staying, UP)
        here.wait_for(leaving, UP)
        # Ticks take place while these are made, entered and deleted.
        start = reporter.ticks()
        for round_number in range(200):
            here.add_namespace(f"short{round_number}")
            here.delete_namespace(f"short{round_number}")
            if round_number >= 20 and reporter.ticks() >= start + 10:
                break
        here.delete_namespace("vrf2")
        here.wait_for(leaving, DOWN)
        reporter.wait_ticks(5)
        assert here.report(staying) == first, f"{here.report(staying)} instead of {first}"
        assert reporter.process.stop() == 0


@scenario(needs="netns", programs=PROGRAMS, limit=150)
def telemetry_ledger_away(lab):
    """With the ledger stopped or gone ticks keep their time, and what changed meanwhile is written when it is back."""
    with site(lab) as here:
        here.add_namespace("vrf1")
        user, speaker = here.connected_user(1, "vrf1")
        reporter = here.start_reporter("-caching-fetcher-rpc-timeout", "30s")
        here.wait_for(user, UP)

        here.node.process.signal(signal.SIGSTOP)
        try:
            # A tick that waited for the ledger would take 30 s.
            reporter.wait_ticks(10)
            speaker.process.kill()
            reporter.wait_ticks(10)
        finally:
            here.node.process.signal(signal.SIGCONT)
        here.wait_for(user, DOWN, within=60)
        until(lambda: reporter.metric("doublezero_bgpstatus_submissions_total", 'bgp_status="down",result="success"') > 0, 30,
              "the reporter to know")

        here.node.process.kill()
        until(lambda: reporter.metric("doublezero_telemetry_programdata_fetch_total", 'result="error_stale"') > 0, 60,
              "a read to fail")
        here.user_speaker(user)
        until(lambda: reporter.metric("doublezero_bgpstatus_submissions_total", 'bgp_status="up",result="error"') > 0, 60,
              "a write to fail")
        reporter.wait_ticks(10)
        here.node.start()
        here.wait_for(user, UP, within=60)
        reporter.says("statuses are written again")
        assert reporter.process.stop() == 0


def transfer_all(here: Site, payer: Key, to: Key) -> None:
    """Leaves nothing to `payer`."""
    ledger = here.ledger
    blockhash = from_base58(ledger.rpc.call("getLatestBlockhash", {"commitment": "confirmed"})["value"]["blockhash"])
    data = struct.pack("<IQ", 2, ledger.balance(payer) - FEE)
    body = message(payer.public, SYSTEM_PROGRAM, [payer.public, to.public], data, blockhash)
    wire = compact(1) + ed25519.sign(payer.seed, body) + body
    ledger.rpc.call("sendTransaction", base64.b64encode(wire).decode(), {"encoding": "base64", "skipPreflight": True})
    until_equal(lambda: ledger.balance(payer), 0, 10, "the publisher's balance")


@scenario(needs="netns", programs=PROGRAMS, limit=120)
def telemetry_publisher(lab):
    """A publisher without funds, or with another key than the device's, says so, and goes on once that is put right."""
    with site(lab) as here:
        here.add_namespace("vrf1")
        user, _ = here.connected_user(1, "vrf1")

        stranger = lab.dir / "stranger.json"
        Key.new().save(stranger)
        reporter = here.start_reporter(key=stranger)
        reporter.says("the key is not the device's metrics publisher")
        reporter.wait_ticks(3)
        assert reporter.metric("doublezero_bgpstatus_submissions_total", 'bgp_status="up",result="error"') > 0
        assert here.report(user).status == UNKNOWN
        assert reporter.process.stop() == 0

        publisher = Key.load(here.publisher)
        transfer_all(here, publisher, Key.new())
        reporter = here.start_reporter()
        reporter.says("cannot pay")
        reporter.wait_ticks(3)
        assert here.report(user).status == UNKNOWN
        here.ledger.airdrop(publisher)
        here.wait_for(user, UP)
        assert reporter.process.stop() == 0


@scenario(needs="netns", programs=PROGRAMS, limit=120)
def telemetry_once(lab):
    """--dry-run prints and writes nothing; --once writes what is due and ends; bad input is refused with its remedy."""
    with site(lab) as here:
        here.add_namespace("vrf1")
        user, _ = here.connected_user(1, "vrf1")
        dry = run(here.command("-once", "-dry-run"))
        assert re.fullmatch(rf"{to_base58(user.account)} up rtt \S+\n", dry.stdout), str(dry)
        assert here.report(user).status == UNKNOWN

        run(here.command("-once"))
        first = here.report(user)
        assert first.status == UP and first.rtt_ns > 0, first
        again = run(here.command("-once"))
        assert here.report(user) == first and "status written" not in again.stderr, str(again)

        here.publisher.chmod(0o644)
        refused = run(here.command("-once"), check=False)
        assert refused.status == 1 and "chmod 600" in refused.stderr, str(refused)
        here.publisher.chmod(0o600)
        inside = run(here.command("-once", "-dry-run", "-bgp-status-current-namespace"), namespace="vrf1", check=False)
        assert inside.status == 1 and "nothing could be decided" in inside.stderr, str(inside)  # no way to the ledger there
        unknown = run([lab.program(PROGRAM), "-no-such-flag"], check=False)
        assert unknown.status == 2 and "-no-such-flag" in unknown.stderr, str(unknown)


@scenario(needs="netns", programs=PROGRAMS, limit=300)
def bench_telemetry(lab):
    """128 status changes confirmed, and the same one by one, each waited for until finalized."""
    with site(lab) as here:
        here.add_namespace("vrf1")
        users = [here.add_user(number, "vrf1") for number in range(1, 129)]
        ip_batch([f"addr add {user.net[0]}/31 dev lo" for user in users], "vrf1")
        started = time.monotonic()
        run(here.command("-once"), within=120)
        all_at_once = time.monotonic() - started
        assert all(here.report(user).status == DOWN for user in users)

        publisher, sample = Key.load(here.publisher), users[:2]
        started = time.monotonic()
        for user in sample:
            signature = here.ledger.send(publisher, [user.account, here.device], struct.pack("<BBQ", SET_USER_BGP_STATUS, UP, 1))
            until(lambda: here.ledger.status(signature)["confirmationStatus"] == "finalized", 60, "the write to be final")
        each = (time.monotonic() - started) / len(sample)
        lab.figure("telemetry.128_changes_s", all_at_once, (f"one by one, from {len(sample)}", each * len(users)))
