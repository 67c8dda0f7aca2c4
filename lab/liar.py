"""A ledger that answers wrongly, in ways that ledgers and what stands before them have been seen to."""

import contextlib
import http.server
import json
import threading
from collections.abc import Callable, Iterator

from lab.topology import NODE_ADDRESS


class Answer:
    """What is sent back: status, body, and the length that the header claims (None: the true one)."""

    def __init__(self, body: bytes, status: int = 200, claimed: int | None = None):
        self.body, self.status, self.claimed = body, status, claimed


def no_accounts(request: dict) -> Answer:
    """An empty catalogue, well formed: what a node that lost its index says."""
    result = [] if request["method"] == "getProgramAccounts" else {"context": {"slot": 9_999_999}, "value": None}
    if request["method"] == "getProgramAccounts" and any(isinstance(one, dict) and one.get("withContext") for one in request["params"]):
        result = {"context": {"slot": 9_999_999}, "value": []}
    return Answer(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}).encode())


LIES: dict[str, Callable[[dict], Answer]] = {
    "garbage": lambda request: Answer(b"\xff\xfe<html>\x00"),
    "truncated": lambda request: Answer(b'{"jsonrpc":"2.0","id":1,"result":[{"pub', claimed=5000),
    "broken": lambda request: Answer(b"upstream connect error", status=503),
    "empty": no_accounts,
}


class Liar:
    def __init__(self, lie: Callable[[dict], Answer]):
        self.asked = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                outer.asked += 1
                body = self.rfile.read(int(self.headers["Content-Length"]))
                request = json.loads(body)
                answer = lie(request[0] if isinstance(request, list) else request)
                self.send_response(answer.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(answer.claimed or len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((str(NODE_ADDRESS), 8899), Handler)


@contextlib.contextmanager
def liar(lie: str) -> Iterator[Liar]:
    """Serves lies in place of the ledger node for as long as the block runs."""
    one = Liar(LIES[lie])
    thread = threading.Thread(target=one.server.serve_forever, args=[0.05])
    thread.start()
    try:
        yield one
    finally:
        one.server.shutdown()
        one.server.server_close()
        thread.join()
