"""A ledger that answers wrongly, in ways that ledgers and what stands before them have been seen to."""

import contextlib
import http.server
import json
import threading
import urllib.request
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
    def __init__(self, lie: Callable[[dict], Answer], port: int = 8899):
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

        self.server = http.server.ThreadingHTTPServer((str(NODE_ADDRESS), port), Handler)


class Laggard:
    """Passes questions on to the node until it is frozen; from then on it knows only what it was answered before."""

    def __init__(self, url: str):
        self.url, self._frozen, self._known = url, False, {}

    def memory(self) -> dict:
        """What it was answered up to now."""
        return dict(self._known)

    def freeze(self, memory: dict) -> None:
        self._known, self._frozen = memory, True

    def thaw(self) -> None:
        self._frozen = False

    def __call__(self, request: dict) -> Answer:
        params = json.dumps([request["method"], [one for one in request["params"] if not isinstance(one, dict)]])
        if not self._frozen:
            sent = urllib.request.Request(self.url, json.dumps(request).encode(), {"Content-Type": "application/json"})
            with urllib.request.urlopen(sent, timeout=10) as answer:
                self._known[params] = json.load(answer)
        known = self._known.get(params)
        if known is None:
            return Answer(b"no such thing yet", status=503)
        return Answer(json.dumps(known | {"id": request["id"]}).encode())


@contextlib.contextmanager
def liar(lie: str | Callable[[dict], Answer], port: int = 8899) -> Iterator[Liar]:
    """Serves lies, by default in place of the ledger node, for as long as the block runs."""
    one = Liar(LIES[lie] if isinstance(lie, str) else lie, port)
    thread = threading.Thread(target=one.server.serve_forever, args=[0.05])
    thread.start()
    try:
        yield one
    finally:
        one.server.shutdown()
        one.server.server_close()
        thread.join()
