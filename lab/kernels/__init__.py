"""Where scenarios can run: on this machine's own kernel, in User-Mode Linux, in QEMU."""

from lab.kernels.base import Job, Kernel, KernelDied, Missing
from lab.kernels.native import Native
from lab.kernels.qemu import Qemu
from lab.kernels.uml import UserModeLinux

__all__ = ["Job", "Kernel", "KernelDied", "Missing", "choose", "ALL"]

# In the order they are tried: fastest first.
ALL: tuple[Kernel, ...] = (Native(), UserModeLinux(), Qemu())


def choose(needs: str, wanted: str = "auto") -> Kernel | Missing:
    """The kernel to run scenarios that need `needs` on, or why there is none. `wanted` names one (DZ_LAB_KERNEL)."""
    candidates = ALL if wanted == "auto" else [kernel for kernel in ALL if kernel.name == wanted]
    reasons = []
    for kernel in candidates:
        reason = kernel.missing(needs)
        if reason is None:
            return kernel
        reasons.append(f"{kernel.name}: {reason}")
    return Missing("no kernel for it here: " + "; ".join(reasons))
