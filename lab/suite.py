"""One run of the lab, host side: which kernel for which scenarios, one boot each, and the results of all."""

import contextlib
import fcntl
import json
import os
import pathlib
import shutil
import sys
import tempfile
import time

from lab import kernels
from lab.kernels.base import HIDDEN, Job, Kernel, KernelDied, Missing
from lab.scenario import NEEDS, Scenario

BOOT_SECONDS = 30
RUNS_KEPT = 5
LOGS = pathlib.Path(".dz/lab")


class LabError(Exception):
    """The lab itself cannot work here; the text says what to do."""


def run(scenarios: list[Scenario]) -> list[dict]:
    """Runs the scenarios, those that need less from a kernel first. One result for each, in that order."""
    results = []
    for needs in NEEDS:
        group = [one for one in scenarios if one.needs == needs]
        if group:
            results += run_group(group, kernel_for(needs))
    return results


def kernel_for(needs: str) -> Kernel | Missing:
    return kernels.choose(needs, os.environ.get("DZ_LAB_KERNEL", "auto"))


def run_group(group: list[Scenario], kernel: Kernel | Missing) -> list[dict]:
    if isinstance(kernel, Missing):
        for one in group:
            print(f"{one.name:.<32} skipped ({kernel.reason})")
        return [result(one, "skipped", kernel.reason) for one in group]
    print(f"-- kernel: {kernel.name}", flush=True)
    limit = BOOT_SECONDS + sum(one.limit for one in group) + sum(soak_seconds() for one in group if one.soak)
    with control_folder() as control, log_folder() as logs:
        died = None
        try:
            kernel.run(job(control, logs, kernel, [one.name for one in group], limit))
        except KernelDied as error:
            died = error
        results = read_results(control)
    if died is not None:
        print(f"\n{died}", file=sys.stderr)
    return [results.get(one.name) or result(one, "failed", f"the kernel died before it: {first_line(died)}") for one in group]


def first_line(error: Exception | None) -> str:
    return str(error or "no results were written").splitlines()[0]


def result(one: Scenario, status: str, detail: str) -> dict:
    return {"name": one.name, "status": status, "detail": detail, "seconds": 0, "figures": []}


def soak_seconds() -> float:
    return float(os.environ.get("DZ_SOAK_SECONDS", "5"))


def job(control: pathlib.Path, logs: pathlib.Path, kernel: Kernel, arguments: list[str], limit: float, tty=False) -> Job:
    # The interpreter's real path: a version manager's wrapper script would cost seconds in a guest. -S: no site-packages.
    command = [os.path.realpath(sys.executable), "-S", "-m", "lab.inside", str(control), *arguments]
    env = {"DZ_LAB_WHERE": kernel.where, "DZ_LAB_LOGS": str(logs), "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/root"}
    return Job(command, env, control, limit, tty)


def read_results(control: pathlib.Path) -> dict[str, dict]:
    """What the inside wrote. A scenario that was running when the kernel died has failed."""
    try:
        results = json.loads((control / "results.json").read_text())
    except (OSError, ValueError):
        return {}
    for one in results:
        if one["status"] == "running":
            one.update(status="failed", detail="the kernel died while it ran", seconds=0, figures=[])
    return {one["name"]: one for one in results}


def shell() -> int:
    """An interactive shell in the network, on a kernel that has GRE."""
    kernel = kernel_for("gre")
    if isinstance(kernel, Missing):
        raise LabError(kernel.reason)
    with control_folder() as control, log_folder() as logs:
        return kernel.run(job(control, logs, kernel, ["--shell"], limit=86400, tty=True))


def temporary_folder() -> pathlib.Path:
    """TMPDIR, or /tmp where the guest would hide that."""
    folder = pathlib.Path(tempfile.gettempdir()).resolve()
    return pathlib.Path("/tmp") if hidden(folder) else folder


def hidden(path: pathlib.Path) -> bool:
    return any(path.is_relative_to(top) for top in HIDDEN)


@contextlib.contextmanager
def control_folder():
    """A folder of this run alone. A lock in it lives as long as this process, so that leftovers of killed runs are
    known and removed by the next."""
    if hidden(pathlib.Path.cwd()):
        raise LabError(f"the lab cannot run from {pathlib.Path.cwd()}: its kernel has a {HIDDEN} of its own; move the "
                       "checkout, e.g. to your home folder")
    top = temporary_folder()
    sweep(top)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dz-lab.", dir=top))
    with (folder / "alive").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def sweep(top: pathlib.Path) -> None:
    """Removes the folders of runs that were killed."""
    for alive in top.glob("dz-lab.*/alive"):
        with contextlib.suppress(OSError), alive.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(alive.parent, ignore_errors=True)


@contextlib.contextmanager
def log_folder():
    """Where failed scenarios leave their logs; removed again when none did. The last few are kept."""
    folder = LOGS.resolve() / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        with contextlib.suppress(OSError):
            folder.rmdir()
        for old in sorted(LOGS.iterdir())[:-RUNS_KEPT]:
            shutil.rmtree(old, ignore_errors=True)
