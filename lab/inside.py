"""Runs scenarios one by one inside the kernel that `suite` chose. Not called by hand.

    python3 -m lab.inside CONTROL_FOLDER NAME...
    python3 -m lab.inside CONTROL_FOLDER --demo | --shell

Progress goes to stdout for a person. Results go to CONTROL_FOLDER/results.json, rewritten before and after each
scenario, so that the host side knows what was running when a kernel died.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import traceback

from lab import figures
from lab.process import Process
from lab.scenario import Scenario, catalogue
from lab.topology import Topology
from lab.wait import SLOWNESS

LOG_TAIL = 12


class Skip(Exception):
    """The scenario cannot run here; the text says why."""


class LimitReached(BaseException):
    """Not an Exception: no scenario may swallow it."""


class Lab:
    """What a scenario gets: a scratch folder, our programs, processes that end with it, the network."""

    def __init__(self, scenario: Scenario, where: str):
        self.scenario = scenario
        self.where = where
        self.dir = pathlib.Path("/run/lab") / scenario.name  # a tmpfs: sockets and SQLite files are at home there
        self.dir.mkdir(parents=True)
        self.programs = pathlib.Path(os.environ.get("DZ_BIN", "build/dev/bin")).resolve()
        self.figures: list[dict] = []
        self.shell_environment: dict[str, str] = {}
        self.soak_seconds = float(os.environ.get("DZ_SOAK_SECONDS", "5"))
        self._processes: list[Process] = []
        self._topology: Topology | None = None

    @property
    def network(self) -> Topology:
        """The namespaces; laid out at first use."""
        if self._topology is None:
            self._topology = Topology()
        return self._topology

    def built(self, name: str) -> bool:
        return (self.programs / name).exists()

    def program(self, name: str) -> str:
        """The path of a binary of ours. One that is not built is a failure: a test that cannot run has not passed."""
        assert self.built(name), f"{name} is not in {self.programs}; ./dz build makes it, DZ_BIN names another folder"
        return str(self.programs / name)

    def start(self, name: str, argv: list, **options) -> Process:
        """Starts a program whose output goes to NAME.log. It is killed at the end of the scenario."""
        process = Process(name, argv, self.dir / f"{name}.log", **options)
        self._processes.append(process)
        return process

    def skip(self, reason: str) -> None:
        raise Skip(reason)

    def figure(self, name: str, value: float, peer: tuple[str, float] | tuple[None, None] = figures.Nobody) -> None:
        """Reports a measured figure, and that of a peer in the same run; its unit and goal are in tests/bench/figures.json."""
        self.figures.append(figures.figure(name, value, self.where, peer))

    def close(self) -> None:
        for process in reversed(self._processes):
            if process.running:
                process.kill()
        if self._topology is not None:
            self._topology.remove()

    def evidence(self) -> str:
        """The end of every log and the state of every namespace."""
        parts = []
        for log in sorted(self.dir.glob("**/*.log")):
            lines = log.read_text(errors="replace").splitlines()
            parts.append(f"--- {log.name}, last {min(LOG_TAIL, len(lines))} of {len(lines)} lines\n" + "\n".join(lines[-LOG_TAIL:]))
        if self._topology is not None:
            parts.append(self._topology.dump())
        return "\n".join(parts)


def reason_of(error: BaseException) -> str:
    """The message of a failed scenario: what, and the scenario's own line; the library's frames are of no interest."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "/lab/scenarios/" in f.filename]
    place = f"\n  at {os.path.relpath(frames[-1].filename)}:{frames[-1].lineno}: {frames[-1].line}" if frames else ""
    if isinstance(error, AssertionError | LimitReached | Skip):
        return (str(error) or "assertion failed") + place
    return "".join(traceback.format_exception(error)).rstrip()


