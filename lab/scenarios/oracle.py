"""The reservation oracle dies at any moment, over and over, while clients reserve, pay, settle and cancel."""

import base64
import dataclasses
import http.client
import ipaddress
import itertools
import json
import random
import struct
import threading
import time
import urllib.error
import urllib.request

from lab import ed25519
from lab.ledger import SOL, SYSTEM_PROGRAM, Key, Ledger, from_base58, message, to_base58, compact
from lab.nodes import DEVICE_CODE, Node
from lab.process import run
from lab.rpc import RpcError
from lab.scenario import scenario
from lab.topology import NODE_ADDRESS
from lab.wait import until

ORACLE = "doublezero-oracle"
PRICE = 50_000_000
KILLS = 100
SECONDS_A_KILL = 5  # of a soak's time; a sample kills less often
FEWEST_KILLS = 3
LONGEST_LIFE = 2.0
CLIENTS = 6
HOLD, SETTLE_WITHIN = 6, 12  # seconds
SEATS = 4000
OVER = ("settled", "expired", "cancelled", "lost")
SET_AUTHORITY, TRANSFER = 2, 2
GONE = (OSError, http.client.HTTPException, RpcError, ValueError)


class Oracle:
    """The oracle on the lab's host, with one client's token."""

    def __init__(self, lab, node: Node):
        self._lab, self._node, self._starts = lab, node, 0
        self.key, self.treasury = Key.new(), Key.new()
        self.key.save(lab.dir / "oracle.json")
        self.token = "0123456789abcdef" * 2
        for name, text in (("deposits.seed", "7" * 64), ("oracle.tokens", f"acme {self.token}")):
            (lab.dir / name).write_text(text)
            (lab.dir / name).chmod(0o600)
        node.ledger.airdrop(self.key, 1000 * SOL)
        # Only the fourth of the authorities.
        node.ledger.send(node.foundation, [node.ledger.address(b"globalstate")],
                         struct.pack("<BBBBB", SET_AUTHORITY, 0, 0, 0, 1) + self.key.public)
        self.start()

    def start(self) -> None:
        self._starts += 1
        files = self._lab.dir
        self.process = self._lab.start(f"oracle{self._starts}", [
            self._lab.program(ORACLE), "-ledger-rpc-url", self._node.url,
            "-serviceability-program-id", to_base58(self._node.ledger.program), "-keypair", files / "oracle.json",
            "-deposit-seed", files / "deposits.seed", "-tokens", files / "oracle.tokens", "-journal", files / "journal",
            "-listen", f"{NODE_ADDRESS}:0", "-plain-http", "-price", str(PRICE), "-treasury", str(self.treasury),
            "-commitment", "confirmed", "-poll", "100ms", "-rate", "0", "-hold", f"{HOLD}s",
            "-settle-within", f"{SETTLE_WITHIN}s"])
        self.url = json.loads(self.process.expect_line('"url"', 20))["url"]

    def ask(self, method: str, path: str, body=None, key: str | None = None):
        """The answer's JSON. OSError where nobody listens, urllib's HTTPError where it refuses."""
        headers = {"Authorization": f"Bearer {self.token}"} | ({"Idempotency-Key": key} if key else {})
        request = urllib.request.Request(self.url + path, None if body is None else json.dumps(body).encode(), headers,
                                         method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


@dataclasses.dataclass
class Deal:
    """One client's wish, carried on until it was answered."""

    client_ip: ipaddress.IPv4Address
    name: str
    id: str = ""
    address: str = ""
    paid: int = 0


class Buyer(threading.Thread):
    """Reserves, and then pays exactly, too much, too little, in parts, late or not at all; settles, cancels or waits."""

    def __init__(self, number: int, oracle: Oracle, node: Node, device: str, chance: random.Random):
        super().__init__(daemon=True)
        self.number, self.oracle, self.device = number, oracle, device
        self.ledger = Ledger(node.url)
        self.chance, self.key = chance, Key.new()
        self.deals: list[Deal] = []
        self.over = threading.Event()
        self.failure: Exception | None = None
        node.ledger.airdrop(self.key, 1000 * SOL)

    def run(self) -> None:
        try:
            for number in itertools.count():
                if self.over.is_set():
                    break
                self.deal(number)
        except AssertionError as failure:
            self.failure = failure

    def insist(self, what):
        """Asks until there is an answer: the oracle may be dead just now. None when it refuses."""
        while True:
            try:
                return what()
            except urllib.error.HTTPError as refusal:
                if refusal.code not in (429, 502, 503):
                    return None
            except GONE:
                pass
            time.sleep(0.05)

    def deal(self, number: int) -> None:
        one = Deal(ipaddress.IPv4Address(0x09100000 + self.number * 65536 + number), f"{self.number}-{number}")
        body = {"device": self.device, "client_ip": str(one.client_ip), "user_payer": str(self.key)}
        answer = self.insist(lambda: self.oracle.ask("POST", "/v1/reservations", body, one.name))
        if answer is None:
            time.sleep(0.2)
            return
        again = self.insist(lambda: self.oracle.ask("POST", "/v1/reservations", body, one.name))
        assert again["deposit_address"] == answer["deposit_address"], f"{one.name} has two addresses"
        one.id, one.address = answer["id"], answer["deposit_address"]
        self.deals.append(one)
        for share in self.chance.choice([(), (1.0,), (1.0,), (1.0,), (1.5,), (0.5,), (0.5, 0.5), (1.0, 0.7)]):
            self.pay(one, int(PRICE * share))
        if self.chance.random() < 0.2:
            self.insist(lambda: self.oracle.ask("DELETE", f"/v1/reservations/{one.id}"))
        elif one.paid >= PRICE:
            self.settle(one)
        if self.chance.random() < 0.3:
            until(lambda: self.state(one) in OVER, 60, f"the reservation {one.id} to be over")
            self.pay(one, PRICE)

    def state(self, one: Deal) -> str:
        return self.insist(lambda: self.oracle.ask("GET", f"/v1/reservations/{one.id}"))["state"]

    def pay(self, one: Deal, lamports: int) -> None:
        blockhash = from_base58(self.ledger.rpc.call("getLatestBlockhash", {"commitment": "confirmed"})["value"]["blockhash"])
        # The amount tells equal payments apart.
        lamports += self.chance.randrange(1000)
        body = message(self.key.public, SYSTEM_PROGRAM, [self.key.public, from_base58(one.address)],
                       struct.pack("<IQ", TRANSFER, lamports), blockhash)
        wire = compact(1) + ed25519.sign(self.key.seed, body) + body
        self.ledger.wait(self.ledger.rpc.call("sendTransaction", base64.b64encode(wire).decode(),
                                              {"encoding": "base64", "skipPreflight": True}))
        one.paid += lamports

    def settle(self, one: Deal) -> None:
        """Signs and sends what the oracle signed, unless the reservation ends before."""
        until(lambda: self.state(one) in ("ready", *OVER), 60, f"the reservation {one.id} to be ready")
        half = self.insist(lambda: self.oracle.ask("POST", f"/v1/reservations/{one.id}/settlement"))
        if half is None:
            return
        wire = base64.b64decode(half["transaction"])
        assert wire[0] == 2, f"{wire[0]} signatures instead of two"
        body = wire[1 + 2 * 64:]
        full = wire[:1] + ed25519.sign(self.key.seed, body) + wire[1 + 64:]
        self.ledger.rpc.call("sendTransaction", base64.b64encode(full).decode(),
                             {"encoding": "base64", "skipPreflight": True})


class Operator:
    """The command line with the contributor's key."""

    def __init__(self, lab, node: Node):
        self._command = [lab.program("doublezero"), "--url", node.url, "--program-id", to_base58(node.ledger.program),
                         "--keypair", node.keys / "contributor.json"]
        self._environment = {"DOUBLEZERO_CONFIG_FILE": str(lab.dir / "none.yml")}

    def run(self, *words: str) -> str:
        return run([*self._command, *words], env=self._environment).stdout

    def device(self) -> dict:
        return json.loads(self.run("device", "get", "--code", DEVICE_CODE, "--json"))


def spent(end: dict) -> int:
    """What a client got for his money: a seat, or the money back."""
    return (PRICE if end["state"] == "settled" else 0) + end["refunded_lamports"]


def check_books(oracle: Oracle, node: Node, operator: Operator, deals: list[Deal]) -> None:
    """Every seat is back or a user's, every lamport where it belongs, every address one client's."""
    until(lambda: not oracle.ask("GET", "/v1/reservations")["reservations"], 120, "all reservations to be over")
    for one in deals:
        until(lambda: node.ledger.balance(one.address) == 0, 60, f"the deposit of {one.id} to be moved")
    # What has left an address is in the journal a moment later.
    for one in deals:
        until(lambda: one.paid == spent(oracle.ask("GET", f"/v1/reservations/{one.id}")), 60, f"the books of {one} to balance")
    ends = [oracle.ask("GET", f"/v1/reservations/{one.id}") for one in deals]
    settled = [end for end in ends if end["state"] == "settled"]
    device = operator.device()
    assert device["reserved_seats"] == 0, f"{device['reserved_seats']} seats leaked"
    assert device["users_count"] == len(settled), f"{device['users_count']} users, {len(settled)} settled reservations"
    assert len({one.address for one in deals}) == len(deals), "an address was given twice"
    assert node.ledger.balance(oracle.treasury) == len(settled) * PRICE, "the treasury has not what it should"


@scenario(needs="netns", programs=(Node.PROGRAM, ORACLE, "doublezero"), limit=600, soak=True)
def soak_oracle_kills(lab):
    """Killed at random moments under load, the oracle leaks no seat, gives no address twice and loses no payment."""
    seed = int(time.time())
    chance = random.Random(seed)
    kills = max(FEWEST_KILLS, min(KILLS, int(lab.soak_seconds / SECONDS_A_KILL)))
    node = Node(lab)
    operator = Operator(lab, node)
    account = until(operator.device, 20, "the device to be confirmed")["account"]
    operator.run("device", "update", "--pubkey", account, "--max-users", str(SEATS))
    oracle = Oracle(lab, node)
    buyers = [Buyer(number, oracle, node, account, random.Random(seed + number)) for number in range(CLIENTS)]
    for buyer in buyers:
        buyer.start()
    for number in range(kills):
        time.sleep(chance.uniform(0, LONGEST_LIFE))
        oracle.process.kill()
        oracle.start()
    for buyer in buyers:
        buyer.over.set()
    for buyer in buyers:
        buyer.join()
        assert buyer.failure is None, f"seed {seed}: {buyer.failure}"
    deals = [one for buyer in buyers for one in buyer.deals]
    assert len(deals) >= CLIENTS, f"seed {seed}: {len(deals)} reservations in {kills} lives: too few to tell"
    try:
        check_books(oracle, node, operator, deals)
    except AssertionError as error:
        raise AssertionError(f"seed {seed}, {kills} kills, {len(deals)} reservations: {error}") from error
