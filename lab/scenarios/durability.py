"""The ledger node dies at any moment, over and over, while clients send it transactions."""

import http.client
import ipaddress
import random
import re
import threading
import time

from lab.ledger import Key, Ledger
from lab.nodes import Node
from lab.process import run
from lab.rpc import RpcError
from lab.scenario import scenario
from lab.wait import until

KILLS = 200
SECONDS_A_KILL = 3  # of a soak's time; a sample kills less often
FEWEST_KILLS = 4
LONGEST_LIFE = 0.5
STATUSES = 256  # that one request may ask for
GONE = (OSError, http.client.HTTPException, RpcError, ValueError)
STATE = re.compile(r"state (\w+)")


class Client(Ledger):
    """Sends without waiting, and notes what the node told it was confirmed."""

    def __init__(self, url: str, foundation: Key, chance: random.Random):
        super().__init__(url)
        self.foundation, self.chance = foundation, chance
        self.sent: list[str] = []
        self.confirmed: set[str] = set()
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.until_gone, args=(step,), daemon=True)
                        for step in (self.ask_for_money, self.give_pass, self.look)]

    def wait(self, signature: str) -> str:
        self.sent.append(signature)
        return signature

    def until_gone(self, step) -> None:
        try:
            while not self.over.is_set():
                step()
        except GONE:
            pass

    def ask_for_money(self) -> None:
        self.wait(self.rpc.call("requestAirdrop", str(Key(self.chance.randbytes(32))), 1_000_000_000))

    def give_pass(self) -> None:
        address = ipaddress.IPv4Address(0x0B000000 + self.chance.randrange(1 << 24))
        self.set_access_pass(self.foundation, Key(self.chance.randbytes(32)).public, address)

    def look(self) -> None:
        self.confirmed |= self.settled([one for one in self.sent[-STATUSES:] if one not in self.confirmed])
        time.sleep(0.002)

    def settled(self, signatures: list[str]) -> set[str]:
        """Those that the node says are confirmed."""
        found = set()
        for first in range(0, len(signatures), STATUSES):
            some = signatures[first:first + STATUSES]
            statuses = self.rpc.call("getSignatureStatuses", some, {"searchTransactionHistory": True})["value"]
            for signature, status in zip(some, statuses, strict=True):
                if status and status["confirmationStatus"] in ("confirmed", "finalized"):
                    assert status["err"] is None, f"{signature}: {status['err']}"
                    found.add(signature)
        return found


def replay(program: str, source, target) -> str:
    """Executes what one ledger holds and the other has not; returns the state both are in."""
    file = target.with_suffix(".blocks")
    told = run([program, "blocks", "export", file, "--ledger", source], within=300).stderr
    made = run([program, "blocks", "import", file, "--ledger", target], within=300).stderr
    states = STATE.search(told)[1], STATE.search(made)[1]
    assert states[0] == states[1], f"the ledger is in state {states[0]}, a replay of its log in {states[1]}"
    return states[0]


@scenario(needs="netns", programs=(Node.PROGRAM,), limit=1800, soak=True)
def soak_node_kills(lab):
    """Killed at random moments under load, the node keeps all that was confirmed and nothing by halves."""
    seed = int(time.time())
    chance = random.Random(seed)
    kills = max(FEWEST_KILLS, min(KILLS, int(lab.soak_seconds / SECONDS_A_KILL)))
    node, program = Node(lab), lab.program(Node.PROGRAM)
    confirmed: set[str] = set()
    for number in range(kills):
        try:
            client = Client(node.url, node.foundation, chance)
            for thread in client.threads:
                thread.start()
            # Now and then early, before anything is confirmed; else somewhere under load.
            if chance.random() < 0.8:
                until(lambda: client.confirmed, 60, "a transaction to be confirmed")
            time.sleep(chance.uniform(0, LONGEST_LIFE))
            node.process.kill()
            client.over.set()
            for thread in client.threads:
                thread.join()
            replay(program, lab.dir / "ledger", lab.dir / "mirror")
            node.start()
            after = Client(node.url, node.foundation, chance)
            lost = client.confirmed - after.settled(sorted(client.confirmed))
            assert not lost, f"{len(lost)} of {len(client.confirmed)} confirmed transactions are lost: {sorted(lost)[:3]}"
            confirmed |= client.confirmed
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, kill {number + 1} of {kills}: {error}") from error
    assert len(confirmed) >= kills // 2, f"{len(confirmed)} transactions were confirmed in {kills} lives: too few to tell"
    lost = confirmed - Client(node.url, node.foundation, chance).settled(sorted(confirmed))
    assert not lost, f"seed {seed}: {len(lost)} transactions of earlier lives are lost: {sorted(lost)[:3]}"
    node.process.kill()
    replay(program, lab.dir / "ledger", lab.dir / "fresh")
