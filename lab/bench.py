"""`./dz bench`: runs the benchmarks of tests/bench and the lab's bench scenarios, and prints one table of figures.

    python3 -m lab.bench FOLDER [NAME] [--json FILE]      FOLDER holds the programs *_bench

Names of figures have a dot. A Google Benchmark gives figures in either of two ways: by its name, as in
`BENCHMARK(decode)->Name("main.decode_mb_s")`, whose value is the counter `value` where it sets one, else its real time in the
figure's unit; or by counters that are named after figures, any number of them.
"""

import argparse
import json
import pathlib
import subprocess
import sys

from lab import figures, suite
from lab.scenario import catalogue

SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}


def from_google(run: dict) -> list[dict]:
    """The figures in one entry of Google Benchmark's JSON."""
    found = [figures.figure(key, value, "host") for key, value in run.items() if "." in key]
    name = run["name"].split("/")[0]
    if "." in name:
        found.append(figures.figure(name, run["value"] if "value" in run else real_time(name, run), "host"))
    return found


def real_time(name: str, run: dict) -> float:
    unit = figures.table().get(name, {}).get("unit")
    assert unit in SECONDS, f"{name}: {unit!r} is no unit of time; set the counter `value`"
    return run["real_time"] * SECONDS[run["time_unit"]] / SECONDS[unit]


def measure_programs(folder: pathlib.Path, name: str) -> list[dict]:
    """The figures whose name begins with `name`, from the benchmark programs."""
    found: list[dict] = []
    for program in sorted(folder.glob("*_bench")):
        print(f"-- {program.name}", file=sys.stderr, flush=True)
        done = subprocess.run([program, "--benchmark_format=json"], stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise SystemExit(f"Error: {program.name} failed with status {done.returncode}; its message is above")
        for run in json.loads(done.stdout)["benchmarks"]:
            found += from_google(run)
    return [one for one in found if one["name"].startswith(name)]


def measure_lab(name: str) -> tuple[list[dict], bool]:
    """The figures of the lab's bench scenarios, and whether all of them ran."""
    chosen = [one for one in catalogue().values() if one.name.startswith(f"bench_{name}")]
    results = suite.run(chosen) if chosen else []
    return [one for result in results for one in result["figures"]], all(one["status"] != "failed" for one in results)


def main() -> int:
    parser = argparse.ArgumentParser(prog="dz bench", description="Measures, and compares with the goals.")
    parser.add_argument("folder", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("name", nargs="?", default="", help="first part of the figures' names, e.g. main")
    parser.add_argument("--json", metavar="FILE", type=pathlib.Path, help="also write the figures as JSON")
    options = parser.parse_args()
    in_lab, complete = measure_lab(options.name)
    found = measure_programs(options.folder, options.name) + in_lab
    print("\n" + "\n".join(figures.line(one) for one in found))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    if not found:
        print(f"Error: no figure begins with {options.name!r}", file=sys.stderr)
    return 0 if complete and found else 1


if __name__ == "__main__":
    sys.exit(main())
