"""Long runs: the same repairs over and over, in an order nobody chose. A short sample of each is in `./dz test`."""

import random
import time

from lab.nodes import ANNOUNCED, DEVICE_CODE, TUNNEL, Network
from lab.process import resident_mib
from lab.scenario import scenario
from lab.scenarios.lifecycle import CLIENT_OVERLAY, DEVICE_OVERLAY, check_up

ALLOWED_GROWTH_MIB = 2


def rounds(lab, net: Network, actions: list) -> None:
    """Takes actions at random until the time is up. After each one the user must be up again, and at the end the daemon
    must not have grown."""
    seed = int(time.time())
    chance = random.Random(seed)
    memory = resident_mib(net.client.daemon.pid).anonymous
    end = time.monotonic() + lab.soak_seconds
    done = []
    while time.monotonic() < end:
        action = chance.choice(actions)
        done.append(action.__name__)
        try:
            action()
            check_up(net)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, round {len(done)}, after {', '.join(done[-5:])}: {error}") from error
    grown = resident_mib(net.client.daemon.pid).anonymous - memory
    assert grown < ALLOWED_GROWTH_MIB, f"the daemon grew by {grown:.1f} MiB in {len(done)} rounds"


@scenario(needs="gre", programs=Network.PROGRAMS, limit=90, soak=True)
def soak_kernel_drift(lab):
    """Damage of every kind to the kernel, at random, is repaired each time."""
    net = Network(lab)
    net.join()
    host = net.client.host

    def route_deleted():
        host.ip(f"route del {ANNOUNCED}/32 via {DEVICE_OVERLAY} dev {TUNNEL}")

    def address_deleted():
        host.ip(f"addr del {CLIENT_OVERLAY}/31 dev {TUNNEL}")

    def link_deleted():
        host.ip(f"link del {TUNNEL}")

    def link_down():
        host.ip(f"link set {TUNNEL} down")

    def all_routes_flushed():
        host.ip("route flush proto bgp")

    rounds(lab, net, [route_deleted, address_deleted, link_deleted, link_down, all_routes_flushed])


@scenario(needs="gre", programs=Network.PROGRAMS, limit=90, soak=True)
def soak_toggles(lab):
    """Switched off and on, left and joined, at random: always up again, nothing left in between."""
    net = Network(lab)
    net.join()
    client = net.client

    def off_and_on():
        client.doublezero("disable")
        client.wait_down()
        client.doublezero("enable")

    def left_and_joined():
        client.doublezero("disconnect")
        client.wait_down()
        client.doublezero("connect", "ibrl", "--device", DEVICE_CODE)

    def quickly():
        client.ask("/disable", "POST")
        client.ask("/enable", "POST")

    rounds(lab, net, [off_and_on, left_and_joined, quickly])
