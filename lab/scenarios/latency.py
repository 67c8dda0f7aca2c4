"""Latencies over the kernel's own ICMP."""

import base64
import contextlib
import http.server
import ipaddress
import json
import threading
import time

from lab.ledger import to_base58
from lab.nodes import DEVICE_CODE, DEVICE_NUMBER, Client, Node
from lab.scenario import scenario
from lab.topology import NODE_ADDRESS
from lab.wait import until

CONTRACT = "latency_contract"
PROGRAMS = (Node.PROGRAM, *Client.PROGRAMS)
# Of a Device account: type 1, owner 32, index 16, bump 1, location 32, exchange 32, device type 1.
ADDRESS_OFFSET = 115
MANY = ipaddress.ip_network("10.9.0.0/16")


def neighbours(lab):
    """A host, and a device beside it that answers for all of `MANY`."""
    host = lab.network.add("cli-1", 100)
    device = lab.network.add("dev-1", DEVICE_NUMBER)
    device.ip(f"route add local {MANY} dev lo")
    host.ip(f"route add {MANY} via {device.underlay} dev eth1")
    return host


def run_contract(lab, host, *before: str) -> str:
    done = host.run([*before, lab.program(CONTRACT), "~[thousand]"], within=150)
    assert "All tests passed" in done.stdout, str(done)
    return done.stdout


@scenario(needs="netns", programs=[CONTRACT], limit=180)
def latency_contract(lab):
    """What every EchoSocket must do, by a raw socket, and one round over the kernel's ICMP."""
    run_contract(lab, neighbours(lab))


@scenario(needs="netns", programs=[CONTRACT], limit=180)
def latency_contract_unprivileged(lab):
    """The same by a ping socket, without CAP_NET_RAW."""
    host = neighbours(lab)
    host.run(["sh", "-c", "echo 0 2147483647 > /proc/sys/net/ipv4/ping_group_range"])
    run_contract(lab, host, "setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs")


@scenario(needs="netns", programs=[CONTRACT], limit=180)
def latency_thousand(lab):
    """A thousand addresses are measured over one socket, none is missed."""
    done = neighbours(lab).run([lab.program(CONTRACT), "[thousand]"], within=150)
    assert "All tests passed" in done.stdout, str(done)


@scenario(needs="netns", programs=PROGRAMS, limit=120)
def latency_of_devices(lab):
    """A daemon that is off tells how far away the devices are, as they come and go."""
    node = Node(lab)
    client = Client(lab, node)
    client.start_daemon("-probe-interval", "1", "-cache-update-interval", "1")

    def of_device(rows: list[dict]) -> dict | None:
        return next((row for row in rows if row["device_code"] == DEVICE_CODE), None)

    def measured(query: str = "") -> dict | None:
        return of_device(client.ask(f"/v2/latency{query}")["results"])

    until(measured, 60, "the first result")
    row = of_device(client.doublezero_json("latency"))
    assert (row["reachable"], row["min_latency_ns"], row["loss_percentage"]) == (False, None, 100), row

    lab.network.add("dev-1", DEVICE_NUMBER)
    until(lambda: measured()["reachable"], 60, "the device to be reached")
    row = of_device(client.doublezero_json("latency"))
    assert 0 < row["min_latency_ns"] <= row["avg_latency_ns"] <= row["max_latency_ns"], row
    assert len(measured("?recent")["recent_ns"]) > 3


@contextlib.contextmanager
def ledger_of_devices(pattern: bytes, addresses: list[ipaddress.IPv4Address]):
    """Serves a ledger that has as many devices as addresses, all like `pattern`."""
    accounts = []
    for number, address in enumerate(addresses):
        data = pattern[:ADDRESS_OFFSET] + address.packed + pattern[ADDRESS_OFFSET + 4:]
        accounts.append({"pubkey": to_base58(b"\7" * 28 + number.to_bytes(4, "big")),
                         "account": {"data": [base64.b64encode(data).decode(), "base64"], "executable": False, "lamports": 1,
                                     "owner": "7CTniUa88iJKUHTrCkB4TjAoG6TD7AMivhQeuqN2LPtX", "rentEpoch": 0, "space": len(data)}})

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": {"context": {"slot": 1}, "value": accounts}}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer((str(NODE_ADDRESS), 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=[0.05])
    thread.start()
    try:
        yield f"http://{NODE_ADDRESS}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def device_pattern(node: Node, client: Client) -> bytes:
    """The account of the one device of the demo network."""
    [device] = client.doublezero_json("device", "list")
    found = node.ledger.rpc.call("getAccountInfo", device["account"], {"encoding": "base64"})
    data = base64.b64decode(found["value"]["data"][0])
    address = ipaddress.IPv4Address(data[ADDRESS_OFFSET:ADDRESS_OFFSET + 4])
    assert str(address) == device["public_ip"], "the layout of a device account is not what this scenario believes"
    return data


@scenario(needs="netns", programs=PROGRAMS, limit=180)
def bench_cli_latency(lab):
    """From the start of the daemon to `doublezero latency` of a thousand devices, all of which answer."""
    node = Node(lab)
    client = Client(lab, node)
    device = lab.network.add("dev-1", DEVICE_NUMBER)
    device.ip(f"route add local {MANY} dev lo")
    client.host.ip(f"route add {MANY} via {device.underlay} dev eth1")
    addresses = [MANY[1 + number] for number in range(1000)]
    with ledger_of_devices(device_pattern(node, client), addresses) as url:
        started = time.monotonic()
        client.start_daemon("-solana-rpc-endpoint", url)
        rows = client.doublezero_json("latency")
        lab.figure("cli.latency_1000_s", time.monotonic() - started)
    assert len(rows) == 1000, len(rows)
    assert all(row["reachable"] for row in rows), [row for row in rows if not row["reachable"]][:3]
