"""This machine's own kernel: fresh network, mount and process namespaces, so that nothing outlives the run."""

import functools
import os
import subprocess

from lab.kernels.base import Job, Kernel, KernelDied

# Own /run: the names of namespaces live there. `--kill-child`: when unshare dies, process 1 and so all of them die.
UNSHARE = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
PREPARE = 'mount -t tmpfs -o mode=755 tmpfs /run && mkdir -p /run/netns /run/lock && ip link set lo up && exec "$@"'
PROBES = {
    "netns": "ip link add v0 type veth peer name v1 && ip link add b0 type bridge",
    "gre": "ip link add g0 type gre local 127.0.0.1 remote 127.0.0.2 && ip link add d0 type dummy",
}


class Native(Kernel):
    name = "host"
    where = "host"

    def missing(self, needs: str) -> str | None:
        return missing(needs)

    def run(self, job: Job) -> int:
        argv = ["setpriv", "--pdeathsig", "KILL", *unshare(), "sh", "-c", PREPARE, "lab", *job.command]
        child = subprocess.Popen(argv, env=os.environ | job.env, stdin=None if job.tty else subprocess.DEVNULL)
        try:
            return child.wait(job.limit)
        except subprocess.TimeoutExpired:
            raise KernelDied(f"stopped after {job.limit:g} s") from None
        finally:
            child.kill()
            child.wait()


def unshare() -> list[str]:
    return UNSHARE if os.geteuid() == 0 else [*UNSHARE, "--map-root-user"]


@functools.cache
def missing(needs: str) -> str | None:
    probe = subprocess.run([*unshare(), "sh", "-c", PROBES[needs]], capture_output=True, text=True)
    if probe.returncode == 0:
        return None
    last = (probe.stderr.strip().splitlines() or ["no reason given"])[-1]
    if needs == "gre":
        return f"its kernel has no GRE ({last})"
    return f"may not create network namespaces ({last}); run as root or allow user namespaces"
