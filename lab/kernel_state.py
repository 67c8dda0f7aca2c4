"""All that the kernel holds in a namespace, as lines that compare."""

import json

from lab.process import run

# What differs from one making of an object to the next, or counts on.
FLEETING = ("ifindex", "link_index", "cache", "inet6_addr_gen_mode")


def kernel_state(host) -> list[str]:
    """IPv4 links, addresses, rules and routes of all tables, each as `ip -j` shows it, sorted. Ours and everybody's."""
    shown = run(["ip", "-n", host.name, "-j", "-d", "-4", "-batch", "-"],
                stdin="link show\naddr show\nrule show\nroute show table all\n").stdout
    objects = [one for line in shown.splitlines() for one in json.loads(line) if one]
    return sorted(json.dumps({key: value for key, value in one.items() if key not in FLEETING}, sort_keys=True) for one in objects)


def difference(found: list[str], expected: list[str]) -> str:
    """For people; empty where there is none."""
    return "\n".join([f"- {one}" for one in expected if one not in found] + [f"+ {one}" for one in found if one not in expected])


def check_same(host, expected: list[str]) -> bool:
    """For `until`: complains of what differs."""
    differs = difference(kernel_state(host), expected)
    assert not differs, f"the kernel differs from what is expected:\n{differs}"
    return True
