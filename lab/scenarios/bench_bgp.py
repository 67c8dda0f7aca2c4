"""100,000 routes from a session into the kernel: by us, by BIRD, and by `ip -batch` without any session.

Each of the three writes the same routes, in turn and several times: the figures are the middle of the ratios, so that a busy
machine is unfair to nobody. The daemon's part is played by bgp_router, which needs no GRE.
"""

import itertools
import pathlib
import re
import signal
import statistics
import time
from collections.abc import Callable

from lab import routers
from lab.process import Process, run
from lab.scenario import scenario
from lab.wait import until, until_equal

ROUTES, ROUNDS, TOGGLES = 100_000, 5, 20
LEAVES = re.compile(r"Leaves:\s+(\d+)")
PASS_SECONDS = re.compile(r"^doublezero_reconciler_pass_seconds_sum (\S+)$", re.M)

FEEDER = """\
router id {here};
log stderr all;
protocol device {{ }}
protocol static table_ {{ disabled; ipv4;
{routes}
}}
protocol static single {{ ipv4; route 20.200.0.1/32 blackhole; }}
protocol bgp learner {{
  local {here} as 65342; neighbor {there} as 65000; passive on; error wait time 1, 2;
  ipv4 {{ import all; export all; next hop self; }};
}}
"""
LEARNER = """\
router id {here};
log stderr all;
protocol device {{ }}
protocol kernel {{ metric 20; ipv4 {{ import none; export filter {{ krt_prefsrc = {source}; accept; }}; }}; }}
protocol bgp feeder {{
  local {here} as 65000; neighbor {there} as 65342;
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv4 {{ import all; export none; }};
}}
"""


class Bird:
    """A BIRD with a configuration of its own."""

    def __init__(self, lab, host, name: str, configuration: str):
        self._control = lab.dir / f"{name}.ctl"
        file = lab.dir / f"{name}.conf"
        file.write_text(configuration)
        self.process = lab.start(name, ["bird", "-f", "-c", file, "-s", self._control], namespace=host.name)
        until(lambda: self.ask("show", "status"), 30, f"{name} to answer")

    def ask(self, *words: str) -> str:
        return run(["birdc", "-s", self._control, *words]).stdout


class Lane:
    """A learner and a feeder of its own, on a link of their own."""

    def __init__(self, lab, number: int, routes: str):
        self.number = number
        self.feed = lab.network.add(f"feed-{number}", 50 + number)
        self.learn = lab.network.add(f"learn-{number}", 60 + number)
        self.here, self.there = f"169.254.0.{2 * number + 1}", f"169.254.0.{2 * number}"
        self.learn.ip(
            f"link add doublezero0 mtu 1476 type veth peer name feed netns {self.feed.name}",
            f"addr add {self.here}/31 dev doublezero0 scope link", "link set doublezero0 up",
            "addr add 9.128.0.5/32 dev lo", "route add 9.200.0.1 dev eth1",
        )
        self.feed.ip("link set feed mtu 1476", f"addr add {self.there}/31 dev feed", "link set feed up")
        self.feeder = Bird(lab, self.feed, f"feeder-{number}", FEEDER.format(here=self.there, there=self.here, routes=routes))
        self.trie: pathlib.Path | None = None

    def watch(self, process: Process) -> None:
        self.trie = pathlib.Path(f"/proc/{process.pid}/net/fib_triestat")

    def count(self) -> int:
        """How many destinations the kernel of the learner has."""
        return int(LEAVES.search(self.trie.read_text())[1])

    def wait_session(self) -> None:
        until_equal(lambda: "Established" in self.feeder.ask("show", "protocols", "learner"), True, 60, "the session")
        until(lambda: self.learn.routes("20.200.0.1"), 30, "the first route")


def seconds(work: Callable[[], None], done: Callable[[], bool]) -> float:
    started = time.monotonic()
    work()
    while not done():
        assert time.monotonic() < started + 120, "the routes are not there after two minutes"
        time.sleep(0.005)
    return time.monotonic() - started


def through_session(lane: Lane) -> float:
    """From the feeder's first route to the learner's last one in the kernel; leaves the kernel as it was."""
    before = lane.count()
    spent = seconds(lambda: lane.feeder.ask("enable", "table_"), lambda: lane.count() >= before + ROUTES)
    seconds(lambda: lane.feeder.ask("disable", "table_"), lambda: lane.count() <= before)
    return spent


def by_batch(lane: Lane, folder: pathlib.Path) -> float:
    words = f"via {lane.there} dev doublezero0 src 9.128.0.5 proto bgp metric 20"
    add, remove = folder / "add", folder / "remove"
    if not add.exists():
        add.write_text("".join(f"route add {routers.prefix(number)} {words}\n" for number in range(ROUTES)))
        remove.write_text("".join(f"route del {routers.prefix(number)} {words}\n" for number in range(ROUTES)))
    batch = ["ip", "-n", lane.learn.name, "-batch"]
    started = time.monotonic()
    run([*batch, add], within=120)
    spent = time.monotonic() - started
    run([*batch, remove], within=120)
    return spent


def pass_seconds(process: Process) -> float:
    """All the time the reconciler has spent in passes."""
    told = len(PASS_SECONDS.findall(process.output()))
    process.signal(signal.SIGUSR1)
    sums = until(lambda: PASS_SECONDS.findall(process.output())[told:], 10, "the metrics")
    return float(sums[-1])


@scenario(needs="netns", programs=["bgp_router"], limit=600)
def bench_bgp(lab):
    """Routes into the kernel, compared with BIRD and `ip -batch`; and the cost of one changed route among them."""
    routes = "\n".join(f"route {routers.prefix(number)} blackhole;" for number in range(ROUTES))
    ours, birds, plain = (Lane(lab, number, routes) for number in range(3))
    router = lab.start("bgp_router", [lab.program("bgp_router")], namespace=ours.learn.name)
    bird = Bird(lab, birds.learn, "learner", LEARNER.format(here=birds.here, there=birds.there, source="9.128.0.5"))
    ours.watch(router)
    birds.watch(bird.process)
    ours.wait_session()
    birds.wait_session()

    times = [(through_session(ours), through_session(birds), by_batch(plain, lab.dir)) for _ in range(ROUNDS)]
    lab.figure("bgp.kernel_seconds", statistics.median(we for we, _, _ in times))
    lab.figure("bgp.kernel_over_bird", statistics.median(we / bird for we, bird, _ in times),
               ("BIRD, s", statistics.median(bird for _, bird, _ in times)))
    lab.figure("bgp.kernel_over_ipbatch", statistics.median(we / batch for we, _, batch in times),
               ("ip -batch, s", statistics.median(batch for _, _, batch in times)))

    before = ours.count()
    seconds(lambda: ours.feeder.ask("enable", "table_"), lambda: ours.count() >= before + ROUTES)
    sums = [pass_seconds(router)]
    for _ in range(TOGGLES):
        for word, there in (("disable", False), ("enable", True)):
            ours.feeder.ask(word, "single")
            until_equal(lambda: bool(ours.learn.routes("20.200.0.1")), there, 30, "the single route to be there")
            sums.append(pass_seconds(router))
    lab.figure("reconcile.delta_us", statistics.median(b - a for a, b in itertools.pairwise(sums)) * 1e6)
