#!/usr/bin/env python3
"""Checks the include graph against the module ranks of ARCHITECTURE.md.

    cmake/check_layers.py [REPOSITORY]

A module includes headers of strictly lower rank, or its own. Quoted includes are rooted at the repository. Only the
files listed in cmake/heavy.txt include Boost.Beast. Prints one line for each violation and exits 1 if there is any.
"""

import pathlib
import re
import sys

# Folder -> rank. The longest matching folder counts, so daemon/api can rank below daemon.
RANKS = {
    "base": 0,
    "ledger": 1,
    "netlink": 1,
    "protocols/bgp": 1,
    "protocols/liveness": 1,
    "protocols/latency": 1,
    "protocols/multicast": 1,
    "chain/reservations": 1,
    "daemon/api": 1,
    "services/oracle/api": 1,
    "host": 2,
    "fetcher": 2,
    "placement": 2,
    "wallet": 2,
    "chain/program": 2,
    "reconciler": 3,
    "doctor": 3,
    "chain/devnet": 3,
    "services/telemetry": 3,
    "services/oracle": 3,
    "services/device_agent": 3,
    "daemon": 4,
    "cli": 4,
}
# Written by the build, so not found in the source tree.
GENERATED = {"dz_commit.inc"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def module_of(path: str) -> str | None:
    """The module that `path` (from the repository's root) belongs to; None outside all modules."""
    matches = [folder for folder in RANKS if path.startswith(folder + "/")]
    return max(matches, key=len, default=None)


def sources(root: pathlib.Path):
    """Every C++ file of ours, as (path from the root, module or None for tests)."""
    top_folders = sorted({folder.split("/")[0] for folder in RANKS} | {"tests"})
    for folder in top_folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".hpp", ".cpp") and "node_modules" not in path.parts:
                relative = path.relative_to(root).as_posix()
                yield relative, module_of(relative)


def problem(root: pathlib.Path, path: str, module: str | None, quote: str, header: str, heavy: set[str]) -> str | None:
    """What is wrong with one include, in words; None if nothing is."""
    if header.startswith("boost/beast") and path not in heavy:
        return "includes Boost.Beast but is not listed in cmake/heavy.txt"
    if quote == "<" or header in GENERATED:
        return None
    if not (root / header).is_file():
        return f'"{header}" is not a file of this repository (quotes are for our headers, rooted at its top)'
    target = module_of(header)
    if path.startswith("tests/") or target == module:
        return None
    if module is None:
        return "lies in no module; add its folder to RANKS in cmake/check_layers.py"
    if target is None:
        return f'"{header}" belongs to no module'
    if RANKS[target] >= RANKS[module]:
        return (f'"{header}": {module}/ (rank {RANKS[module]}) may not use {target}/ (rank {RANKS[target]}); '
                "only strictly lower ranks")
    return None


def main() -> int:
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    heavy = {line.strip() for line in (root / "cmake/heavy.txt").read_text().splitlines() if not line.startswith("#")}
    files, found = 0, 0
    for path, module in sources(root):
        files += 1
        for number, line in enumerate((root / path).read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            text = match and problem(root, path, module, match[1], match[2], heavy)
            if text:
                found += 1
                print(f"{path}:{number}: {text}")
    print(f"{files} files, {found} layer violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
