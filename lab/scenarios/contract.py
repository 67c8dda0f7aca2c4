"""The contract tests of our ports, here with the real thing; the unit tests run them with the fakes."""

import os

from lab.scenario import scenario


def contract(lab, *words: str) -> None:
    # Linux has a writer of routes yield the CPU for each one that a listener is slow to read, which on a busy machine takes
    # minutes: before the others, it gets it back at once.
    first = ["nice", "-n", "-15"] if os.geteuid() == 0 else []
    done = lab.network.add("cli-1", 100).run([*first, lab.program("netlink_contract"), *words], within=150)
    assert "All tests passed" in done.stdout, str(done)


@scenario(needs="netns", programs=["netlink_contract"], limit=180)
def netlink_contract_basic(lab):
    """What every Kernel must do, as far as any Linux can show it."""
    contract(lab, "~[gre]")


@scenario(needs="gre", programs=["netlink_contract"], limit=180)
def netlink_contract(lab):
    """What every Kernel must do, tunnels included."""
    contract(lab)
