"""Waiting for something to become true: polls often, gives up at a deadline, never sleeps a fixed time."""

import os
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# Deadlines are written for User-Mode Linux; a slower kernel stretches them.
SLOWNESS = float(os.environ.get("DZ_LAB_SLOWNESS", "1"))
FIRST_PAUSE = 0.005
LONGEST_PAUSE = 0.05


def until(predicate: Callable[[], T], within: float, what: str) -> T:
    """Calls `predicate` until it returns something true, and returns that.

    It may also say "not yet" by raising an AssertionError or OSError (a connection refused, a file missing); the last
    one is told when the deadline passes. `what` completes the sentence "waited N s for ...".
    """
    deadline = time.monotonic() + within * SLOWNESS
    pause, last = FIRST_PAUSE, None
    while True:
        try:
            last = predicate()
            if last:
                return last
        except (AssertionError, OSError) as reason:
            last = reason
        if time.monotonic() > deadline:
            break
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)
    raise AssertionError(f"waited {within:g} s for {what}" + (f"; last seen: {last}" if last is not None else ""))


def until_equal(read: Callable[[], T], expected: T, within: float, what: str) -> None:
    """Calls `read` until it returns `expected`."""

    def check() -> bool:
        found = read()
        assert found == expected, repr(found)
        return True

    until(check, within, f"{what} to be {expected!r}")
