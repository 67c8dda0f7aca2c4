"""A wire that can be cut: passes TCP connections on to the ledger node, until it is told not to."""

import contextlib
import select
import socket
import threading
from collections.abc import Callable, Iterator

from lab.topology import NODE_ADDRESS

NODE = (str(NODE_ADDRESS), 8899)


class Relay:
    def __init__(self, port: int):
        self.port = port
        self.accepted = 0
        self.watch: Callable[[bytes], None] = lambda data: None  # of what the node sends, just before it is passed on
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self.restore()

    def cut(self) -> None:
        """Ends all connections and refuses new ones."""
        listener, self._listener = self._listener, None
        if listener:
            listener.shutdown(socket.SHUT_RDWR)  # wakes accept
            listener.close()
            self._thread.join()
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for end in (end for pair in pairs for end in pair):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def restore(self) -> None:
        """Takes connections again."""
        self._listener = socket.create_server((str(NODE_ADDRESS), self.port))
        self._thread = threading.Thread(target=self._accept, args=[self._listener], daemon=True)
        self._thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                here, _ = listener.accept()
                there = socket.create_connection(NODE, timeout=10)
            except OSError:
                if self._listener is not listener:
                    return
                here.close()
                continue
            self.accepted += 1
            with self._lock:
                self._pairs.add((here, there))
            threading.Thread(target=self._pass_on, args=[here, there], daemon=True).start()

    def _pass_on(self, here: socket.socket, there: socket.socket) -> None:
        other = {here: there, there: here}
        with contextlib.suppress(OSError):
            while True:
                for end in select.select([here, there], [], [])[0]:
                    data = end.recv(65536)
                    if not data:
                        raise OSError
                    if end is there:
                        self.watch(data)
                    other[end].sendall(data)
        with self._lock:
            self._pairs.discard((here, there))
        here.close()
        there.close()


@contextlib.contextmanager
def relay(lab, port: int) -> Iterator[Relay]:
    """A way to the node on another port, for as long as the block runs."""
    lab.network  # the management network must be there before anybody listens on it
    one = Relay(port)
    try:
        yield one
    finally:
        one.cut()
