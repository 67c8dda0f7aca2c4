"""The contract tests of our ports, here with the real thing; the unit tests run them with the fakes."""

from lab.scenario import scenario


def contract(lab, *words: str) -> None:
    done = lab.network.add("cli-1", 100).run([lab.program("netlink_contract"), *words], within=150)
    assert "All tests passed" in done.stdout, str(done)


@scenario(needs="netns", programs=["netlink_contract"], limit=180)
def netlink_contract_basic(lab):
    """What every Kernel must do, as far as any Linux can show it."""
    contract(lab, "~[gre]")


@scenario(needs="gre", programs=["netlink_contract"], limit=180)
def netlink_contract(lab):
    """What every Kernel must do, tunnels included."""
    contract(lab)
