"""The command line as a person at a terminal sees it: spinner, watch, completion. Waits for what the screen shows and
never for a time, so a slow machine only takes longer."""

import contextlib
import re
import shutil
import signal

from lab.nodes import Client, Node
from lab.scenario import scenario
from lab.screen import Screen

PROGRAMS = (Node.PROGRAM, *Client.PROGRAMS)
SPINNER = r"^[-\\|/] \[\d\d:\d\d\] "


@contextlib.contextmanager
def screen_of(lab, namespace: str, environment: dict[str, str]):
    """A terminal on a machine of the lab, with our programs first on its path."""
    if not shutil.which("tmux"):
        lab.skip("tmux is not installed; ./dz setup installs it")
    screen = Screen(lab.dir, namespace, environment | {"PATH": f"{lab.programs}:/usr/sbin:/usr/bin:/sbin:/bin"})
    try:
        yield screen
    finally:
        screen.close()


@scenario(needs="netns", programs=PROGRAMS, limit=180)
def terminal_spinner(lab):
    """A spinner tells what goes on while a person waits, and is gone when the result is there."""
    node = Node(lab)
    lab.network.add("dev-1", 8)
    client = Client(lab, node)
    node.process.signal(signal.SIGSTOP)  # no list of devices, so no result, for as long as we want to look
    client.start_daemon()
    with screen_of(lab, client.host.name, client.environment) as screen:
        screen.enter("doublezero latency")
        screen.shows(SPINNER + "waiting for the list of devices")
        node.process.signal(signal.SIGCONT)
        screen.shows("ny5-dz01")
        after = screen.shows_prompt()
        assert not re.search(SPINNER, after, re.M), after
        assert re.search(r"ny5-dz01 +\| 9\.128\.0\.8 +\| \d+\.\d\dms \| .* true", after), after

        screen.enter("doublezero latency --plot histogram | cat")
        screen.shows(r"\d - \d+ ms +\| 1 +\| █")
        screen.shows_prompt()


@scenario(needs="netns", programs=PROGRAMS, limit=180)
def terminal_watch(lab):
    """`status --watch` shows the present until Ctrl-C, which leaves a clean prompt."""
    client = Client(lab, Node(lab))
    client.start_daemon("-latency-probing=false")
    with screen_of(lab, client.host.name, client.environment) as screen:
        screen.enter("doublezero status --watch 1")
        screen.shows(r"every 1s, Ctrl-C ends")
        screen.shows(r"^ disconnected .* \| false ")
        client.ask("/enable", "POST")
        screen.shows(r"^ disconnected .* \| true ")
        client.daemon.stop()
        screen.shows(r"cannot read the daemon's status")
        client.start_daemon("-latency-probing=false")
        screen.shows(r"^ disconnected .* \| true ")
        assert screen.text().count("Tunnel Status") == 1, screen.text()
        screen.keys("C-c")
        screen.shows(r"Interrupted\n+screen>")


@scenario(needs="netns", programs=Client.PROGRAMS, limit=120)
def terminal_completion(lab):
    """Tab completes commands and options in bash."""
    host = lab.network.add("cli-1", 100)
    home = lab.dir / "home"
    home.mkdir()
    with screen_of(lab, host.name, {"HOME": str(home)}) as screen:
        screen.enter('eval "$(doublezero completion bash)"')
        screen.shows_prompt()
        for typed, completed in (("doublezero stat", "doublezero status"), ("doublezero latency --pl", "doublezero latency --plot"),
                                 ("doublezero multicast group allowl", "doublezero multicast group allowlist")):
            screen.type(typed)
            screen.keys("Tab")
            screen.shows(rf"^screen> {completed} ?$")
            screen.keys("C-u")
            screen.shows(r"^screen>$")
            screen.keys("C-l")
        screen.type("doublezero conf")
        screen.keys("Tab")
        screen.shows(r"^screen> doublezero config ?$")
        screen.keys("Tab", "Tab")
        screen.shows(r"\bget\b")
        screen.shows(r"\bset\b")
