"""The kernel's side of a tunnel: what the lab can check before any program of ours exists."""

from lab.scenario import scenario

# What upstream asserts of a tunnel link, and what ours must have (S-3).
TUNNEL = {
    "link": None, "flags": ["POINTOPOINT", "NOARP", "UP", "LOWER_UP"], "mtu": 1476, "qdisc": "noqueue",
    "operstate": "UNKNOWN", "linkmode": "DEFAULT", "group": "default", "link_type": "gre", "link_pointtopoint": True,
}


def tunnel_link(name: str, local, remote) -> dict:
    """The exact answer of `ip -j link show` for a tunnel of ours, without its index."""
    return TUNNEL | {"ifname": name, "address": str(local), "broadcast": str(remote)}


@scenario(needs="gre")
def gre_link(lab):
    """A GRE link has the attributes that users of DoubleZero's links rely on, and carries packets."""
    client, device = lab.network.add("cli-1", 100), lab.network.add("dev-1", 8)
    ends = [(client, device, "169.254.0.1/31"), (device, client, "169.254.0.0/31")]
    for here, there, overlay in ends:
        here.ip(
            f"link add doublezero0 txqueuelen 0 mtu 1476 type gre local {here.underlay} remote {there.underlay} ttl 64",
            f"addr add {overlay} dev doublezero0 scope link",
            "link set doublezero0 up",
        )
    link = client.link("doublezero0")
    link.pop("ifindex")
    assert link == tunnel_link("doublezero0", client.underlay, device.underlay), link
    assert client.addresses("doublezero0") == ["169.254.0.1/31 scope link"], client.addresses("doublezero0")
    assert client.ping("169.254.0.0"), "no answer through the tunnel"
    client.ip("link del doublezero0")
    assert client.link("doublezero0") is None
