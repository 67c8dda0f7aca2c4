"""Figures that need a real kernel. `./dz bench main` runs them with the release build."""

import pathlib
import re
import time

from lab.nodes import UP, Client, Network, Node
from lab.process import resident_mib
from lab.scenario import scenario
from lab.wait import until

PASSES = re.compile(r'^doublezero_reconciler_polls_total\{.*status="success".*\} (\d+)', re.M)
METRICS_PORT = 9100


def cpu_seconds(pid: int) -> float:
    """CPU time of a process. Counted in ticks of 10 ms: look at many passes."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def received_bytes(client: Client) -> int:
    return client.host.read("-s", "link", "show", "dev", "eth0")[0]["stats64"]["rx"]["bytes"]


def passes(client: Client) -> int:
    """How many passes the reconciler has made. Read inside the client's namespace: the listener is there."""
    script = f"import urllib.request as u; print(u.urlopen('http://127.0.0.1:{METRICS_PORT}/metrics').read().decode())"
    text = client.host.run(["/usr/bin/python3", "-S", "-c", script]).stdout
    return int(PASSES.search(text)[1])


@scenario(needs="gre", programs=Network.PROGRAMS, limit=150)
def bench_main(lab):
    """Convergence of a new user, and the cost of an idle daemon with one tunnel."""
    net = Network(lab, "-metrics-enable", "-metrics-addr", f"127.0.0.1:{METRICS_PORT}")
    client, ledger = net.client, net.node.ledger
    net.node.admit(client)
    client.ask("/enable", "POST")
    device = net.device.account
    times = []
    for _ in range(5):
        ledger.create_user(client.key, device, client.host.underlay)
        confirmed = time.monotonic()
        until(lambda: client.session() == UP, 30, "the session to be up")
        times.append((time.monotonic() - confirmed) * 1000)
        if len(times) < 5:
            client.doublezero("disconnect")
            client.wait_down()
    lab.figure("main.converge_ms", sorted(times)[len(times) // 2])

    pid = client.daemon.pid
    first, cpu, received = passes(client), cpu_seconds(pid), received_bytes(client)
    until(lambda: passes(client) >= first + 20, 60, "20 passes")
    count = passes(client) - first
    lab.figure("main.idle_pass_us", (cpu_seconds(pid) - cpu) * 1e6 / count)
    lab.figure("main.poll_bytes", (received_bytes(client) - received) / count)
    memory = resident_mib(pid)
    lab.figure("main.rss_anon_mib", memory.anonymous)
    lab.figure("main.rss_mib", memory.whole)


@scenario(needs="netns", programs=(Node.PROGRAM, "doublezerod"), limit=60)
def bench_main_startup(lab):
    """From exec to the daemon's socket answering."""
    client = Client(lab, Node(lab))
    times = []
    for _ in range(9):
        started = time.monotonic()
        daemon = client.launch_daemon()
        while not client.answers():
            assert daemon.running, daemon.output()
            time.sleep(0.0002)
        times.append((time.monotonic() - started) * 1000)
        daemon.stop()
    lab.figure("main.startup_ms", sorted(times)[len(times) // 2])