def run_one(scenario: Scenario, where: str, logs: pathlib.Path) -> dict:
    """Runs one scenario and returns its result."""
    result = {"name": scenario.name, "status": "passed", "detail": "", "where": where, "figures": []}
    started = time.monotonic()
    lab = Lab(scenario, where)
    evidence = ""

    def out_of_time(*_):
        raise LimitReached(f"not done after its limit of {limit:g} s")

    limit = scenario.limit * SLOWNESS + (lab.soak_seconds if scenario.soak else 0)
    signal.signal(signal.SIGALRM, out_of_time)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        for name in scenario.programs:
            lab.program(name)
        scenario.run(lab)
    except Skip as reason:
        result.update(status="skipped", detail=str(reason))
    except (Exception, LimitReached) as error:
        signal.setitimer(signal.ITIMER_REAL, 0)
        result.update(status="failed", detail=reason_of(error))
        evidence = lab.evidence()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    try:
        lab.close()
    except Exception as error:  # a mess left behind spoils the scenarios after it, so it is a failure of this one
        result.update(status="failed", detail=f"{result['detail']}\nclean-up: {error}".strip())
    result["seconds"] = round(time.monotonic() - started, 2)
    result["figures"] = lab.figures
    if result["status"] == "failed":
        shutil.copytree(lab.dir, logs / scenario.name, dirs_exist_ok=True, ignore=only_logs)
        (logs / scenario.name / "evidence.txt").write_text(f"{result['detail']}\n\n{evidence}\n")
        result["evidence"] = evidence
    shutil.rmtree(lab.dir, ignore_errors=True)
    return result


def only_logs(folder: str, names: list[str]) -> set[str]:
    """For copytree: leave out sockets and devices."""
    return {name for name in names if not (p := pathlib.Path(folder, name)).is_file() and not p.is_dir()}


def indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


def report(result: dict, logs: pathlib.Path) -> None:
    word = {"passed": "ok", "failed": "FAILED", "skipped": "skipped"}[result["status"]]
    print(f"{word} {result['seconds']:.1f} s" + (f" ({result['detail']})" if result["status"] == "skipped" else ""), flush=True)
    for one in result["figures"]:
        print("    " + figures.line(one), flush=True)
    if result["status"] == "failed":
        print(indented(result["detail"] + "\n" + result.pop("evidence")) +
              f"    logs: {os.path.relpath(logs / result['name'])}", flush=True)


def save(results: list[dict], control: pathlib.Path) -> None:
    new = control / "results.json.new"
    new.write_text(json.dumps(results))
    new.rename(control / "results.json")


def run_all(names: list[str], control: pathlib.Path) -> int:
    known = catalogue()
    where, logs = os.environ["DZ_LAB_WHERE"], pathlib.Path(os.environ["DZ_LAB_LOGS"])
    results: list[dict] = []
    for name in names:
        save([*results, {"name": name, "status": "running"}], control)
        print(f"{name:.<32} ", end="", flush=True)
        results.append(run_one(known[name], where, logs))
        report(results[-1], logs)
        save(results, control)
    return 1 if any(one["status"] == "failed" for one in results) else 0


def alone(name: str, run) -> int:
    """Runs something that is no scenario, for a person: no limit, no results."""
    lab = Lab(Scenario(name, "", "gre", (), 0, False, run), os.environ["DZ_LAB_WHERE"])
    try:
        return run(lab) or 0
    except (Skip, Exception) as error:
        print(f"\nError: {reason_of(error)}\n{lab.evidence()}", flush=True)
        return 1
    finally:
        lab.close()


def shell(lab: Lab) -> int:
    """An interactive shell with the network laid out and what is built running in it."""
    from lab import nodes  # not at the top: the runner itself knows no program of ours

    print(nodes.lay_out_for_a_person(lab), flush=True)
    start = lab.dir / "bashrc"
    start.write_text("PS1='lab# '\non() { nsenter --net=/run/netns/\"$1\" \"${@:2}\"; }\n")
    return subprocess.run(["bash", "--rcfile", start, "-i"], env=os.environ | lab.shell_environment).returncode


def main(argv: list[str]) -> int:
    control, words = pathlib.Path(argv[0]), argv[1:]
    if words == ["--shell"]:
        return alone("shell", shell)
    if words == ["--demo"]:
        from lab.demo import demo

        return alone("demo", demo)
    return run_all(words, control)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
