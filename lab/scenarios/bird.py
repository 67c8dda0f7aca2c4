"""Two BIRD daemons over a GRE tunnel: shows that the lab itself can carry what the other scenarios rely on."""

from lab.bird import USER_TABLE, Bird
from lab.scenario import scenario
from lab.wait import until, until_equal


@scenario(needs="gre")
def bird_pair(lab):
    """Two BIRDs speak BGP through a tunnel and the routes reach both kernels."""
    client, device = lab.network.add("cli-1", 100), lab.network.add("dev-1", 8)
    for here, there, overlay in [(client, device, "169.254.0.1/31"), (device, client, "169.254.0.0/31")]:
        here.ip(
            f"link add tunnel txqueuelen 0 mtu 1476 type gre local {here.underlay} remote {there.underlay} ttl 64",
            f"addr add {overlay} dev tunnel scope link",
            "link set tunnel up",
        )
    device.ip("link add loop0 type dummy", "addr add 9.129.0.1/32 dev loop0", "link set loop0 up",
              f"rule add from 9.129.0.1 lookup {USER_TABLE}")
    speakers = [
        Bird(lab, device, asn=65342, announce="9.129.0.1/32", local="169.254.0.0", peer="169.254.0.1", peer_asn=65000,
             table=USER_TABLE),
        Bird(lab, client, asn=65000, announce=f"{client.underlay}/32", local="169.254.0.1", peer="169.254.0.0",
             peer_asn=65342),
    ]
    for speaker in speakers:
        until_equal(speaker.session, "Established", 10, f"the session of {speaker.name}")
    until(lambda: client.routes("9.129.0.1/32"), 5, "the device's route in the client's kernel")
    until(lambda: device.routes("table", str(USER_TABLE)), 5, "the client's route in the device's kernel")
    assert client.ping("9.129.0.1", source=str(client.underlay)), "no answer from the device's loopback"
