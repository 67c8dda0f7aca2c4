"""Who opens the session, and what keeps strangers out of it: with BIRD as the device, on any Linux."""

from lab import routers
from lab.scenario import scenario
from lab.scenarios.bgp import ONE, PATIENCE, TWO, Pair
from lab.wait import until

KEY = "between the two of us"


class GuardedBird(routers.Bird):
    """BIRD with further lines for its session with the client; waits to be dialled unless `dials`."""

    def __init__(self, *args, lines: str = "", dials: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        self._lines = lines + ("connect delay time 1; connect retry time 1;" if dials else "passive on;")

    def configure(self) -> None:
        super().configure()
        path = self.folder / "bird.conf"
        path.write_text(path.read_text().replace("passive on;", self._lines, 1))


def key_file(lab, key: str):
    path = lab.dir / f"key-{len(key)}"
    path.write_text(key)
    path.chmod(0o600)
    return path


@scenario(needs="netns", programs=["bgp_peer"], limit=150)
def bgp_signed(lab):
    """TCP MD5 with BIRD: up with the same key on both ends, no connection with another one."""
    pair = Pair(lab, GuardedBird, 0, lines=f'password "{KEY}";')
    pair.router.start()
    pair.peer.start(md5_key_file=key_file(lab, KEY))
    pair.wait_up()
    pair.wait_routes(ONE, TWO)
    pair.peer.process.stop()

    pair.peer.start(md5_key_file=key_file(lab, KEY + "!"))
    pair.wait_error("no answer to the connection request")


@scenario(needs="netns", programs=["bgp_peer"], limit=100)
def bgp_ttl_security(lab):
    """GTSM with BIRD: up when both ends have it, unheard when the router has not."""
    near = Pair(lab, GuardedBird, 0, lines="ttl security on; direct;")
    near.router.start()
    near.peer.start(ttl_security=True)
    near.wait_up()
    near.wait_routes(ONE, TWO)

    # BIRD's listener answers with TTL 255, but what it says on the connection has TTL 1.
    far = Pair(lab, GuardedBird, 1, hold=3)
    far.router.start()
    far.peer.start(ttl_security=True)
    until(lambda: "Hold timer expired" in far.router.ask("show", "protocols", "all", "to_client"), PATIENCE, "the router to give up")
    assert not far.peer.events("route") and far.peer.status() == "Pending BGP Session", far.peer.status()


@scenario(needs="netns", programs=["bgp_peer"], limit=150)
def bgp_opened_by_router(lab):
    """BIRD dials and we wait; then both dial, and of what collides one session remains."""
    pair = Pair(lab, GuardedBird, 0, dials=True)
    pair.router.start()
    pair.peer.start(opening="passive")
    pair.wait_up()
    pair.wait_routes(ONE, TWO)
    pair.peer.process.stop()

    pair.peer.start(opening="both")
    pair.wait_up()
    pair.wait_routes(ONE, TWO)
