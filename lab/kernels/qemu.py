"""QEMU without hardware acceleration: six times slower to boot than User-Mode Linux, but runs where ptrace may not."""

from lab.kernels.base import Guest, Job


class Qemu(Guest):
    name = "qemu"

    def missing(self, needs: str) -> str | None:
        return "not supported yet"

    def argv(self, job: Job, console: list[int]) -> tuple[list[str], dict[str, str]]:
        raise NotImplementedError
