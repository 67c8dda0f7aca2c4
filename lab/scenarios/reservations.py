"""Fee reservations on two nodes that know nothing of each other but their blocks."""

import base64
import json
import re
import struct
import threading
import time
import urllib.request

from lab import ed25519
from lab.ledger import SOL, SYSTEM_PROGRAM, Key, Ledger, compact, from_base58
from lab.process import run
from lab.rpc import RpcError
from lab.scenario import scenario
from lab.topology import NODE_ADDRESS
from lab.wait import until

PROGRAM = "doublezero-devnet"
COMPUTE_BUDGET = from_base58("ComputeBudget111111111111111111111111111111")
SLOT_MS = 100
PAYERS = 4
UNITS, PRICE = 10_000, 10_000_000  # of which a payment uses 450: refunds are real
BLOCKS = 100_000  # that a soak compares with the model


def payment(payer: Key, receiver: bytes, lamports: int, blockhash: bytes) -> bytes:
    """A signed transfer that asks for more compute units than it uses."""
    keys = [payer.public, receiver, SYSTEM_PROGRAM, COMPUTE_BUDGET]
    instructions = [(3, b"", struct.pack("<BI", 2, UNITS)), (3, b"", struct.pack("<BQ", 3, PRICE)),
                    (2, bytes([0, 1]), struct.pack("<IQ", 2, lamports))]
    body = b"".join([bytes([1, 0, 2]), compact(len(keys)), *keys, blockhash, compact(len(instructions))])
    for program, accounts, data in instructions:
        body += bytes([program]) + compact(len(accounts)) + accounts + compact(len(data)) + data
    return compact(1) + ed25519.sign(payer.seed, body) + body


class Chain:
    """A ledger directory, and the node that runs on it now and then."""

    def __init__(self, lab, name: str, words: list[str]):
        self.lab, self.name, self.words = lab, name, words
        self.directory = lab.dir / name
        self.lives = 0

    def start(self, threads: int, *more: str) -> Ledger:
        self.lives += 1
        self.process = self.lab.start(f"{self.name}-{self.lives}", [
            self.lab.program(PROGRAM), "--rpc-bind", f"{NODE_ADDRESS}:8899", "--allow-remote", "--ledger", self.directory,
            "--slot-ms", SLOT_MS, "--threads", threads, *self.words, *more])
        ledger = Ledger(f"http://{NODE_ADDRESS}:8899")

        def healthy() -> bool:
            assert self.process.running, f"the node ended:\n{self.process.output()}"
            return ledger.rpc.call("getHealth") == "ok"

        until(healthy, 20, "the node to be healthy")
        return ledger

    def stop(self) -> None:
        status = self.process.stop(30)
        assert status == 0, f"the node ended with status {status}:\n{self.process.output()}"

    def blocks(self, *words) -> str:
        return run([self.lab.program(PROGRAM), "blocks", *words, "--ledger", self.directory], within=300).stdout

    def heads(self) -> list[dict]:
        return json.loads(self.blocks("list", "--json"))

    def export(self, first: int = 1):
        file = self.lab.dir / f"{self.name}-{first}.blocks"
        self.blocks("export", file, "--from", first)
        return file

    def take(self, file, threads: int, attempt: str) -> None:
        """Executes the blocks of a file; an AssertionError when any comes out otherwise."""
        self.blocks("import", file, "--threads", threads, "--fee-reservations", attempt)


class Load:
    """Payers that send as fast as they can, some of them more than they can cover at once."""

    def __init__(self, ledger: Ledger, keys: list[Key]):
        self.ledger, self.keys, self.over = ledger, keys, threading.Event()
        self.sent: list[str] = []
        self.trouble: list[str] = []
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self) -> None:
        number = 0
        try:
            while not self.over.is_set():
                latest = self.ledger.rpc.call("getLatestBlockhash", {"commitment": "processed"})["value"]["blockhash"]
                for key in self.keys:
                    number += 1
                    wire = payment(key, self.keys[number % PAYERS].public, number, from_base58(latest))
                    self.sent.append(self.ledger.rpc.call("sendTransaction", base64.b64encode(wire).decode(),
                                                          {"encoding": "base64", "skipPreflight": True}))
        except (OSError, RpcError) as error:
            self.trouble.append(str(error))

    def until(self, done, what: str) -> None:
        self.thread.start()
        try:
            until(lambda: bool(self.trouble) or done(), 60, what)
        finally:
            self.over.set()
            self.thread.join()
        assert not self.trouble, self.trouble


