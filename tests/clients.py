#!/usr/bin/env python3
"""Drives a doublezero-devnet with Solana's own JavaScript clients (tests/clients/) and counts the cases.

    tests/clients.py [--results FILE] DOUBLEZERO_DEVNET [FILTER]          FILTER: part of a case's name

The clients, and the Node that runs them, come from npm's registry as package-lock.json pins them, and stay in
tests/clients/node_modules until that file changes. Where they are neither there nor to be had, all is skipped.
"""

import argparse
import dataclasses
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

from run import Counts

FOLDER = pathlib.Path(__file__).resolve().parent / "clients"
MODULES = FOLDER / "node_modules"
STAMP = MODULES / ".installed"
INSTALL_SECONDS, RUN_SECONDS = 900, 2400

QUICK = ["--prefer-offline", "--no-audit", "--no-fund", "--no-update-notifier", "--fetch-retries=1", "--fetch-timeout=60000"]
INSTALL = (
    # Of all the packages' scripts only one is wanted: that of `node`, which fetches the program for this machine.
    ["npm", "ci", "--ignore-scripts", *QUICK],
    ["npm", "rebuild", "node", "--foreground-scripts", *QUICK],
)
# What npm says when our files are wrong; all else is the registry's or the machine's fault.
OUR_FAULT = re.compile(r"npm (?:ERR!|error) code (EUSAGE|EINTEGRITY|EJSONPARSE|ETARGET)\b")
NPM_CODE = re.compile(r"npm (?:ERR!|error) (?:code (\S+)|(request to .+))")


class Unavailable(Exception):
    """The clients are not to be had here."""


class Broken(Exception):
    """Our list of packages is wrong."""


def installed_as() -> str:
    files = [FOLDER / "package.json", FOLDER / "package-lock.json"]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def install() -> None:
    """Makes node_modules what package-lock.json says."""
    wanted = installed_as()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    if not shutil.which("npm"):
        raise Unavailable("npm is not installed; ./dz setup does that")
    for command in INSTALL:
        try:
            done = subprocess.run(command, cwd=FOLDER, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, errors="replace", timeout=INSTALL_SECONDS, check=False)
        except subprocess.TimeoutExpired as late:
            raise Unavailable(f"npm was not done after {late.timeout:g} s") from late
        if done.returncode == 0:
            continue
        if OUR_FAULT.search(done.stdout):
            raise Broken(done.stdout)
        why = [match[1] or match[2] for match in NPM_CODE.finditer(done.stdout)]
        raise Unavailable(f"`{' '.join(command[:3])}` failed: {'; '.join(dict.fromkeys(why)) or done.stdout.strip()[-200:]}")
    STAMP.write_text(wanted)


def counted(output: str, status: int) -> Counts:
    """From the last lines of Node's report in TAP."""
    said = {word: int(number) for word, number in re.findall(r"^# (pass|fail|cancelled|skipped) (\d+)$", output, re.M)}
    counts = Counts(said.get("pass", 0), said.get("fail", 0) + said.get("cancelled", 0), said.get("skipped", 0))
    if status != 0 and counts.failed == 0:
        counts.failed = 1
    return counts


def run(devnet: pathlib.Path, wanted: str | None) -> Counts:
    only = [f"--test-name-pattern={re.escape(wanted)}"] if wanted else []
    command = [str(MODULES / ".bin/node"), "--test", "--test-force-exit", "--test-reporter=tap", *only,
               *sorted(map(str, FOLDER.glob("*.test.mjs")))]
    try:
        done = subprocess.run(command, cwd=FOLDER, env={**os.environ, "DZ_DEVNET": str(devnet.resolve())},
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=RUN_SECONDS, check=False)
        output, counts = done.stdout, counted(done.stdout, done.returncode)
    except subprocess.TimeoutExpired as late:
        output = (late.stdout or b"").decode(errors="replace") + f"\nnot done after {late.timeout:g} s"
        counts = Counts(failed=1)
    if counts.failed:
        print(output.rstrip(), flush=True)
    return counts


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs the tests of tests/clients.")
    parser.add_argument("--results", type=pathlib.Path)
    parser.add_argument("devnet", type=pathlib.Path)
    parser.add_argument("filter", nargs="?")
    options = parser.parse_args()
    note = ""
    try:
        install()
        counts = run(options.devnet, options.filter)
    except Unavailable as reason:
        counts, note = Counts(skipped=1), f"    skipped: {reason}"
    except Broken as reason:
        counts, note = Counts(failed=1), f"npm refuses tests/clients/package-lock.json:\n{reason}"
    print(f"{'clients':.<32} {'FAILED' if counts.failed else 'ok'} ({counts})", flush=True)
    if note:
        print(note, flush=True)
    if options.results:
        options.results.write_text(json.dumps(dataclasses.asdict(counts)))
    return 1 if counts.failed else 0


if __name__ == "__main__":
    sys.exit(main())
