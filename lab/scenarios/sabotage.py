"""The daemon dies, or the kernel refuses, at any of its netlink requests: what follows is exactly what is wanted."""

import errno
import itertools
import json
import os
import random
import time

from lab.kernel_state import check_same, kernel_state
from lab.nodes import ANNOUNCED, DEVICE_CODE, Network
from lab.saboteur import LIBRARY, Saboteur
from lab.scenario import scenario
from lab.wait import SLOWNESS, until, until_equal

LEAST_SECONDS = 60
FAR_DEVICE = "la2-dz01"  # on the ledger only
GROUP = "mg01"
# What rtnetlink answers to requests such as ours, and what a machine short of memory does.
ERRNOS = [errno.EPERM, errno.ENOENT, errno.ESRCH, errno.EINTR, errno.EAGAIN, errno.ENOMEM, errno.EACCES, errno.EBUSY, errno.EEXIST,
          errno.ENODEV, errno.EINVAL, errno.ERANGE, errno.EMSGSIZE, errno.EOPNOTSUPP, errno.EADDRNOTAVAIL, errno.ENETDOWN,
          errno.ENETUNREACH, errno.ENOBUFS, errno.EHOSTUNREACH]


class Sabotaged:
    """A client with all that a daemon can build: an edge user with rules and tables, and a publisher beside it."""

    def __init__(self, lab):
        self.net = Network(lab)
        self.client = self.net.client
        self.saboteur = Saboteur(lab)
        self.bare = kernel_state(self.client.host)
        self._join()
        self.client.ask("/enable", "POST")
        until(lambda: self.client.host.routes("table", "100", "root", f"{ANNOUNCED}/32"), 30, "the learned route")
        until_equal(self.plan, [], 10, "the plan of a daemon that is done")
        self.built = kernel_state(self.client.host)
        for expected in ("doublezero0", "doublezero1", '"priority": 101', "233.84.178."):
            assert expected in str(self.built), f"{expected} is missing in\n{self.built}"
        self.client.daemon.kill()

    def _join(self) -> None:
        client, foundation = self.client, str(self.net.node.keys / "foundation.json")
        address = str(client.host.underlay)
        self.net.node.admit(client)
        as_foundation = ("--keypair", foundation)
        client.doublezero(*as_foundation, "multicast", "group", "create", "--code", GROUP, "--max-bandwidth", "1gbps", "--owner", "me")
        client.doublezero(*as_foundation, "multicast", "group", "allowlist", "publisher", "add", "--code", GROUP, "--client-ip", address,
                          "--user-payer", str(client.key))
        client.doublezero("user", "create", "--user-type", "edge-filtering", "--device", DEVICE_CODE, "--client-ip", address)
        client.doublezero("user", "create-subscribe", "--device", FAR_DEVICE, "--client-ip", address, "--publisher", GROUP)

    def plan(self) -> list:
        return self.client.ask("/v2/plan")["steps"]

    def set_enabled(self, enabled: bool) -> None:
        """Behind the back of a daemon that does not run."""
        (self.client.home / "state/state.json").write_text(json.dumps({"reconciler_enabled": enabled}, separators=(",", ":")))

    def check(self, enabled: bool) -> bool:
        """For `until`: the kernel is as it is wanted."""
        return check_same(self.client.host, self.built if enabled else self.bare)

    def is_right(self, enabled: bool) -> bool:
        return kernel_state(self.client.host) == (self.built if enabled else self.bare)

    def settle(self, enabled: bool, after: str = "", wrap: list[str] | None = None) -> None:
        """A daemon runs until all is built, or gone."""
        daemon = self.client.launch_daemon(wrap=wrap)
        # What the kernel only claimed to have done an audit finds after half a minute.
        until(lambda: self.check(enabled), 75, f"all to be {'built' if enabled else 'gone'} {after}")
        assert daemon.running, daemon.output()
        daemon.kill()


def requests_of(world: Sabotaged, enabled: bool) -> int:
    """How many requests a daemon makes to come to where it is wanted."""
    world.set_enabled(enabled)
    world.settle(enabled, wrap=world.saboteur.watch())
    count = world.saboteur.requests
    assert count > 10, f"{count} requests were counted: is the daemon built for this?"
    return count


def rounds(lab, world: Sabotaged):
    """Every request of a daemon that builds and of one that takes down, in any order: (enabled, number, how many there are).

    All of them where the machine is up to it; on a busy one those that there is time for, other ones each time.
    """
    counts = {enabled: requests_of(world, enabled) for enabled in (False, True)}
    shuffled = [[(number, enabled) for number in random.sample(range(1, count + 1), count)] for enabled, count in counts.items()]
    pairs = [pair for both in itertools.zip_longest(*shuffled) for pair in both if pair]  # in turn: no round has to prepare for itself
    deadline = time.monotonic() + max(LEAST_SECONDS * SLOWNESS, lab.soak_seconds)
    for done, (number, enabled) in enumerate(pairs):
        if time.monotonic() > deadline:
            print(f"({done} of {len(pairs)} requests; for all: ./dz test soak request) ", end="", flush=True)
            return
        if not world.is_right(not enabled):
            world.set_enabled(not enabled)
            world.settle(not enabled)
        world.set_enabled(enabled)
        yield enabled, number, counts[enabled]


PROGRAMS = (*Network.PROGRAMS, LIBRARY)


@scenario(needs="gre", programs=PROGRAMS, limit=600, soak=True)
def killed_at_any_request(lab):
    """SIGKILL at the n-th netlink request, for every n, while building and while taking down: the next daemon completes it."""
    world = Sabotaged(lab)
    for enabled, number, count in rounds(lab, world):
        daemon = world.client.launch_daemon(wrap=world.saboteur.kill_at(number))
        # Now and then one comes to its end with a request less.
        until(lambda: not daemon.running or world.is_right(enabled), 60, f"the daemon to come to its request {number} of {count}")
        daemon.kill()
        world.settle(enabled, f"after a kill at request {number} of {count}")


@scenario(needs="gre", programs=PROGRAMS, limit=600, soak=True)
def refused_at_any_request(lab):
    """The n-th netlink request is answered with an error, for every n and in turn every error there is: the daemon gets there still."""
    world = Sabotaged(lab)
    for error, (enabled, number, count) in zip(itertools.cycle(ERRNOS), rounds(lab, world)):
        wrap = world.saboteur.refuse(number, error)
        world.settle(enabled, f"although request {number} of {count} met {errno.errorcode[error]} ({os.strerror(error)})", wrap)
