"""Processes inside the lab: in a namespace, output to a file, stopped at the end of the scenario whatever happens."""

import dataclasses
import os
import pathlib
import re
import shlex
import signal
import subprocess
import typing

from lab.wait import SLOWNESS, until


def in_namespace(namespace: str | None, argv: list[str]) -> list[str]:
    """The command that runs `argv` in a named network namespace (None: the lab's root namespace).

    nsenter and not `ip netns exec`: the latter also makes a mount namespace, which costs ten times as much.
    """
    return argv if namespace is None else ["nsenter", f"--net=/run/netns/{namespace}", *argv]


class Memory(typing.NamedTuple):
    """Resident memory of a process in MiB."""

    anonymous: float
    whole: float


def resident_mib(pid: int) -> Memory:
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return Memory(*(int(re.search(rf"^{key}:\s+(\d+)", text, re.M)[1]) / 1024 for key in ("RssAnon", "VmRSS")))


@dataclasses.dataclass(frozen=True)
class Finished:
    """A command that ran to its end."""

    argv: list[str]
    status: int
    stdout: str
    stderr: str

    def __str__(self) -> str:
        return f"`{shlex.join(self.argv)}` exited {self.status}\n{self.stdout}{self.stderr}".rstrip()


def run(argv: list[str], *, namespace: str | None = None, env: dict | None = None, stdin: str = "",
        within: float = 20, check: bool = True, merge: bool = False) -> Finished:
    """Runs a command to its end. With `check` a status other than 0 is an AssertionError that shows its output. With
    `merge` its stderr is in its stdout, in the order it was written."""
    argv = [str(word) for word in argv]
    try:
        done = subprocess.run(in_namespace(namespace, argv), input=stdin, stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.STDOUT if merge else subprocess.PIPE, timeout=within * SLOWNESS, env=None if env is None else os.environ | env)
    except subprocess.TimeoutExpired as late:
        shown = b"".join(part or b"" for part in (late.stdout, late.stderr)).decode(errors="replace")
        raise AssertionError(f"`{shlex.join(argv)}` did not end within {within:g} s\n{shown}".rstrip()) from None
    finished = Finished(argv, done.returncode, done.stdout, done.stderr or "")
    assert not check or finished.status == 0, str(finished)
    return finished


class Process:
    """A program that keeps running. Its stdout and stderr go to `log`, interleaved."""

    def __init__(self, name: str, argv: list[str], log: pathlib.Path, *, namespace: str | None = None,
                 env: dict | None = None, wrap: list[str] | None = None):
        self.name = name
        self.argv = [str(word) for word in argv]
        self.log = log
        with log.open("ab") as out:
            self._child = subprocess.Popen(
                in_namespace(namespace, [*(wrap or []), *self.argv]), stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT, env=None if env is None else os.environ | env)

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def running(self) -> bool:
        return self._child.poll() is None

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def signal(self, number: signal.Signals) -> None:
        self._child.send_signal(number)

    def wait(self, within: float = 10) -> int:
        """The exit status (negative: the signal that ended it), within so many seconds."""
        try:
            return self._child.wait(within * SLOWNESS)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} (pid {self.pid}) did not end within {within:g} s") from None

    def stop(self, within: float = 10) -> int:
        """SIGTERM, then its exit status."""
        self.signal(signal.SIGTERM)
        return self.wait(within)

    def kill(self) -> None:
        """SIGKILL; for crash scenarios and the end of a scenario."""
        self._child.kill()
        self._child.wait()

    def expect_line(self, text: str, within: float = 10) -> str:
        """The first line of its output that contains `text`; fails early when the program ends without it."""

        def line() -> str | None:
            found = next((line for line in self.output().splitlines() if text in line), None)
            if found is None and not self.running:
                raise SystemError(f"{self.name} ended with status {self._child.returncode}:\n{self.output()}")
            return found

        return until(line, within, f"{text!r} in the output of {self.name}")
