"""BIRD, FRR and GoBGP in the place of a device: one way to configure, start, ask and break each of them.

A router has the client as passive neighbor, announces a few prefixes of its own, and passes on all that its feeder announces:

    router = Gobgp(lab, host, client=host_of_client.underlay, own={"9.129.0.1/32"})
    router.start()
    until_equal(router.session, "Established", 10, "the session")
"""

import json
import pathlib
import shutil
import signal
from collections.abc import Iterable

from lab.process import Process, run
from lab.wait import until

CLIENT_ASN, ROUTER_ASN, FEEDER_ASN = 65000, 65342, 65343
RESTART_SECONDS = 120  # longer than any scenario waits


class Router:
    """What the three have in common. `client_asn` is the number the router expects, so another than CLIENT_ASN has it
    refuse the client's OPEN."""

    name: str
    program: str
    can_refresh = True

    def __init__(self, lab, host, client, *, own: Iterable[str] = (), feeder=None, hold: int = 30, client_asn: int = CLIENT_ASN):
        if shutil.which(self.program) is None:
            lab.skip(f"{self.program} is not installed (./dz setup)")
        self.lab, self.host, self.client, self.feeder = lab, host, client, feeder
        self.own, self.hold, self.client_asn = set(own), hold, client_asn
        self.folder: pathlib.Path = lab.dir / f"{self.name}-{host.name}"
        self.folder.mkdir()
        self.process: Process | None = None
        self._starts = 0

    def start(self, *, restarted: bool = False) -> None:
        """Starts it and waits until it answers. `restarted`: it is to claim that it has kept forwarding (RFC 4724)."""
        self.configure()
        self._starts += 1
        self.process = self.lab.start(f"{self.name}-{self.host.name}-{self._starts}", self.command(restarted),
                                      namespace=self.host.name)
        until(lambda: self.answers() or not self.process.running, 30, f"{self.name} to answer")
        assert self.process.running, f"{self.name} refused to start: {self.process.output()}"

    def kill(self) -> None:
        """As a crash: no word to anybody."""
        self.process.kill()

    def freeze(self) -> None:
        self.process.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.signal(signal.SIGCONT)

    # What each of them does in its own way.
    def configure(self) -> None: ...
    def command(self, restarted: bool) -> list: ...
    def answers(self) -> bool: ...
    def session(self) -> str:
        """State of the session with the client: "Established" is spelt so by all of them."""
    def learned(self) -> dict[str, bool]:
        """The client's prefixes, and whether each is stale."""
    def announce(self, prefix: str) -> None: ...
    def withdraw(self, prefix: str) -> None: ...
    def shut(self) -> None:
        """Ends the session administratively, with a NOTIFICATION."""
    def unshut(self) -> None: ...
    def refresh(self) -> None:
        """Asks the client to announce everything again."""
    def refreshed(self) -> int:
        """How many announcements of routes the client has sent in this session."""
    def complaint(self) -> tuple[int, int] | None:
        """Code and subcode of the last NOTIFICATION that the client sent."""


class Bird(Router):
    name, program = "bird", "bird"
    # As `show protocols all` names what it was told.
    COMPLAINTS = {"Received: Bad peer AS": (2, 2), "Received: Administrative shutdown": (6, 2), "Received: Hold timer expired": (4, 0)}

    def configure(self) -> None:
        statics = "\n".join(f"  route {prefix} blackhole;" for prefix in sorted(self.own))
        feeder = f"""
protocol bgp to_feeder {{
  local {self.host.underlay} as {ROUTER_ASN}; neighbor {self.feeder} as {FEEDER_ASN}; passive on;
  ipv4 {{ import all; export none; }};
}}""" if self.feeder else ""
        (self.folder / "bird.conf").write_text(f"""\
router id {self.host.underlay};
log stderr all;
graceful restart wait 5;
protocol device {{ }}
protocol static own {{ ipv4;
{statics}
}}
protocol bgp to_client {{
  local {self.host.underlay} as {ROUTER_ASN}; neighbor {self.client} as {self.client_asn};
  passive on; hold time {self.hold}; error wait time 1, 2;
  graceful restart on; graceful restart time {RESTART_SECONDS};
  ipv4 {{ import all; export all; next hop self; }};
}}{feeder}
""")

    def command(self, restarted: bool) -> list:
        recovery = ["-R"] if restarted else []
        return ["bird", "-f", *recovery, "-c", self.folder / "bird.conf", "-s", self.folder / "ctl"]

    def ask(self, *words: str) -> str:
        return run(["birdc", "-s", self.folder / "ctl", *words]).stdout

    def answers(self) -> bool:
        return run(["birdc", "-s", self.folder / "ctl", "show", "status"], check=False).status == 0

    def session(self) -> str:
        words = self.ask("show", "protocols", "to_client").splitlines()[-1].split()
        return words[5] if len(words) > 5 else ""

    def learned(self) -> dict[str, bool]:
        # It does not mark the routes: those of a neighbor that restarts are stale, all of them.
        stale = "Neighbor graceful restart active" in self.ask("show", "protocols", "all", "to_client")
        lines = self.ask("show", "route", "protocol", "to_client").splitlines()
        return {words[0]: stale for line in lines if "/" in (words := line.split())[0]}

    def announce(self, prefix: str) -> None:
        self.own.add(prefix)
        self._reload()

    def withdraw(self, prefix: str) -> None:
        self.own.remove(prefix)
        self._reload()

    def _reload(self) -> None:
        self.configure()
        assert "Reconfigur" in (said := self.ask("configure")), said

    def shut(self) -> None:
        self.ask("disable", "to_client")

    def unshut(self) -> None:
        self.ask("enable", "to_client")

    def refresh(self) -> None:
        self.ask("reload", "in", "to_client")

    def refreshed(self) -> int:
        line = next(line for line in self.ask("show", "protocols", "all", "to_client").splitlines() if "Import updates:" in line)
        return int(line.split()[2])

    def complaint(self) -> tuple[int, int] | None:
        told = self.ask("show", "protocols", "all", "to_client")
        return next((codes for words, codes in self.COMPLAINTS.items() if words in told), None)


