"""lab/ledger.py and lab/ed25519.py against published vectors."""

import ipaddress
import pathlib
import tempfile
import unittest

from lab import ed25519, ledger

ADDRESS = ipaddress.IPv4Address("1.2.3.4")
A = bytes([1] * 32)


class Ed25519(unittest.TestCase):
    # RFC 8032, 7.1, tests 1 and 3.
    VECTORS = [
        ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
         "655141438e7a100b"),
        ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
         "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
         "c027beceea1ec40a"),
    ]

    def test_the_vectors_of_the_standard(self):
        for seed, public, message, signature in self.VECTORS:
            self.assertEqual(ed25519.public_key(bytes.fromhex(seed)).hex(), public)
            self.assertEqual(ed25519.sign(bytes.fromhex(seed), bytes.fromhex(message)).hex(), signature)


class Addresses(unittest.TestCase):
    LEDGER = ledger.Ledger("http://unused")

    def test_of_a_user(self):
        self.assertEqual(ledger.to_base58(self.LEDGER.user_address(ADDRESS)), "GYmCsiH9bJ21S5C5iiDKAU8dq5E9ZEZvES36rouqJBaT")

    def test_of_an_access_pass(self):
        found = self.LEDGER.address(b"accesspass", ADDRESS.packed, A)
        self.assertEqual(ledger.to_base58(found), "5cosFCbiqv8Y3hSkYawa59hXa5gooN5goN4vMgWsLvCZ")

    def test_that_needs_many_bumps(self):
        found = self.LEDGER.address(b"usertunnelblock")
        self.assertEqual(ledger.to_base58(found), "ANtBebiTFod3yvfk1ZPp56p7ev67cgRmjBdSRH1TvkmA")

    def test_base58_keeps_leading_zeros(self):
        self.assertEqual(ledger.from_base58(ledger.to_base58(bytes(3) + b"\x07")), bytes(3) + b"\x07")
        self.assertEqual(ledger.to_base58(bytes(32)), "1" * 32)


class Transactions(unittest.TestCase):
    def test_a_message_names_each_account_once_and_the_programs_last(self):
        payer, program, other = bytes([9] * 32), bytes([8] * 32), bytes([7] * 32)
        made = ledger.message(payer, program, [other, other, payer, bytes(32)], b"\x24", bytes([5] * 32))
        self.assertEqual(made[:4], bytes([1, 0, 2, 4]))
        self.assertEqual(made[4:132], payer + other + program + bytes(32))
        self.assertEqual(made[164:], bytes([1, 2, 4, 1, 1, 0, 3, 1, 0x24]))

    def test_key_files_round_trip_and_are_private(self):
        with tempfile.TemporaryDirectory() as folder:
            path, key = pathlib.Path(folder) / "id.json", ledger.Key.new()
            key.save(path)
            self.assertEqual(ledger.Key.load(path), key)
            self.assertEqual(path.stat().st_mode & 0o777, 0o600)


if __name__ == "__main__":
    unittest.main()
