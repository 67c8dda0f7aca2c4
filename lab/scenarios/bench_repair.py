"""How long the kernel stays damaged, and what the daemon that watches over it weighs."""

import contextlib
import itertools
import time

from lab.nodes import ANNOUNCED, TUNNEL, Network
from lab.process import resident_mib
from lab.route_watch import RouteWatch
from lab.scenario import scenario
from lab.scenarios.lifecycle import CLIENT_OVERLAY, DEVICE_OVERLAY

RUNS = 100
# Whoever damages something more often in a row is an adversary, who is met ever more slowly.
IN_A_ROW = 15
# Each takes the learned route along.
DAMAGES = (
    f"route del {ANNOUNCED}/32 via {DEVICE_OVERLAY} dev {TUNNEL}",
    f"addr del {CLIENT_OVERLAY}/31 dev {TUNNEL}",
    f"link set {TUNNEL} down",
    f"link del {TUNNEL}",
)


@scenario(needs="gre", programs=Network.PROGRAMS, limit=300)
def bench_reconcile_repair(lab):
    """From the start of the program that damages the kernel until the learned route is back, 99th percentile."""
    net = Network(lab)
    net.join()
    client = net.client
    times = []
    with contextlib.closing(RouteWatch(client.host.name)) as watch:
        for number, damage in zip(range(RUNS), itertools.cycle(DAMAGES)):
            if number % IN_A_ROW == 0:
                client.ask("/disable", "POST")
                client.wait_down()
                client.ask("/enable", "POST")
            client.wait_up()
            watch.forget()
            started = time.monotonic()
            client.host.ip(damage)
            times.append((watch.wait_for(ANNOUNCED, 10) - started) * 1000)
    lab.figure("reconcile.repair_p99_ms", sorted(times)[RUNS * 99 // 100 - 1])
    lab.figure("reconcile.rss_anon_mib", resident_mib(client.daemon.pid).anonymous)