class Frr(Router):
    name, program = "frr", "vtysh"
    BGPD = "/usr/lib/frr/bgpd"

    def configure(self) -> None:
        feeder = f"""\
 neighbor {self.feeder} remote-as {FEEDER_ASN}
 neighbor {self.feeder} passive
""" if self.feeder else ""
        networks = "\n".join(f"  network {prefix}" for prefix in sorted(self.own))
        (self.folder / "bgpd.conf").write_text(f"""\
router bgp {ROUTER_ASN}
 bgp router-id {self.host.underlay}
 bgp graceful-restart
 bgp graceful-restart preserve-fw-state
 bgp graceful-restart restart-time {RESTART_SECONDS}
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor {self.client} remote-as {self.client_asn}
 neighbor {self.client} passive
 neighbor {self.client} timers {max(1, self.hold // 3)} {self.hold}
 neighbor {self.client} advertisement-interval 0
{feeder} address-family ipv4 unicast
{networks}
""")

    def command(self, restarted: bool) -> list:
        return [self.BGPD, "-f", self.folder / "bgpd.conf", "-i", self.folder / "pid", "--vty_socket", self.folder,
                "-Z", "-n", "-S", "-P", "0", "--log", "stdout"]

    def ask(self, *commands: str, check: bool = True) -> str:
        options = [word for command in commands for word in ("-c", command)]
        return run(["vtysh", "--vty_socket", self.folder, "-d", "bgpd", *options], check=check).stdout

    def answers(self) -> bool:
        return "bgpd" in self.ask("show version", check=False) or "FRRouting" in self.ask("show version", check=False)

    def _neighbor(self) -> dict:
        return json.loads(self.ask(f"show bgp neighbors {self.client} json"))[str(self.client)]

    def session(self) -> str:
        return self._neighbor()["bgpState"]

    def learned(self) -> dict[str, bool]:
        routes = json.loads(self.ask("show bgp ipv4 unicast json"))["routes"]
        return {prefix: path.get("stale", False) for prefix, paths in routes.items()
                for path in paths if path.get("peerId") == str(self.client)}

    def _change(self, *commands: str) -> None:
        self.ask("configure terminal", f"router bgp {ROUTER_ASN}", *commands)

    def announce(self, prefix: str) -> None:
        self.own.add(prefix)
        self._change("address-family ipv4 unicast", f"network {prefix}")

    def withdraw(self, prefix: str) -> None:
        self.own.remove(prefix)
        self._change("address-family ipv4 unicast", f"no network {prefix}")

    def shut(self) -> None:
        self._change(f"neighbor {self.client} shutdown")

    def unshut(self) -> None:
        self._change(f"no neighbor {self.client} shutdown")

    def refresh(self) -> None:
        self.ask(f"clear bgp ipv4 unicast {self.client} soft in")

    def refreshed(self) -> int:
        return self._neighbor()["messageStats"]["updatesRecv"]

    def complaint(self) -> tuple[int, int] | None:
        now = self._neighbor()
        text = now.get("lastErrorCodeSubcode", "")
        return (int(text[:2], 16), int(text[2:4], 16)) if now.get("lastResetDueTo", "").startswith("BGP Notification rec") else None


