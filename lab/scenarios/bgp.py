"""Our BGP speaker with BIRD, without a tunnel: runs on any Linux, and with a build that has sanitizers."""

import json

from lab.bird import Bird
from lab.process import Process
from lab.scenario import scenario
from lab.topology import Host
from lab.wait import until, until_equal

LOOPBACKS = ("9.129.0.1/32", "9.129.0.2/32")
CONFIGURATION = """\
router id {device};
log stderr all;
protocol device {{ scan time 1; }}
protocol static lo1 {{ ipv4; route 9.129.0.1/32 blackhole; }}
protocol static lo2 {{ ipv4; route 9.129.0.2/32 blackhole; }}
protocol bgp peer {{
  local {device} as 65342;
  neighbor {client} as 65000;
  passive on; hold time 3; keepalive time 1;
  ipv4 {{ import all; export where source = RTS_STATIC; }};
}}
"""


class Peer:
    """The program bgp_peer: one session, told as JSON lines."""

    def __init__(self, lab, here: Host, there: Host):
        self.process: Process = lab.start("bgp_peer", [
            lab.program("bgp_peer"), "--local", here.underlay, "--remote", there.underlay, "--announce", f"{here.underlay}/32",
        ], namespace=here.name)

    def events(self, kind: str) -> list[dict]:
        # The last line may still be on its way.
        lines = [line for line in self.process.output().split("\n")[:-1] if line.startswith('{"ms"')]
        return [one for one in map(json.loads, lines) if one["event"] == kind]

    def status(self) -> str:
        return next((one["status"] for one in reversed(self.events("status"))), "")

    def prefixes(self, kind: str) -> set[str]:
        return {one["prefix"] for one in self.events(kind)}


@scenario(needs="netns", programs=["bgp_peer"])
def bgp_with_bird(lab):
    """Session up, routes learned, withdrawn one by one, session lost and regained, an orderly end."""
    client, device = lab.network.add("cli-1", 100), lab.network.add("dev-1", 8)
    bird = Bird(lab, device, CONFIGURATION.format(device=device.underlay, client=client.underlay))
    peer = Peer(lab, client, device)
    until_equal(peer.status, "BGP Session Up", 10, "the session")
    until_equal(lambda: peer.prefixes("route"), set(LOOPBACKS), 5, "the learned routes")
    until(lambda: f"{client.underlay}/32" in bird.ask("show route protocol peer"), 5, "our route in BIRD")

    bird.ask("disable lo2")
    until_equal(lambda: peer.prefixes("withdrawn"), {LOOPBACKS[1]}, 5, "the withdrawn routes")

    bird.ask("disable peer")
    until_equal(peer.status, "BGP Session Down", 5, "the lost session")
    bird.ask("enable peer")
    until_equal(peer.status, "BGP Session Up", 20, "the session")

    assert peer.process.stop() == 0, "SIGTERM must end it with status 0"
    until_equal(lambda: "Received: " in bird.ask("show protocols all peer"), True, 5, "that BIRD was told the reason")
