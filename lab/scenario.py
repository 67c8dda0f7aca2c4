"""What a scenario is, and the catalogue of all of them.

A scenario is a function of one argument, the `Lab`, marked by the decorator:

    @scenario(needs="gre", programs=("doublezerod",))
    def kernel_drift(lab):
        '''A link, address or route deleted by hand comes back.'''

It passes by returning, fails by raising, and is skipped by `lab.skip(reason)`. A name that begins with `bench_` makes it
a benchmark: only `./dz bench` and its own name start it.
"""

import dataclasses
import fnmatch
import importlib
import pkgutil
from collections.abc import Callable, Iterable

NEEDS = ("netns", "gre")


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    summary: str
    needs: str
    programs: tuple[str, ...]
    limit: float
    soak: bool
    run: Callable  # of a Lab (lab/inside.py)

    @property
    def bench(self) -> bool:
        return self.name.startswith("bench_")


class UnknownScenario(Exception):
    """A pattern on the command line matches nothing."""


_catalogue: dict[str, Scenario] = {}


def scenario(*, needs: str, programs: Iterable[str] = (), limit: float = 60, soak: bool = False):
    """Registers a function as scenario.

    needs: "netns" (any Linux with network namespaces) or "gre" (a kernel that has GRE links).
    programs: binaries of ours it starts; checked first, so that a missing one is told plainly.
    limit: seconds after which it has failed. soak: runs for `lab.soak_seconds`, which counts on top of the limit.
    """
    assert needs in NEEDS, f"needs={needs!r} is none of {NEEDS}"

    def register(function: Callable) -> Callable:
        name = function.__name__
        assert name not in _catalogue, f"two scenarios are named {name}"
        assert function.__doc__, f"scenario {name} has no docstring"
        summary = function.__doc__.strip().splitlines()[0]
        _catalogue[name] = Scenario(name, summary, needs, tuple(programs), limit, soak, function)
        return function

    return register


def catalogue() -> dict[str, Scenario]:
    """Every scenario of lab/scenarios/, by name, in alphabetical order."""
    package = importlib.import_module("lab.scenarios")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"lab.scenarios.{module.name}")
    return dict(sorted(_catalogue.items()))


def select(known: dict[str, Scenario], patterns: Iterable[str]) -> list[Scenario]:
    """The scenarios that any of the shell patterns matches. No pattern: all but the benchmarks."""
    patterns = list(patterns)
    if not patterns:
        return [one for one in known.values() if not one.bench]
    for pattern in patterns:
        if not fnmatch.filter(known, pattern):
            raise UnknownScenario(f"no scenario matches {pattern!r}")
    return [one for one in known.values() if any(fnmatch.fnmatchcase(one.name, pattern) for pattern in patterns)]