class Gobgp(Router):
    name, program = "gobgp", "gobgpd"
    can_refresh = False  # its "softresetin" looks at what it has, and asks nobody

    def configure(self) -> None:
        def neighbor(address, asn: int, hold: int, shut: bool) -> str:
            return f"""
[[neighbors]]
  [neighbors.config]
    neighbor-address = "{address}"
    peer-as = {asn}
    admin-down = {str(shut).lower()}
  [neighbors.timers.config]
    hold-time = {hold}
    keepalive-interval = {max(1, hold // 3)}
    idle-hold-time-after-reset = 1
  [neighbors.transport.config]
    passive-mode = true
    local-address = "{self.host.underlay}"
  [neighbors.graceful-restart.config]
    enabled = true
    restart-time = {RESTART_SECONDS}
    deferral-time = 1
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv4-unicast"
    [neighbors.afi-safis.mp-graceful-restart.config]
      enabled = true
"""

        (self.folder / "gobgpd.toml").write_text(f"""\
[global.config]
  as = {ROUTER_ASN}
  router-id = "{self.host.underlay}"
{neighbor(self.client, self.client_asn, self.hold, True)}
{neighbor(self.feeder, FEEDER_ASN, 90, False) if self.feeder else ""}
""")

    def start(self, *, restarted: bool = False) -> None:
        (self.folder / "api").unlink(missing_ok=True)  # left by one that was killed
        super().start(restarted=restarted)
        # It takes routes of its own only while it runs: the client must not be told that these are all before they are there.
        for prefix in sorted(self.own):
            self.ask("global", "rib", "add", prefix)
        self.unshut()

    def command(self, restarted: bool) -> list:
        words = ["gobgpd", "-f", self.folder / "gobgpd.toml", "--api-hosts", f"unix://{self.folder}/api", "--pprof-disable", "-p"]
        return [*words, "-r"] if restarted else words

    def ask(self, *words: str, check: bool = True) -> str:
        return run(["gobgp", "--target", f"unix://{self.folder}/api", *words], check=check).stdout

    def answers(self) -> bool:
        return f"AS:        {ROUTER_ASN}" in self.ask("global", check=False)

    def _neighbor(self) -> dict:
        return json.loads(self.ask("-j", "neighbor", str(self.client)))

    def session(self) -> str:
        return "Established" if self._neighbor()["state"].get("session_state") == 6 else "down"

    def learned(self) -> dict[str, bool]:
        # Without "-j" it says so in words where there is none.
        told = self.ask("-j", "neighbor", str(self.client), "adj-in", check=False)
        routes = json.loads(told) if told.lstrip().startswith("{") else {}
        return {prefix: path["stale"] for prefix, paths in routes.items() for path in paths}

    def announce(self, prefix: str) -> None:
        self.own.add(prefix)
        self.ask("global", "rib", "add", prefix)

    def withdraw(self, prefix: str) -> None:
        self.own.remove(prefix)
        self.ask("global", "rib", "del", prefix)

    def shut(self) -> None:
        self.ask("neighbor", str(self.client), "disable")

    def unshut(self) -> None:
        self.ask("neighbor", str(self.client), "enable")

    def complaint(self) -> tuple[int, int] | None:
        return None


ALL: tuple[type[Router], ...] = (Bird, Frr, Gobgp)


class Feeder:
    """A BIRD that fills a router with /32s from 20.0.0.0 on: `count` of them, the second half in a protocol of its own."""

    def __init__(self, lab, host, router, count: int):
        self.count = count
        self._control = lab.dir / f"feeder-{host.name}.ctl"
        configuration = lab.dir / f"feeder-{host.name}.conf"
        halves = {"first_half": range(count // 2), "second_half": range(count // 2, count)}
        tables = "\n".join(
            f"protocol static {name} {{ ipv4;\n" + "\n".join(f"route {prefix(number)} blackhole;" for number in numbers) + "\n}"
            for name, numbers in halves.items())
        configuration.write_text(f"""\
router id {host.underlay};
log stderr all;
protocol device {{ }}
{tables}
protocol bgp to_router {{
  local {host.underlay} as {FEEDER_ASN}; neighbor {router} as {ROUTER_ASN};
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv4 {{ import none; export all; }};
}}
""")
        lab.start(f"feeder-{host.name}", ["bird", "-f", "-c", configuration, "-s", self._control], namespace=host.name)
        until(lambda: run(["birdc", "-s", self._control, "show", "status"], check=False).status == 0, 60, "the feeder to answer")

    def withdraw_second_half(self) -> None:
        run(["birdc", "-s", self._control, "disable", "second_half"])

    def announce_second_half(self) -> None:
        run(["birdc", "-s", self._control, "enable", "second_half"])


def prefix(number: int) -> str:
    return f"20.{number >> 16}.{number >> 8 & 255}.{number & 255}/32"