def slot(ledger: Ledger) -> int:
    return ledger.rpc.call("getSlot", {"commitment": "processed"})


def plan_senders(url: str) -> float:
    with urllib.request.urlopen(f"{url}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return float(re.search(r'^vm_reservations_plan_senders\{network="local"\} (\S+)', text, re.M)[1])


def live(chain: Chain, keys: list[Key], threads: int, attempt: str, *, fund: bool, last_slot: int) -> None:
    """A node under load until a slot is over and five payments have landed since."""
    ledger = chain.start(threads, "--fee-reservations", attempt)
    if fund:
        for number, key in enumerate(keys):
            # The last one covers two or three payments at once, and is paid back most of each.
            ledger.airdrop(key, SOL if number + 1 < PAYERS else 1_300_000)
    load = Load(ledger, keys)
    count = ledger.rpc.call("getTransactionCount")
    load.until(lambda: slot(ledger) > last_slot and ledger.rpc.call("getTransactionCount") >= count + 20,
               f"slot {last_slot} to pass under load")
    senders = plan_senders(ledger.rpc.url)
    assert senders >= 1, f"a busy node past its height has {senders} senders in its plan"
    chain.stop()


def same(one: Chain, other: Chain) -> None:
    """Equal hash and state at every height."""
    mine, yours = one.heads(), other.heads()
    for left, right in zip(mine, yours, strict=True):
        assert left == right, f"slot {left['slot']}: {one.name} has {left}, {other.name} has {right}"


def cross(lab, attempt: str, effect: str) -> None:
    """Before the height and after it, sequential and parallel, there and back again."""
    keys = [Key.new() for _ in range(PAYERS)]
    for number, height in enumerate((40, 160, 640)):
        name = f"{attempt}-{effect}-{number}"
        words = ["--fee-reservations-from", str(height), "--fee-reservations-effect", effect]
        first = Chain(lab, f"{name}-one", words)
        live(first, keys, 1, attempt, fund=True, last_slot=height + 5)
        slots = [head["slot"] for head in first.heads()]
        # On a slow machine the height may be over before the first payment.
        if slots[0] < height - 2 and any(one >= height for one in slots):
            break
    assert any(one < height for one in slots) and slots[-1] >= height, f"no blocks on both sides of {height}: {slots}"
    file = first.export()
    copies = {threads: Chain(lab, f"{name}-{threads}", []) for threads in (1, 2, 8)}
    for threads, copy in copies.items():
        copy.take(file, threads, attempt)
        same(first, copy)
    if effect == "shadow":
        # What a node that never heard of a trial makes of the blocks built during one.
        deaf = Chain(lab, f"{name}-deaf", [])
        deaf.take(file, 2, "off")
        same(first, deaf)
    parallel = copies[2]
    live(parallel, keys, 8, attempt, fund=False, last_slot=slots[-1] + 5)
    back = parallel.export(slots[-1] + 1)
    first.take(back, 1, attempt)
    same(first, parallel)
    shown = json.loads(parallel.blocks("show", parallel.heads()[-1]["slot"], "--json"))
    assert {one["outcome"] for one in shown["entries"]} == {"reserved"}, shown["entries"]


@scenario(needs="netns", programs=[PROGRAM], limit=900)
def reservations_upgrade(lab):
    """Fee reservations begin at their height under load: sequential and parallel nodes agree, whatever they tried before."""
    lab.network  # the management network must be there before a node listens on it
    for attempt, effect in (("off", "shadow"), ("on", "shadow"), ("on", "apply"), ("strict", "apply")):
        cross(lab, attempt, effect)


@scenario(needs="netns", programs=["reservations_model"], limit=120, soak=True)
def soak_reservations_model(lab):
    """Random blocks (a soak: 100,000) end on the engine as in a simple ledger, with 1, 2 and 8 threads."""
    seed = int(time.time())
    done = run([lab.program("reservations_model"), BLOCKS, max(1, int(lab.soak_seconds)), seed],
               within=lab.soak_seconds + 60)
    assert not done.stdout.startswith("0 blocks"), done.stdout
