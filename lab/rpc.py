"""Asking things over HTTP: the ledger's JSON-RPC, the daemon's unix socket, its metrics."""

import http.client
import json
import pathlib
import socket
import urllib.request


class RpcError(Exception):
    """The ledger answered with an error object."""


class Rpc:
    """JSON-RPC 2.0 over HTTP POST."""

    def __init__(self, url: str):
        self.url = url

    def call(self, method: str, *params):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            reply = json.load(answer)
        if "error" in reply:
            raise RpcError(f"{method}: {json.dumps(reply['error'])}")
        return reply["result"]


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: pathlib.Path):
        super().__init__("localhost", timeout=10)
        self._path = str(path)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def unix_request(path: pathlib.Path, method: str, target: str) -> tuple[int, str]:
    """Status and body of a request over a unix socket. OSError where nobody listens."""
    connection = UnixConnection(path)
    try:
        connection.request(method, target)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()
