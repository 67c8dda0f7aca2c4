"""A second, independent client of the ledger: keys, program addresses, raw transactions.

The scenarios send some transactions with this one and not with `doublezero`, so that our C++ is not judged by itself.
"""

import base64
import dataclasses
import hashlib
import ipaddress
import json
import os
import pathlib
import struct

from lab import ed25519
from lab.rpc import Rpc
from lab.wait import until

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
LOCAL_PROGRAM = "7CTniUa88iJKUHTrCkB4TjAoG6TD7AMivhQeuqN2LPtX"
SYSTEM_PROGRAM = bytes(32)
SOL = 1_000_000_000

CREATE_USER, SET_ACCESS_PASS = 36, 67
IBRL, IBRL_WITH_ALLOCATED_IP = 0, 1
GRE_OVER_DIA, PREPAID, NO_EPOCH_LIMIT = 1, 0, 2**64 - 1


def to_base58(data: bytes) -> str:
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def from_base58(text: str) -> bytes:
    number = 0
    for letter in text:
        number = number * 58 + ALPHABET.index(letter)
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


@dataclasses.dataclass(frozen=True)
class Key:
    """A key pair. `load` and `save` speak the key files of the Solana tools."""

    seed: bytes

    @staticmethod
    def new() -> "Key":
        return Key(os.urandom(32))

    @staticmethod
    def load(path: pathlib.Path) -> "Key":
        return Key(bytes(json.loads(path.read_text())[:32]))

    def save(self, path: pathlib.Path) -> None:
        path.write_text(json.dumps(list(self.seed + self.public)))
        path.chmod(0o600)

    @property
    def public(self) -> bytes:
        return ed25519.public_key(self.seed)

    def __str__(self) -> str:
        return to_base58(self.public)


def program_address(program: bytes, *seeds: bytes) -> bytes:
    """The address the program owns for these seeds: the first hash, from bump 255 down, that is no curve point."""
    for bump in range(255, -1, -1):
        digest = hashlib.sha256(b"".join([*seeds, bytes([bump]), program, b"ProgramDerivedAddress"])).digest()
        if not ed25519.is_on_curve(digest):
            return digest
    raise ValueError("no program address for these seeds")


def compact(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def message(payer: bytes, program: bytes, accounts: list[bytes], data: bytes, blockhash: bytes) -> bytes:
    """A message with one instruction, all of whose accounts are writable but the two programs."""
    read_only = [program, *([SYSTEM_PROGRAM] if SYSTEM_PROGRAM in accounts else [])]
    keys = [payer, *dict.fromkeys(key for key in accounts if key not in (payer, *read_only)), *read_only]
    indices = bytes(keys.index(key) for key in accounts)
    return b"".join([
        bytes([1, 0, len(read_only)]), compact(len(keys)), *keys, blockhash,
        compact(1), bytes([keys.index(program)]), compact(len(indices)), indices, compact(len(data)), data,
    ])


class Ledger:
    """A ledger that runs the serviceability program."""

    def __init__(self, url: str, program: str = LOCAL_PROGRAM):
        self.rpc = Rpc(url)
        self.program = from_base58(program)

    def address(self, *seeds: bytes) -> bytes:
        return program_address(self.program, b"doublezero", *seeds)

    def send(self, payer: Key, accounts: list[bytes], data: bytes) -> str:
        """Sends one instruction of the program and waits until it is confirmed. Returns the signature.

        AssertionError with the ledger's own words when it is refused.
        """
        blockhash = from_base58(self.rpc.call("getLatestBlockhash", {"commitment": "confirmed"})["value"]["blockhash"])
        body = message(payer.public, self.program, [*accounts, payer.public, SYSTEM_PROGRAM], data, blockhash)
        wire = compact(1) + ed25519.sign(payer.seed, body) + body
        return self.wait(self.rpc.call("sendTransaction", base64.b64encode(wire).decode(),
                                       {"encoding": "base64", "skipPreflight": True}))

    def wait(self, signature: str) -> str:
        """Until the transaction is confirmed; returns its signature."""
        status = until(lambda: self.status(signature), 10, f"the transaction {signature} to be confirmed")
        assert status["err"] is None, f"the ledger refused the transaction: {json.dumps(status['err'])}"
        return signature

    def status(self, signature: str) -> dict | None:
        """The transaction's status once it is confirmed."""
        one = self.rpc.call("getSignatureStatuses", [signature], {"searchTransactionHistory": True})["value"][0]
        return one if one and one["confirmationStatus"] in ("confirmed", "finalized") else None

    def airdrop(self, key: Key | str, lamports: int = 10 * SOL) -> None:
        self.rpc.call("requestAirdrop", str(key), lamports)
        until(lambda: self.balance(key), 10, f"the airdrop to {key}")

    def balance(self, key: Key | str) -> int:
        return self.rpc.call("getBalance", str(key), {"commitment": "confirmed"})["value"]

    def exists(self, address: bytes) -> bool:
        asked = self.rpc.call("getAccountInfo", to_base58(address), {"encoding": "base64", "commitment": "confirmed"})
        return asked["value"] is not None

    def user_address(self, client_ip: ipaddress.IPv4Address, user_type: int = IBRL) -> bytes:
        return self.address(b"user", client_ip.packed, bytes([user_type]))

    def set_access_pass(self, authority: Key, user_payer: bytes, client_ip: ipaddress.IPv4Address,
                        unicast_users: int = 1) -> None:
        """A prepaid pass without an end."""
        data = struct.pack("<BB4sQ?HH", SET_ACCESS_PASS, PREPAID, client_ip.packed, NO_EPOCH_LIMIT, False, unicast_users, 1)
        accounts = [self.address(b"accesspass", client_ip.packed, user_payer), self.address(b"globalstate"), user_payer]
        self.send(authority, accounts, data)

    def create_user(self, payer: Key, device: bytes, client_ip: ipaddress.IPv4Address, *,
                    user_type: int = IBRL, prefixes: int = 1, endpoint: str = "0.0.0.0") -> bytes:
        """A user of a device; returns the address of its account."""
        user = self.user_address(client_ip, user_type)
        data = struct.pack("<BBB4s4sB", CREATE_USER, user_type, GRE_OVER_DIA, client_ip.packed,
                           ipaddress.IPv4Address(endpoint).packed, prefixes)
        accounts = [
            user, device, self.address(b"accesspass", client_ip.packed, payer.public), self.address(b"globalstate"),
            self.address(b"usertunnelblock"), self.address(b"multicastpublisherblock"),
            self.address(b"tunnelids", device, struct.pack("<Q", 0)),
            *[self.address(b"dzprefixblock", device, struct.pack("<Q", index)) for index in range(prefixes)],
        ]
        self.send(payer, accounts, data)
        return user
