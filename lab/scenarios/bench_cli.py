"""Time and memory of each command of `doublezero`, with /bin/true as the peer that does nothing."""

import os
import subprocess
import time

from lab.nodes import Client, Node
from lab.scenario import scenario

PROGRAMS = (Node.PROGRAM, *Client.PROGRAMS)
RUNS = 31
# Figure -> command. The first group talks to this host at most, the second asks the ledger.
LOCAL = {"help": ["--help"], "completion": ["completion", "bash"], "config_get": ["config", "get"], "address": ["address"],
         "status": ["status"], "routes": ["routes", "--json"], "latency": ["latency"], "plan": ["plan"], "events": ["events"]}
REMOTE = {"version": ["version"], "balance": ["balance"], "device_list": ["device", "list"], "user_list": ["user", "list"],
          "access_pass_list": ["access-pass", "list"]}


def measure(argv: list[str], environment: dict) -> tuple[float, float]:
    """Median time of the whole process in ms, and its peak memory in MiB."""
    times, memory = [], 0.0
    for _ in range(RUNS):
        started = time.monotonic()
        pid = os.posix_spawn(argv[0], argv, environment, file_actions=[
            (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0), (os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0)])
        _, status, usage = os.wait4(pid, 0)
        times.append((time.monotonic() - started) * 1000)
        assert os.waitstatus_to_exitcode(status) == 0, f"{argv} exited {os.waitstatus_to_exitcode(status)}"
        memory = max(memory, usage.ru_maxrss / 1024)
    return sorted(times)[RUNS // 2], memory



@scenario(needs="netns", programs=PROGRAMS, limit=240)
def bench_cli(lab):
    """Each command over a live socket and a live ledger."""
    node = Node(lab)
    client = Client(lab, node)
    node.admit(client)
    client.start_daemon()
    client.doublezero("latency")  # the first round is over
    environment = os.environ | client.environment
    for name, words in (LOCAL | REMOTE).items():
        peer, _ = measure(["/bin/true"], environment)
        took, memory = measure([lab.program("doublezero"), *words], environment)
        lab.figure(f"cli.{name}_ms", took, ("/bin/true", peer))
        lab.figure(f"cli.{name}_mib", memory)


@scenario(needs="netns", programs=PROGRAMS, limit=120)
def cli_loads_no_libcurl(lab):
    """Commands that only talk to the daemon do not load libcurl and what it brings along; those to the ledger do."""
    node = Node(lab)
    client = Client(lab, node)
    client.start_daemon()
    traced = os.environ | client.environment | {"LD_DEBUG": "files"}
    for words, loads in ((LOCAL["status"], False), (LOCAL["latency"], False), (LOCAL["config_get"], False), (REMOTE["device_list"], True)):
        done = subprocess.run([lab.program("doublezero"), *words], env=traced, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                              timeout=100, check=True)
        assert ("libcurl" in done.stderr) == loads, f"{words}: libcurl loaded: {not loads}"
