#!/usr/bin/env python3
"""Runs the unit tests that ctest knows and counts cases, not programs.

    tests/run.py [--results FILE] BUILD_FOLDER [FILTER]   FILTER: part of a module's name, else of a case's
    tests/run.py --sum FOLDER                             adds up the results in FOLDER/*.json

`ctest` in the build folder runs the same tests. Catch2 version 2 has no skipped cases: a case that prints a line
`skipped: NAME: REASON` (tests/support/skip.hpp) is counted as skipped here.
"""

import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import time

ALL_PASSED = re.compile(r"^All tests passed \(.* in (\d+) test cases?\)", re.M)
SOME_FAILED = re.compile(r"^test cases: +\d+ \|(?: +(\d+) passed \|)? +(\d+) failed", re.M)
UNITTEST = re.compile(r"^Ran (\d+) tests? in ", re.M)
UNITTEST_BAD = re.compile(r"(?:failures|errors)=(\d+)")
NOTHING_MATCHED = re.compile(r"^No (?:tests|test cases) ", re.M)
SKIPPED = re.compile(r"^skipped: .+$", re.M)
WORDS = ("passed", "failed", "skipped")


@dataclasses.dataclass
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        return ", ".join(f"{getattr(self, word)} {word}" for word in WORDS)


@dataclasses.dataclass(frozen=True)
class Test:
    name: str
    command: list[str]  # empty: not built
    folder: str | None
    limit: float

    @property
    def catch(self) -> bool:
        return bool(self.command) and self.command[0].endswith("_test")


def count(output: str, status: int) -> Counts:
    """What one test program's output and exit status amount to. A program of another kind is one case."""
    skipped = len(SKIPPED.findall(output))
    if NOTHING_MATCHED.search(output):
        return Counts()
    if match := ALL_PASSED.search(output):
        counts = Counts(int(match[1]) - skipped, 0, skipped)
    elif match := SOME_FAILED.search(output):
        counts = Counts(int(match[1] or 0) - skipped, int(match[2]), skipped)
    elif match := UNITTEST.search(output):  # Python's own, which tests the lab
        bad = sum(map(int, UNITTEST_BAD.findall(output)))
        counts = Counts(int(match[1]) - bad, bad)
    else:
        counts = Counts(passed=int(status == 0))
    # Something failed outside of all cases, e.g. a leak found at exit.
    if status != 0 and counts.failed == 0:
        counts.failed = 1
    return counts


def registered(build: pathlib.Path) -> list[Test]:
    """The tests of a build folder."""
    shown = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"], capture_output=True, text=True, check=True)
    tests = []
    for one in json.loads(shown.stdout)["tests"]:
        properties = {each["name"]: each["value"] for each in one.get("properties", [])}
        tests.append(Test(one["name"], one.get("command", []), properties.get("WORKING_DIRECTORY"), properties.get("TIMEOUT", 60)))
    return tests


def select(tests: list[Test], wanted: str) -> list[Test]:
    """The programs named like `wanted`; where there are none, all Catch2 programs with `wanted` as filter of cases."""
    named = [test for test in tests if wanted in test.name]
    return named or [dataclasses.replace(test, command=[*test.command, f"*{wanted}*"]) for test in tests if test.catch]


def run(test: Test) -> tuple[Test, Counts, float, str]:
    """Runs one test program."""
    started = time.monotonic()
    if not test.command:
        return test, Counts(failed=1), 0, "its program is not built"
    try:
        done = subprocess.run(test.command, cwd=test.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=test.limit)
        output, status = done.stdout.decode(errors="replace"), done.returncode
        if status < 0:
            output += f"\nended by signal {-status}"
    except subprocess.TimeoutExpired as late:
        output, status = (late.stdout or b"").decode(errors="replace") + f"\nnot done after {test.limit:g} s", 1
    except OSError as error:
        output, status = str(error), 1
    return test, count(output, status), time.monotonic() - started, output


def report(test: Test, counts: Counts, seconds: float, output: str) -> None:
    if counts == Counts():
        return
    print(f"{test.name:.<32} {'FAILED' if counts.failed else 'ok'} {seconds:.1f} s ({counts})", flush=True)
    if counts.failed:
        print(output.rstrip(), flush=True)
    # The same reason for many cases is told once.
    reasons = [line.rsplit(": ", 1)[-1] for line in SKIPPED.findall(output)]
    for reason in dict.fromkeys(reasons):
        print(f"    {reasons.count(reason)} skipped: {reason}", flush=True)


def run_all(build: pathlib.Path, wanted: str | None, results: pathlib.Path | None) -> int:
    tests = registered(build)
    if wanted:
        tests = select(tests, wanted)
    total = Counts()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in concurrent.futures.as_completed([pool.submit(run, test) for test in tests]):
            report(*done.result())
            total += done.result()[1]
    if total == Counts():
        print("Error: no unit test" + (f" matches {wanted!r}" if wanted else "s are registered"), file=sys.stderr)
        total.failed = 1
    if results:
        results.write_text(json.dumps(dataclasses.asdict(total)))
    return 1 if total.failed else 0


def sum_up(folder: pathlib.Path) -> int:
    """The last line of `./dz test`. A part without results did not run to its end, which is a failure."""
    total = Counts()
    files = sorted(folder.glob("*.json"))
    for file in files:
        part = json.loads(file.read_text())
        if isinstance(part, dict):
            total += Counts(**part)
        else:  # the lab writes a list of scenarios
            total += Counts(*(sum(one["status"] == word for one in part) for word in WORDS))
    print(total)
    return 1 if total.failed or not files else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs the unit tests.")
    parser.add_argument("--results", type=pathlib.Path)
    parser.add_argument("--sum", type=pathlib.Path)
    parser.add_argument("build", type=pathlib.Path, nargs="?")
    parser.add_argument("filter", nargs="?")
    options = parser.parse_args()
    if options.sum:
        return sum_up(options.sum)
    if not options.build:
        parser.error("which build folder?")
    return run_all(options.build, options.filter, options.results)


if __name__ == "__main__":
    sys.exit(main())
