"""Network namespaces, the underlay and the management network, and readers of their state.

    root namespace      bridge `mgmt` 10.255.0.1/24: the ledger node listens here, every host reaches it
    namespace `wan`     bridge `br0`: the public Internet between clients and devices, 9.128.0.0/24
    cli-N, dev-N        hosts: `eth0` on the management network, `eth1` on the underlay

Changes go through `ip -batch`, one process for each namespace: in User-Mode Linux a process costs 10 to 20 ms.
"""

import dataclasses
import ipaddress
import json

from lab.process import Finished, run

MANAGEMENT = ipaddress.ip_network("10.255.0.0/24")
# 9.128.0.0/9 and not a documentation prefix: the ledger program refuses those as public addresses.
UNDERLAY = ipaddress.ip_network("9.128.0.0/24")
NODE_ADDRESS = MANAGEMENT[1]


def ip_batch(lines: list[str], namespace: str | None = None) -> None:
    """Runs `ip` commands in one process. Stops at the first that fails and shows it."""
    where = ["-n", namespace] if namespace else []
    done = run(["ip", *where, "-batch", "-"], stdin="\n".join(lines) + "\n", check=False)
    assert done.status == 0, f"in namespace {namespace or 'root'}: {done.stderr.strip()}\n" + "\n".join(lines)


@dataclasses.dataclass(frozen=True)
class Host:
    """A namespace with an address on either network."""

    name: str
    underlay: ipaddress.IPv4Address
    management: ipaddress.IPv4Address

    def run(self, argv: list, **options) -> Finished:
        return run(argv, namespace=self.name, **options)

    def ip(self, *lines: str) -> None:
        """Changes the network of this host, e.g. host.ip("link del doublezero0")."""
        ip_batch(list(lines), self.name)

    def read(self, *words: str) -> list[dict]:
        """What `ip -j WORDS` answers here; an empty list where the object does not exist."""
        done = run(["ip", "-n", self.name, "-j", *words], check=False)
        if done.status != 0:  # of a table that does not exist ip prints half an answer
            return []
        # ip prints `[{},{..}]` for objects that a filter dropped.
        return [one for one in json.loads(done.stdout or "[]") if one]

    def link(self, name: str) -> dict | None:
        return next(iter(self.read("link", "show", "dev", name)), None)

    def addresses(self, device: str) -> list[str]:
        """IPv4 addresses of a device as "ADDRESS/LENGTH scope SCOPE", sorted."""
        shown = self.read("-4", "addr", "show", "dev", device)
        return sorted(f"{one['local']}/{one['prefixlen']} scope {one['scope']}"
                      for link in shown for one in link.get("addr_info", []))

    def routes(self, *selector: str) -> list[dict]:
        """IPv4 routes, e.g. routes("table", "main", "proto", "bgp")."""
        return self.read("-4", "route", "show", *selector)

    def ping(self, target: str, *, source: str | None = None, within: float = 2) -> bool:
        """Whether one ping is answered."""
        bind = ["-I", source] if source else []
        return self.run(["ping", "-n", "-q", "-c1", "-W", f"{within:g}", *bind, target], check=False).status == 0

    def dump(self) -> str:
        """All a person wants to see when something is wrong here."""
        words = [["-d", "-br", "link"], ["-br", "-4", "addr"], ["rule"], ["route", "show", "table", "all", "type", "unicast"]]
        shown = [run(["ip", "-n", self.name, *one], check=False).stdout.rstrip() for one in words]
        return f"--- {self.name}\n" + "\n".join(shown)


class Topology:
    """The two networks and the hosts on them. One for each scenario; `remove` leaves nothing behind."""

    def __init__(self):
        self.hosts: list[Host] = []
        ip_batch([
            "netns add wan",
            "link add mgmt type bridge",
            f"addr add {NODE_ADDRESS}/{MANAGEMENT.prefixlen} dev mgmt",
            "link set mgmt up",
        ])
        ip_batch(["link set lo up", "link add br0 type bridge", "link set br0 up"], "wan")

    def add(self, name: str, number: int) -> Host:
        """A host whose addresses end in `number`."""
        host = Host(name, UNDERLAY[number], MANAGEMENT[number])
        ip_batch([
            f"netns add {name}",
            f"link add {name} type veth peer name eth0 netns {name}",
            f"link set {name} master mgmt up",
        ])
        ip_batch([
            f"link add {name} type veth peer name eth1 netns {name}",
            f"link set {name} master br0 up",
        ], "wan")
        host.ip(
            "link set lo up", "link set eth0 up", "link set eth1 up",
            f"addr add {host.management}/{MANAGEMENT.prefixlen} dev eth0",
            f"addr add {host.underlay}/{UNDERLAY.prefixlen} dev eth1",
        )
        self.hosts.append(host)
        return host

    def dump(self) -> str:
        return "\n".join(host.dump() for host in self.hosts)

    def remove(self) -> None:
        # The links by name first: a namespace is dismantled in the background, and the next scenario may use its names.
        ip_batch([f"link del {host.name}" for host in self.hosts] + ["link del mgmt"] +
                 [f"netns del {host.name}" for host in self.hosts] + ["netns del wan"])
