"""`doublezero doctor`: one thing is broken, only its check turns red, and the printed remedy turns it green.

Remedies run as they are printed, by a shell. `sudo`, `systemctl` and `solana` are played: the lab's hosts have no
systemd. /etc is a copy, so that what a remedy writes there is gone with the scenario.
"""

import base64
import json
import os
import pathlib
import shutil
import signal
import struct

from lab import ed25519
from lab.ledger import SYSTEM_PROGRAM, Key, compact, from_base58, message, to_base58
from lab.nodes import ANNOUNCED, DEVICE_CODE, TUNNEL, Client, Network, Node
from lab.process import Finished, run
from lab.scenario import scenario
from lab.wait import until, until_equal

BPF = "__attribute__((section(\"xdp\"), used)) int pass(void *packet) { return 2; }\n"
SYSTEM_TRANSFER, FEE = 2, 5_000  # lamports for one signature

PLAYED = {
    "sudo": 'exec "$@"',
    # What is asked for, for the lab to do; and whether networkd runs.
    "systemctl": 'case "$1" in is-active) test -e "$HOME/networkd-runs";; *) echo "$@" >> "$HOME/systemctl.log";; esac',
    "solana": 'test "$1" = airdrop && exec python3 -c \'import json, sys, urllib.request as u; u.urlopen(u.Request(sys.argv[3], '
              'json.dumps({"jsonrpc": "2.0", "id": 1, "method": "requestAirdrop", "params": [sys.argv[2], int(sys.argv[1]) * 10**9]}).encode(), '
              '{"Content-Type": "application/json"}))\' "$2" "$3" "$5"',
}


class Patient:
    """A client, the doctor, and a shell for its remedies."""

    def __init__(self, lab, client: Client):
        self.client, self.host = client, client.host
        self.home = self.client.home
        self.bin = self.home / "bin"
        self.bin.mkdir()
        for name, text in PLAYED.items():
            (self.bin / name).write_text(f"#!/bin/sh\n{text}\n")
            (self.bin / name).chmod(0o755)
        shutil.copytree("/etc", self.home / "etc", symlinks=True, ignore_dangling_symlinks=True, ignore=shutil.ignore_patterns("shadow*", "ssl"))
        path = f"{self.bin}:{pathlib.Path(lab.program('doublezero')).parent}:{os.environ['PATH']}:/usr/sbin:/sbin"
        self.environment = self.client.environment | {"PATH": path}
        self.wrap: list[str] | None = None

    def shell(self, command: str, key: Key | pathlib.Path | None = None, **options) -> Finished:
        """Runs a line in a shell of this host, where /etc is the copy."""
        extra = {"DOUBLEZERO_KEYPAIR": str(key)} if key else {}
        bound = f"mount --bind {self.home / 'etc'} /etc && exec sh -c \"$1\""
        return self.host.run(["unshare", "--mount", "--propagation", "private", "sh", "-c", bound, "sh", command],
                             env=self.environment | extra, within=90, **options)

    def findings(self, key: pathlib.Path | None = None) -> dict[str, dict]:
        done = self.shell("doublezero doctor --json", key=key, check=False)
        answer = json.loads(done.stdout)
        assert answer["healthy"] == (done.status == 0), str(done)
        return {one["check"]: one for one in answer["findings"]}

    def red(self, **options) -> dict[str, str]:
        """What is neither ok nor skipped, with its verdict."""
        return {name: one["verdict"] for name, one in self.findings(**options).items() if one["verdict"] in ("bad", "warning")}

    def wrong(self, **options) -> list[str]:
        """What is not well."""
        return [f"{name}: {one['verdict']}, {one['text']} {one['evidence']}" for name, one in self.findings(**options).items() if one["verdict"] != "ok"]

    def wait_well(self, when: str, **options) -> None:
        until_equal(lambda: self.wrong(**options), [], 60, f"what is not well {when}")

    def wait_red(self, check: str, verdict: str = "bad", **options) -> str:
        """Until `check` alone is red; returns the remedy."""
        until(lambda: check in self.red(**options), 30, f"the check {check} to turn red")
        found = self.findings(**options)
        red = [name for name, one in found.items() if one["verdict"] in ("bad", "warning")]
        assert red == [check], f"{check} is broken, red are {[found[name] for name in red]}"
        assert found[check]["verdict"] == verdict, found[check]
        return found[check]["remedy"]

    def cure(self, check: str, remedy: str, key: pathlib.Path | None = None, **options) -> None:
        """Runs the remedy, and has systemd's work done."""
        asked = self.home / "systemctl.log"
        asked.unlink(missing_ok=True)
        self.shell(remedy, key=key)
        if asked.exists() and "doublezerod" in asked.read_text():
            if self.client.daemon.running:
                self.client.daemon.stop()
            self.client.start_daemon()
        self.wait_well(f"after `{remedy}`", **options)

    def breaks(self, check: str, damage, verdict: str = "bad", **options) -> None:
        damage()
        self.cure(check, self.wait_red(check, verdict, **options), **options)


class Member(Patient):
    """One whose tunnel works."""

    def __init__(self, lab):
        self.net = Network(lab)
        super().__init__(lab, self.net.client)
        self.net.join()
        self.wait_well("at first")


def narrow_path(one: Member) -> None:
    # As a router on the way that drops what is too long and tells nobody.
    one.net.device.host.ip("link set eth1 mtu 1400")


def networkd(one: Member) -> None:
    (one.home / "networkd-runs").touch()


