"""Measured figures: {"name", "value", "unit", "goal", "better", "peer", "peer_value", "where"}.

What is known about a figure before it is measured stands in tests/bench/figures.json, one place for the benchmarks in
C++ and those in the lab. `peer` names whom it was compared with in the same run, `peer_value` is that one's, in `unit`
unless the name says another.
"""

import functools
import json
import pathlib

TABLE = pathlib.Path(__file__).parent.parent / "tests/bench/figures.json"
KEYS = ("unit", "goal", "better")
Nobody = (None, None)


@functools.cache
def table() -> dict[str, dict]:
    return json.loads(TABLE.read_text())


def figure(name: str, value: float, where: str, peer: tuple[str, float] | tuple[None, None] = Nobody) -> dict:
    """One figure. `name` must be in the table: a figure nobody can judge is noise."""
    known = table().get(name)
    assert known, f"figure {name} is not described in {TABLE.name}: add its unit, goal and better"
    return {"name": name, "value": round(value, 3), **{key: known.get(key) for key in KEYS},
            "peer": peer[0], "peer_value": peer[1], "where": where}


def verdict(one: dict) -> str:
    """Whether the goal is met: "ok", "MISSED", or "" for a figure without goal."""
    if one["goal"] is None:
        return ""
    met = one["value"] <= one["goal"] if one["better"] == "lower" else one["value"] >= one["goal"]
    return "ok" if met else "MISSED"


def line(one: dict) -> str:
    """One figure as one line of text."""
    goal = "" if one["goal"] is None else f"  goal {'<=' if one['better'] == 'lower' else '>='} {one['goal']:g}  {verdict(one)}"
    peer = "" if one["peer"] is None else f"  {one['peer']} {one['peer_value']:g}"
    return f"{one['name']:<28} {one['value']:>12,.3f} {one['unit']:<8} {one['where']:<6}{goal}{peer}".rstrip()
