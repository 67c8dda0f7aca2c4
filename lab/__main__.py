"""Words of the lab: python3 -m lab [--list | shell | demo | [--soak] [--results FILE] SCENARIO...]"""

import argparse
import json
import signal
import sys

from lab import suite
from lab.scenario import UnknownScenario, catalogue, select


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dz lab", description="Runs scenarios on a real kernel.")
    parser.add_argument("--list", action="store_true", help="show every scenario and what it needs")
    parser.add_argument("--soak", action="store_true", help="only the soak scenarios")
    parser.add_argument("--results", metavar="FILE", help="write the results as JSON")
    parser.add_argument("scenario", nargs="*", help="names or shell patterns; `shell`: an interactive shell in the network")
    return parser.parse_args()


def print_list() -> None:
    print(f"{'scenario':<32} {'needs':<6} summary")
    for one in catalogue().values():
        print(f"{one.name:<32} {one.needs:<6} {one.summary}{' (soak)' if one.soak else ''}")


def run(patterns: list[str], soak: bool, results_file: str | None) -> int:
    chosen = [one for one in select(catalogue(), patterns) if one.soak or not soak]
    results = suite.run(chosen)
    if results_file:
        with open(results_file, "w") as out:
            json.dump(results, out, indent=1)
    counts = {word: sum(one["status"] == word for one in results) for word in ("passed", "failed", "skipped")}
    print(", ".join(f"{count} {word}" for word, count in counts.items()))
    return 1 if counts["failed"] else 0


def main() -> int:
    # As an exception, so that every `finally` stops what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options = arguments()
    try:
        if options.list:
            print_list()
            return 0
        if options.scenario in (["shell"], ["demo"]):
            word = options.scenario[0]
            return suite.alone(f"--{word}", tty=word == "shell")
        return run(options.scenario, options.soak, options.results)
    except UnknownScenario as error:
        print(f"Error: {error}\nTry: ./dz lab --list", file=sys.stderr)
        return 2
    except suite.LabError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
