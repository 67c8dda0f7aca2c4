"""The port to a kernel, and what the guests have in common: control folder, console pumps, exit status by file."""

import abc
import dataclasses
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import threading

GUEST_INIT = pathlib.Path(__file__).with_name("guest_init.sh")
KERNEL_LOG_TAIL = 40
# The guest mounts its own of these, so nothing of ours may lie there.
HIDDEN = ("/dev", "/run", "/proc", "/sys")


@dataclasses.dataclass(frozen=True)
class Job:
    """A command to run in a kernel as root, this machine's files at the same paths.

    `control` is a folder of this run alone. `tty`: connect it to the caller's terminal.
    """

    command: list[str]
    env: dict[str, str]
    control: pathlib.Path
    limit: float
    tty: bool = False


@dataclasses.dataclass(frozen=True)
class Missing:
    """No kernel can be had; `reason` says why and what would help."""

    reason: str


class KernelDied(Exception):
    """The kernel ended without the command's status, or ran out of time. The text ends with the kernel's log."""


class Kernel(abc.ABC):
    name: str
    where: str  # "host" or "guest", as figures state it
    slowness: float = 1  # what time limits are multiplied by

    @abc.abstractmethod
    def missing(self, needs: str) -> str | None:
        """Why scenarios that need `needs` cannot run on it here; None when they can."""

    @abc.abstractmethod
    def run(self, job: Job) -> int:
        """Runs the job to its end and returns the command's exit status. Leaves no process behind."""


class Guest(Kernel):
    """A kernel that runs as a process of ours."""

    where = "guest"

    @abc.abstractmethod
    def argv(self, job: Job, console: list[int]) -> tuple[list[str], dict[str, str]]:
        """The command line and the environment that boot it. `console`: descriptors for stdout, stderr, kernel log."""

    def options(self) -> dict:
        """More arguments for subprocess.Popen."""
        return {}

    def run(self, job: Job) -> int:
        write_command(job)
        log = job.control / "kernel.log"
        pumps: list[Pump] = []
        with log.open("wb") as kernel_log:
            console = [0, 1, kernel_log.fileno()] if job.tty else [*self._pumped(pumps), kernel_log.fileno()]
            argv, env = self.argv(job, console)
            # A session of its own: its helper processes can then be killed as a group, whatever state they are in.
            child = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *argv], env=os.environ | env, start_new_session=True,
                stdin=None if job.tty else subprocess.DEVNULL, pass_fds=[fd for fd in console if fd > 2], **self.options())
        for pump in pumps:
            pump.close_writer()
        guard = Guard(child.pid, job.control)
        try:
            child.wait(job.limit)
        except subprocess.TimeoutExpired:
            raise KernelDied(f"{self.name}: stopped after {job.limit:g} s\n{tail(log)}") from None
        finally:
            stop(child)
            guard.dismiss()
            for pump in pumps:
                pump.drain()
        status = job.control / "rc"
        if not status.exists():
            raise KernelDied(f"{self.name} ended without the status of its command\n{tail(log)}")
        return int(status.read_text())

    @staticmethod
    def _pumped(pumps: list["Pump"]) -> list[int]:
        pumps += [Pump(sys.stdout.buffer), Pump(sys.stderr.buffer)]
        return [pump.writer for pump in pumps]


class Pump:
    """A pipe whose bytes are copied to a stream of ours.

    Guests never get our own descriptors: User-Mode Linux makes its console non-blocking, which would stay so on the
    caller's terminal.
    """

    def __init__(self, stream):
        reader, self.writer = os.pipe()
        self._stream = stream
        self._thread = threading.Thread(target=self._copy, args=[reader], daemon=True)
        self._thread.start()

    def _copy(self, reader: int) -> None:
        with os.fdopen(reader, "rb", buffering=0) as pipe:
            while chunk := pipe.read(65536):
                self._stream.write(chunk)
                self._stream.flush()

    def close_writer(self) -> None:
        os.close(self.writer)

    def drain(self) -> None:
        """Until the guest's last byte has been copied."""
        self._thread.join(5)


class Guard:
    """Cleans up after us when we are killed: a shell that waits for our end of a pipe to close."""

    def __init__(self, group: int, control: pathlib.Path):
        script = 'read -r _; kill -s KILL -- "-$1"; rm -rf "$2"'
        self._shell = subprocess.Popen(["sh", "-c", script, "guard", str(group), str(control)], stdin=subprocess.PIPE,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

    def dismiss(self) -> None:
        self._shell.kill()
        self._shell.wait()


def write_command(job: Job) -> None:
    """The file CONTROL/cmd, which the guest's first process runs. For plain sh: bash starts 0.2 s later in a guest."""
    exports = [f"export {name}={shlex.quote(value)}" for name, value in sorted((os.environ | job.env).items())
               if name.isidentifier() and name not in ("PWD", "OLDPWD", "SHLVL", "_")]
    lines = [*exports, f"cd {shlex.quote(os.getcwd())} || exit 125", f"exec {shlex.join(job.command)}"]
    (job.control / "cmd").write_text("\n".join(lines) + "\n")


def install_init(control: pathlib.Path) -> None:
    """Puts the guest's first program at CONTROL/init: the kernel's command line takes no path with spaces, and the
    checkout's may have some."""
    target = control / "init"
    target.write_bytes(GUEST_INIT.read_bytes())
    target.chmod(0o755)


def stop(child: subprocess.Popen) -> None:
    """Ends a guest and every process of its group; harmless when it has ended already."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(2)
        except subprocess.TimeoutExpired:
            pass
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    child.wait()


def tail(log: pathlib.Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-KERNEL_LOG_TAIL:]
    return "kernel log:\n" + "\n".join(f"    {line}" for line in lines)
