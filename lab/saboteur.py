"""Strikes at one netlink request of a daemon: kills it there, or has the kernel seem to refuse.

    net.client.launch_daemon(wrap=Saboteur(lab).kill_at(7))

A daemon so wrapped is the real one; tests/support/netlink_saboteur.cpp is preloaded into it.
"""

import pathlib

LIBRARY = "libnetlink_saboteur.so"


class Saboteur:
    def __init__(self, lab):
        self._library = lab.program(LIBRARY)
        self._count: pathlib.Path = lab.dir / "netlink-requests"

    def kill_at(self, number: int) -> list[str]:
        """The kernel gets the requests before this one, counted from 1; then SIGKILL."""
        return self._wrap(f"NETLINK_KILL_AT={number}")

    def refuse(self, number: int, error: int) -> list[str]:
        """The kernel gets all requests but this one, which is answered with the error."""
        return self._wrap(f"NETLINK_FAIL_AT={number}", f"NETLINK_ERRNO={error}")

    def watch(self) -> list[str]:
        """Only counts."""
        return self._wrap()

    @property
    def requests(self) -> int:
        """Made so far by the daemon that was wrapped last."""
        try:
            return int.from_bytes(self._count.read_bytes(), "little")
        except FileNotFoundError:
            return 0

    def _wrap(self, *variables: str) -> list[str]:
        self._count.unlink(missing_ok=True)
        return ["env", f"LD_PRELOAD={self._library}", f"NETLINK_COUNT={self._count}", *variables]
