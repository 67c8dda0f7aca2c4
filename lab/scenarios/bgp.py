"""Our BGP speaker with BIRD, FRR and GoBGP as the device: runs on any Linux, and with a build that has sanitizers.

A story is told for one router; `with_each` tells it with all of them at the same time, each in namespaces of its own.
"""

import json
import signal
import threading

from lab import routers
from lab.process import Process
from lab.scenario import scenario
from lab.wait import until, until_equal

UP = "BGP Session Up"
ONE, TWO, THREE = "9.129.0.1/32", "9.129.0.2/32", "9.129.0.3/32"
MANY, A_FEW = 100_000, 2_000
PATIENCE = 45  # for whatever takes a second or two where nothing else runs


class Peer:
    """The program bgp_peer: one session, told as JSON lines. Each start has a log of its own."""

    def __init__(self, lab, here, there):
        self._lab, self._here, self._there = lab, here, there
        self.prefix = f"{here.underlay}/32"
        self.process: Process | None = None
        self._starts = 0

    def start(self, *, announce: str | None = None, **options) -> None:
        """Announces its own address unless told otherwise; options as the program's, e.g. stale_hold=60, or True for a
        flag."""
        self._starts += 1
        words = []
        for key, value in options.items():
            words += [f"--{key.replace('_', '-')}", *([] if value is True else [str(value)])]
        self.process = self._lab.start(f"bgp_peer-{self._here.name}-{self._starts}", [
            self._lab.program("bgp_peer"), "--local", self._here.underlay, "--remote", self._there.underlay,
            "--announce", announce or self.prefix, *words,
        ], namespace=self._here.name)

    def events(self, *kinds: str) -> list[dict]:
        # The last line may still be on its way.
        lines = [line for line in self.process.output().split("\n")[:-1] if line.startswith('{"ms"')]
        return [one for one in map(json.loads, lines) if one["event"] in kinds]

    def status(self) -> str:
        return next((one["status"] for one in reversed(self.events("status"))), "")

    def errors(self) -> list[str]:
        """Why connections failed or ended."""
        return [one["error"] for one in self.events("error")]

    def routes(self) -> set[str]:
        """The prefixes it has, while there are few."""
        have = {one["prefix"]: one["event"] == "route" for one in self.events("route", "withdrawn")}
        return {prefix for prefix, there in have.items() if there}

    def accepted(self) -> int:
        return next((one["accepted"] for one in reversed(self.events("routes"))), 0)


class Pair:
    """A client and its router, not started. A story may give the router a feeder before it starts it."""

    def __init__(self, lab, kind: type[routers.Router], number: int, **options):
        self.lab, self._number = lab, number
        client = lab.network.add(f"cli-{number}", 100 + number)
        device = lab.network.add(f"dev-{number}", 10 + number)
        self.router = kind(lab, device, client.underlay, own={ONE, TWO}, **options)
        self.peer = Peer(lab, client, device)

    def feed(self, count: int) -> routers.Feeder:
        host = self.lab.network.add(f"feed-{self._number}", 50 + self._number)
        self.router.feeder = host.underlay
        self.router.start()
        return routers.Feeder(self.lab, host, self.router.host.underlay, count)

    def start(self, **options) -> None:
        self.router.start()
        self.peer.start(**options)
        self.wait_up()

    def wait_up(self) -> None:
        until_equal(self.peer.status, UP, PATIENCE, "the session here")
        until_equal(self.router.session, "Established", PATIENCE, "the session there")

    def wait_down(self) -> None:
        until(lambda: self.peer.status() != UP, PATIENCE, "the session to be lost")

    def wait_routes(self, *expected: str) -> None:
        until_equal(self.peer.routes, set(expected), PATIENCE, "the learned routes")

    def wait_learned(self, expected: dict[str, bool]) -> None:
        """What the router has of us, and whether it is stale."""
        until_equal(self.router.learned, expected, PATIENCE, "what the router has learned")

    def wait_error(self, words: str) -> None:
        until(lambda: any(words in one for one in self.peer.errors()), PATIENCE, f"an error that says {words!r}")


