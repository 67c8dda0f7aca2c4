"""User-Mode Linux: a kernel as an ordinary process. Boots in half a second, needs no root and no /dev/kvm.

Each odd-looking option below was measured; the reasons stand beside them.
"""

import contextlib
import fcntl
import os
import pathlib
import platform
import random
import shutil
import subprocess
import tempfile

from lab.kernels.base import Guest, Job, install_init

MEMORY_MIB = 1024
MODULES = "/usr/lib/uml/modules"
SHIM_SOURCE = pathlib.Path(__file__).with_name("uml_xstate_shim.c")
SHIM = pathlib.Path("build/lab/uml_xstate_shim.so")
COMPILERS = ("clang-19", "cc", "gcc", "clang")


class UserModeLinux(Guest):
    name = "uml"

    def missing(self, needs: str) -> str | None:
        if platform.machine() != "x86_64":
            return f"not available for {platform.machine()}"
        if shutil.which("linux.uml") is None:
            return "not installed (apt-get install user-mode-linux)"
        if not any(map(shutil.which, COMPILERS)):
            return "no C compiler for its shim (./dz setup)"
        return None

    def argv(self, job: Job, console: list[int]) -> tuple[list[str], dict[str, str]]:
        out, err, log = console
        screen = ["con0=fd:0,fd:1", "con1=null"] if job.tty else [f"con0=null,fd:{out}", f"con1=null,fd:{err}"]
        argv = [
            # It and the processes it traces take turns; a turn that crosses CPUs costs ten times as much.
            "taskset", "-c", str(take_cpu()),
            "linux.uml", f"mem={MEMORY_MIB}M", "rootfstype=hostfs", "rootflags=/", "rw", f"init={job.control}/init",
            # Boot messages go to a file, and the RAID-6 benchmark (0.9 s) is left out. No panic=: it would run itself again.
            "quiet", "loglevel=4", "stderr=0", "initcall_blacklist=raid6_select_algo",
            f"uml_dir={job.control}", "umid=lab", "con=null", *screen, f"con2=null,fd:{log}", "console=tty2", "ssl=null",
            f"LAB_DIR={job.control}", f"LAB_MODULES={MODULES}", f"LAB_TTY={'1' if job.tty else ''}",
        ]
        install_init(job.control)
        env = {
            "TMPDIR": str(memory_folder()),
            # A copy: a list of preloaded objects is split at spaces, which the path of the checkout may have.
            "LD_PRELOAD": str(shutil.copy(shim(), job.control / "shim.so")),
            # The threads of UML would inherit glibc's restartable sequences, which its own kernel knows nothing of.
            "GLIBC_TUNABLES": "glibc.pthread.rseq=0",
        }
        return argv, env


def shim() -> pathlib.Path:
    """The shared object that lets UML run on CPUs with a large register state; compiled when missing or outdated."""
    if SHIM.exists() and SHIM.stat().st_mtime >= SHIM_SOURCE.stat().st_mtime:
        return SHIM
    SHIM.parent.mkdir(parents=True, exist_ok=True)
    compiler = next(filter(shutil.which, COMPILERS))
    new = SHIM.with_suffix(f".{os.getpid()}")
    subprocess.run([compiler, "-O2", "-Wall", "-shared", "-fPIC", "-o", new, SHIM_SOURCE], check=True)
    new.rename(SHIM)
    return SHIM


def memory_folder() -> pathlib.Path:
    """Where the guest's memory, an unlinked file, is kept: /dev/shm if it has room and allows execution, else /tmp."""
    shm = pathlib.Path("/dev/shm")
    with contextlib.suppress(OSError):
        state = os.statvfs(shm)
        if state.f_bavail * state.f_frsize >= MEMORY_MIB << 20 and not state.f_flag & os.ST_NOEXEC:
            return shm
    return pathlib.Path(tempfile.gettempdir())


def take_cpu() -> int:
    """A CPU that no other lab of this user runs on, where there is one.

    The lock is left open on purpose: it is held until this process ends.
    """
    cpus = list(os.sched_getaffinity(0))
    random.shuffle(cpus)
    for cpu in cpus:
        lock = os.open(f"{tempfile.gettempdir()}/dz-lab-{os.getuid()}.cpu{cpu}", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return cpu
        except BlockingIOError:
            os.close(lock)
    return cpus[0]
