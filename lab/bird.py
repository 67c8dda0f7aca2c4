"""BIRD 2 as the other end of a session.

On the device learned routes go to a table of their own (USER_TABLE), as a real one keeps them in a tenant's VRF: a user's
address is also where his tunnel ends, so in the main table the route to it would send the tunnel into itself.
"""

import pathlib
import shutil

from lab.process import run
from lab.wait import until

MAIN_TABLE = 254
USER_TABLE = 100

CONFIGURATION = """\
router id {router_id};
log stderr all;
protocol device {{ scan time 1; }}
protocol kernel {{ kernel table {table}; ipv4 {{ import none; export where source = RTS_BGP; }}; }}
protocol static {{ ipv4; route {announce} blackhole; }}
protocol bgp peer {{
  local {local} as {asn};
  neighbor {peer} as {peer_asn};
  hold time 3; keepalive time 1; connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv4 {{ import all; export where source = RTS_STATIC; }};
}}
"""


class Bird:
    """A BIRD in a host's namespace with one neighbor and one announced prefix, with a text of your own, or with a file that
    somebody else writes."""

    def __init__(self, lab, host, configuration: str | pathlib.Path | None = None, table: int = MAIN_TABLE, **values):
        if shutil.which("bird") is None:
            lab.skip("BIRD is not installed (./dz setup)")
        self.name = f"bird-{host.name}"
        self._socket = lab.dir / f"{self.name}.ctl"
        if isinstance(configuration, pathlib.Path):
            self.configuration = configuration
        else:
            self.configuration = lab.dir / f"{self.name}.conf"
            self.configuration.write_text(configuration or CONFIGURATION.format(router_id=host.underlay, table=table, **values))
        self.process = lab.start(self.name, ["bird", "-f", "-c", self.configuration, "-s", self._socket], namespace=host.name)
        until(lambda: self.answers() or not self.process.running, 5, f"{self.name} to answer")
        assert self.process.running, f"BIRD refused its configuration: {self.process.output()}"

    def answers(self) -> bool:
        return run(["birdc", "-s", self._socket, "show", "status"], check=False).status == 0

    def ask(self, command: str) -> str:
        """The answer of `birdc COMMAND`."""
        return run(["birdc", "-s", self._socket, *command.split()]).stdout

    def session(self, name: str = "peer") -> str:
        """The state of a BGP session: "Established", "Active", ...; "" where there is no such neighbor."""
        for line in self.ask("show protocols").splitlines():
            words = line.split()
            if words and words[0] == name:
                return words[5] if len(words) > 5 else ""
        return ""