def with_each(lab, story, **options) -> None:
    """Tells `story(Pair)` with every router at the same time."""
    pairs = [Pair(lab, kind, number, **options) for number, kind in enumerate(routers.ALL)]
    failures: list[tuple[str, Exception]] = []

    def tell(pair: Pair) -> None:
        try:
            story(pair)
        except Exception as error:
            failures.append((pair.router.name, error))

    threads = [threading.Thread(target=tell, args=(pair,), daemon=True) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        first = failures[0][1]
        first.args = ("\n".join(f"with {name}: {error}" for name, error in failures),)
        raise first


def session(pair: Pair) -> None:
    pair.start()
    pair.wait_routes(ONE, TWO)
    pair.wait_learned({pair.peer.prefix: False})

    pair.router.announce(THREE)
    pair.wait_routes(ONE, TWO, THREE)
    pair.router.withdraw(TWO)
    pair.wait_routes(ONE, THREE)

    if pair.router.can_refresh:
        before = pair.router.refreshed()
        pair.router.refresh()
        until(lambda: pair.router.refreshed() > before, PATIENCE, "the answer to a route refresh")
    pair.wait_learned({pair.peer.prefix: False})
    assert not pair.peer.errors(), f"the session has flapped: {pair.peer.errors()}"


@scenario(needs="netns", programs=["bgp_peer"], limit=150)
def bgp_session(lab):
    """Session up, routes learned, withdrawn one by one, asked for again."""
    with_each(lab, session)


def hold_expiry(pair: Pair) -> None:
    pair.start()
    pair.wait_routes(ONE, TWO)
    pair.router.freeze()
    pair.wait_down()
    pair.wait_routes()
    pair.wait_error("we said: hold timer expired (4/0)")
    pair.router.thaw()
    pair.wait_up()
    pair.wait_routes(ONE, TWO)

    pair.peer.process.signal(signal.SIGSTOP)
    until(lambda: pair.router.session() != "Established", PATIENCE, "the router to give up a silent client")
    pair.peer.process.signal(signal.SIGCONT)
    pair.wait_error("peer said: hold timer expired (4/0)")
    pair.wait_up()
    pair.wait_routes(ONE, TWO)


@scenario(needs="netns", programs=["bgp_peer"], limit=200)
def bgp_hold_expiry(lab):
    """Either end falls silent: the other says so and forgets its routes, and both return."""
    with_each(lab, hold_expiry, hold=3)


def notifications(pair: Pair) -> None:
    # OpenSent: we refuse the router's number.
    pair.router.start()
    pair.peer.start(remote_as=65001)
    pair.wait_error("we said: open message error: bad peer AS (2/2)")
    pair.peer.process.stop()

    # Established, both ways.
    pair.peer.start()
    pair.wait_up()
    pair.router.shut()
    pair.wait_down()
    pair.wait_error("peer said: cease")
    pair.wait_routes()
    pair.router.unshut()
    pair.wait_up()
    assert pair.peer.process.stop() == 0, "SIGTERM must end it with status 0"
    until(lambda: pair.router.session() != "Established", PATIENCE, "the router to lose the session")
    until(lambda: pair.router.complaint() in ((6, 2), None), PATIENCE, "the router to know the reason")


@scenario(needs="netns", programs=["bgp_peer"], limit=200)
def bgp_notifications(lab):
    """A NOTIFICATION of either end, as it opens and while it is up, is understood by the other."""
    with_each(lab, notifications)


def refused(pair: Pair) -> None:
    pair.router.start()
    pair.peer.start()
    pair.wait_error("peer said: open message error: bad peer AS (2/2)")


@scenario(needs="netns", programs=["bgp_peer"], limit=100)
def bgp_refused(lab):
    """A router that expects another AS refuses our OPEN, and we can say why."""
    with_each(lab, refused, client_asn=65001)


def client_restarts(pair: Pair) -> None:
    pair.start()
    prefix, other = pair.peer.prefix, "198.51.100.77/32"
    pair.wait_learned({prefix: False})
    pair.peer.process.kill()
    pair.wait_learned({prefix: True})
    pair.peer.start(inherited=prefix)
    pair.wait_learned({prefix: False})

    pair.peer.process.kill()
    pair.wait_learned({prefix: True})
    pair.peer.start(inherited=prefix, announce=other)
    pair.wait_learned({other: False})


@scenario(needs="netns", programs=["bgp_peer"], limit=150)
def bgp_client_restarts(lab):
    """After kill -9 of ours the router keeps our route as stale; what the next process does not announce is gone."""
    with_each(lab, client_restarts)


def router_restarts(pair: Pair) -> None:
    pair.start(stale_hold=120)
    pair.wait_routes(ONE, TWO)
    pair.router.kill()
    pair.wait_down()
    pair.router.own.remove(TWO)
    pair.router.start(restarted=True)
    pair.wait_up()
    pair.wait_routes(ONE)
    gone = [one["prefix"] for one in pair.peer.events("withdrawn")]
    assert gone == [TWO], f"withdrawn over the restart: {gone}"


@scenario(needs="netns", programs=["bgp_peer"], limit=150)
def bgp_router_restarts(lab):
    """After kill -9 of the router we keep its routes; what it does not announce again is gone after its End-of-RIB."""
    with_each(lab, router_restarts)


@scenario(needs="netns", programs=["bgp_peer"], limit=240, soak=True)
def bgp_table(lab):
    """100,000 routes (a short run: fewer) learned through the router, half of them withdrawn and announced again."""
    count = MANY if lab.soak_seconds >= 60 else A_FEW

    def table(pair: Pair) -> None:
        feeder = pair.feed(count)
        pair.peer.start()
        pair.wait_up()
        own = len(pair.router.own)
        until_equal(pair.peer.accepted, count + own, 120, "the number of learned routes")
        feeder.withdraw_second_half()
        until_equal(pair.peer.accepted, count // 2 + own, 120, "the number of routes after the withdrawal")
        feeder.announce_second_half()
        until_equal(pair.peer.accepted, count + own, 120, "the number of routes after the return")
        assert not pair.peer.errors(), pair.peer.errors()

    with_each(lab, table)
