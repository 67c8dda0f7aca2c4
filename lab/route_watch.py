"""Hears of routes in a namespace as soon as the kernel tells: for figures that a poll would spoil."""

import ctypes
import os
import select
import socket
import struct
import time

from lab.wait import SLOWNESS

CLONE_NEWNET, ROUTES = 0x40000000, 0x40
NEW_ROUTE, DESTINATION = 24, 1
HEADER, ROUTE, ATTRIBUTE = struct.Struct("=IHHII"), struct.Struct("=BBBBBBBBI"), struct.Struct("=HH")


def netlink_socket(namespace: str) -> socket.socket:
    """A socket that hears of the routes of a namespace. It belongs to that one for good; this process goes back to its own."""
    libc = ctypes.CDLL(None, use_errno=True)
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        assert libc.setns(there, CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
        made = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
        made.bind((0, ROUTES))
    finally:
        assert libc.setns(home, CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
        os.close(home)
        os.close(there)
    return made


def new_destinations(datagram: bytes):
    """The addresses that routes came for."""
    while len(datagram) >= HEADER.size:
        size, kind, *_ = HEADER.unpack_from(datagram)
        message, datagram = datagram[HEADER.size:size], datagram[size + 3 & ~3:]
        if kind != NEW_ROUTE:
            continue
        rest = message[ROUTE.size:]
        while len(rest) >= ATTRIBUTE.size:
            length, what = ATTRIBUTE.unpack_from(rest)
            if what == DESTINATION:
                yield socket.inet_ntoa(rest[4:8])
            rest = rest[max(length, ATTRIBUTE.size) + 3 & ~3:]


class RouteWatch:
    """Of one namespace, from construction on."""

    def __init__(self, namespace: str):
        self._socket = netlink_socket(namespace)
        self._socket.setblocking(False)

    def forget(self) -> None:
        """What was heard so far does not count."""
        while self._receive():
            pass

    def wait_for(self, destination: str, within: float) -> float:
        """The time at which a route to the address was heard of."""
        deadline = time.monotonic() + within * SLOWNESS
        while (left := deadline - time.monotonic()) > 0:
            select.select([self._socket], [], [], left)
            if destination in new_destinations(self._receive()):
                return time.monotonic()
        raise AssertionError(f"no route to {destination} within {within:g} s")

    def close(self) -> None:
        self._socket.close()

    def _receive(self) -> bytes:
        try:
            return self._socket.recv(1 << 16)
        except BlockingIOError:
            return b""
