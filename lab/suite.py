"""One run of the lab, host side: which kernel for which scenarios, one boot each, and the results of all."""

import contextlib
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
DEMO_SECONDS = 300
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
    wanted = os.environ.get("DZ_LAB_KERNEL", "auto")
    if wanted not in ("auto", *(kernel.name for kernel in kernels.ALL)):
        raise LabError(f"DZ_LAB_KERNEL={wanted} is none of auto, {', '.join(kernel.name for kernel in kernels.ALL)}")
    return kernels.choose(needs, wanted)


def run_group(group: list[Scenario], kernel: Kernel | Missing) -> list[dict]:
    if isinstance(kernel, Missing):
        for one in group:
            print(f"{one.name:.<32} skipped ({kernel.reason})")
        return [result(one, "skipped", kernel.reason) for one in group]
    print(f"-- kernel: {kernel.name}", flush=True)
    results: dict[str, dict] = {}
    with log_folder() as logs:
        # A second boot only where a kernel died: each one answers for at least the scenario it died in.
        while waiting := [one for one in group if one.name not in results]:
            results |= run_boot(waiting, kernel, logs)
    return [results[one.name] for one in group]


def run_boot(group: list[Scenario], kernel: Kernel, logs: pathlib.Path) -> dict[str, dict]:
    """Runs scenarios in one boot. If the kernel dies, the results end with the scenario that was running."""
    limit = BOOT_SECONDS + sum(one.limit * kernel.slowness + (soak_seconds() if one.soak else 0) for one in group)
    with control_folder() as control:
        death = None
        try:
            kernel.run(job(control, logs, kernel, [one.name for one in group], limit))
        except KernelDied as error:
            death = str(error)
            print(f"FAILED: {death}", flush=True)  # on the line that names the scenario
        results = read_results(control)
    if results and (death is None or any(one["status"] == "failed" for one in results.values())):
        return results
    reason = (death or "the lab's inside wrote no results").splitlines()[0]
    return {one.name: result(one, "failed", reason) for one in group}


def result(one: Scenario, status: str, detail: str) -> dict:
    return {"name": one.name, "status": status, "detail": detail, "seconds": 0, "figures": []}


def soak_seconds() -> float:
    return float(os.environ.get("DZ_SOAK_SECONDS", "5"))


def job(control: pathlib.Path, logs: pathlib.Path, kernel: Kernel, arguments: list[str], limit: float, tty=False) -> Job:
    # The interpreter's real path: a version manager's wrapper script would cost seconds in a guest. -S: no site-packages.
    command = [os.path.realpath(sys.executable), "-S", "-m", "lab.inside", str(control), *arguments]
    colour = "1" if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else ""
    env = {"DZ_LAB_WHERE": kernel.where, "DZ_LAB_LOGS": str(logs), "DZ_LAB_COLOUR": colour,
           "DZ_LAB_SLOWNESS": str(kernel.slowness), "PYTHONDONTWRITEBYTECODE": "1"}
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


def alone(word: str, *, tty: bool) -> int:
    """Runs `--shell` or `--demo` of lab.inside on a kernel that has GRE."""
    kernel = kernel_for("gre")
    if isinstance(kernel, Missing):
        raise LabError(kernel.reason)
    print(f"-- kernel: {kernel.name}", flush=True)
    with control_folder() as control, log_folder() as logs:
        try:
            return kernel.run(job(control, logs, kernel, [word], limit=86400 if tty else DEMO_SECONDS, tty=tty))
        except KernelDied as error:
            raise LabError(str(error)) from None


def temporary_folder() -> pathlib.Path:
    """TMPDIR, or /tmp where the guest would hide that."""
    folder = pathlib.Path(tempfile.gettempdir()).resolve()
    return pathlib.Path("/tmp") if hidden(folder) else folder


def hidden(path: pathlib.Path) -> bool:
    return any(path.is_relative_to(top) for top in HIDDEN)


@contextlib.contextmanager
def control_folder():
    """A folder of this run alone."""
    if hidden(pathlib.Path.cwd()):
        raise LabError(f"the lab cannot run from {pathlib.Path.cwd()}: its kernel mounts its own {', '.join(HIDDEN)}; "
                       "move the checkout, e.g. to your home folder")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dz-lab.", dir=temporary_folder()))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