def xdp(one: Member) -> None:
    source, program = one.home / "pass.c", one.home / "pass.o"
    source.write_text(BPF)
    run(["clang-19", "-target", "bpf", "-O2", "-c", source, "-o", program])
    one.host.run(["ip", "link", "set", "dev", "eth1", "xdpgeneric", "obj", program, "sec", "xdp"])


def spend_all(one: Member, key: Key) -> None:
    """A pass comes with money for the fees."""
    ledger = one.net.node.ledger
    blockhash = from_base58(ledger.rpc.call("getLatestBlockhash", {"commitment": "confirmed"})["value"]["blockhash"])
    transfer = struct.pack("<IQ", SYSTEM_TRANSFER, ledger.balance(key) - FEE)
    body = message(key.public, SYSTEM_PROGRAM, [key.public, one.net.node.foundation.public], transfer, blockhash)
    wire = compact(1) + ed25519.sign(key.seed, body) + body
    ledger.wait(ledger.rpc.call("sendTransaction", base64.b64encode(wire).decode(), {"encoding": "base64", "skipPreflight": True}))


def other_ledger(one: Member) -> None:
    config = one.home / "config.yml"
    config.write_text(config.read_text().replace(one.net.node.url, "http://10.255.0.1:1"))


def replace_daemon(one: Member, *flags: str, wrap: list[str] | None = None) -> None:
    one.client.daemon.stop()
    one.client.start_daemon(*flags, wrap=wrap)


@scenario(needs="gre", programs=Network.PROGRAMS, limit=300)
def doctor(lab):
    """Each fault shows as one red check, and the printed remedy cures it."""
    one = Member(lab)
    one.breaks("daemon", lambda: (one.client.daemon.signal(signal.SIGKILL), one.client.daemon.wait()))
    one.breaks("enabled", lambda: one.client.doublezero("disable"))
    one.breaks("privileges", lambda: replace_daemon(one, wrap=["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"]))
    one.breaks("ledger", lambda: other_ledger(one))
    one.breaks("account", lambda: one.client.doublezero("disconnect"))
    one.breaks("mtu", lambda: narrow_path(one))
    one.breaks("routes", lambda: one.host.ip(f"route replace {ANNOUNCED}/32 via {one.net.device.host.underlay} dev eth1"))
    one.breaks("networkd", lambda: networkd(one))
    one.breaks("xdp", lambda: xdp(one), verdict="warning")


@scenario(needs="netns", programs=(Node.PROGRAM, *Client.PROGRAMS), limit=120)
def doctor_firewall(lab):
    """Rules that drop what a tunnel needs are named, with the rule that lets it through.

    Without a tunnel: the guest's kernel has no tables of nft for IPv4.
    """
    client = Client(lab, Node(lab))
    client.start_daemon()
    one = Patient(lab, client)
    before = one.red()
    assert "firewall" not in before, before
    one.shell("nft 'add table inet strict; add chain inet strict in { type filter hook input priority 0; }; "
              "add rule inet strict in meta l4proto gre drop'")
    found = one.findings()["firewall"]
    assert one.red() == before | {"firewall": "bad"} and "protocol 47" in found["text"], found
    one.shell(found["remedy"])
    assert one.red() == before, one.red()
    one.shell("nft 'add chain inet strict out { type filter hook output priority 0; policy drop; }; "
              "add rule inet strict out oifname \"eth0\" accept'")
    assert one.red() == before | {"firewall": "bad"}, one.red()
    one.shell(one.findings()["firewall"]["remedy"])
    assert one.red() == before, one.red()


@scenario(needs="gre", programs=Network.PROGRAMS, limit=180)
def doctor_money_and_pass(lab):
    """Another key without money, and one without a pass: what only others can cure is printed as their command."""
    one = Member(lab)
    poor = one.home / "poor.json"
    key = Key.new()
    key.save(poor)
    foundation = one.net.node.keys / "foundation.json"
    one.net.node.ledger.set_access_pass(one.net.node.foundation, key.public, one.host.underlay)
    one.breaks("balance", lambda: spend_all(one, key), key=poor)
    rich = one.home / "rich.json"
    other = Key.new()
    other.save(rich)
    one.net.node.ledger.airdrop(other)
    remedy = one.wait_red("access-pass", key=rich)
    assert to_base58(other.public) in remedy, remedy
    one.shell(remedy, key=foundation)
    one.wait_well("with the pass", key=rich)


@scenario(needs="gre", programs=Network.PROGRAMS, limit=180)
def doctor_bundle(lab):
    """The archive for who helps holds everything and no secret."""
    one = Member(lab)
    config = one.home / "config.yml"
    config.write_text(config.read_text().replace("keypair_path", "# https://user:s3cret@rpc.example/k3y\nkeypair_path"))
    archive = one.home / "help.tar.gz"
    one.shell(f"doublezero bundle --output {archive}")
    assert archive.stat().st_mode & 0o777 == 0o600
    listed = run(["tar", "--extract", "--to-stdout", "--gzip", "--file", archive]).stdout
    for expected in (DEVICE_CODE, TUNNEL, ANNOUNCED, "https://(hidden)@rpc.example/(hidden)"):
        assert expected in listed, f"{expected} is not in the bundle"
    secret = json.loads((one.home / "id.json").read_text())
    for hidden in ("s3cret", "k3y", ",".join(map(str, secret[:8])), ", ".join(map(str, secret[:8]))):
        assert hidden not in listed, f"{hidden} is in the bundle"
