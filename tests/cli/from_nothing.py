#!/usr/bin/env python3
"""Builds a network on a running doublezero-devnet with the command line alone, as an operator would.

    tests/cli/from_nothing.py DOUBLEZERO DOUBLEZERO_DEVNET
"""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.request


class Failed(Exception):
    pass


class Operator:
    """Types commands that must succeed against one ledger."""

    def __init__(self, program: str, home: pathlib.Path, url: str):
        self.program = program
        self.url = url
        self.key = home / "id.json"
        self.environment = {**os.environ, "HOME": str(home), "NO_COLOR": "1"}
        self.environment.pop("DOUBLEZERO_KEYPAIR", None)

    def run(self, *words: str, succeeds: bool = True, url: str | None = None) -> subprocess.CompletedProcess:
        options = ["--env", "local", "--url", url or self.url, "--keypair", str(self.key), "--no-progress"]
        done = subprocess.run([self.program, *words, *options], env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)
        if (done.returncode == 0) != succeeds:
            raise Failed(f"doublezero {' '.join(words)}: status {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def __call__(self, line: str) -> str:
        return self.run(*line.split()).stdout

    def read(self, line: str):
        return json.loads(self.run(*line.split(), "--json").stdout)


@contextlib.contextmanager
def node(program: str, directory: pathlib.Path):
    """A ledger without a network. Gives its URL."""
    command = [program, "--rpc-bind", "127.0.0.1:0", "--ledger", str(directory / "ledger"), "--slot-ms", "50"]
    with (directory / "node.log").open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            line = process.stdout.readline()
            if not line:
                raise Failed((directory / "node.log").read_text())
            yield json.loads(line)["rpc"]
        finally:
            process.terminate()
            process.wait()


def airdrop(url: str, key: str):
    body = {"jsonrpc": "2.0", "id": 1, "method": "requestAirdrop", "params": [key, 100_000_000_000]}
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        if "result" not in json.load(answer):
            raise Failed("no airdrop")


def expect(what: str, found, wanted):
    if found != wanted:
        raise Failed(f"{what}: {found!r} instead of {wanted!r}")


def build(dz: Operator):
    refused = dz.run("location", "list", "--json", url="http://127.0.0.1:1", succeeds=False)
    expect("an unreachable ledger", json.loads(refused.stderr)["error"]["code"], "Unavailable")
    dz("init")
    dz("global-config set --local-asn 65000 --remote-asn 65342 --device-tunnel-block 172.16.0.0/16 "
       "--user-tunnel-block 169.254.0.0/16 --multicastgroup-block 233.84.178.0/24")
    dz("location create --code ewr --name Newark --country US --lat 40.78 --lng -74.07")
    dz("exchange create --code xewr --name Newark --lat 40.78 --lng -74.07")
    dz("contributor create --code co01 --owner me")
    dz("device create --code ny5-dz01 --contributor co01 --location ewr --exchange xewr --public-ip 9.128.0.8 "
       "--dz-prefixes 9.128.0.136/29 --metrics-publisher me")
    dz("device interface create ny5-dz01 Ethernet1 --bandwidth 10gbps --wait")
    dz("device update --pubkey ny5-dz01 --max-users 2")
    dz("access-pass set --user-payer me --client-ip 9.128.0.100")


def use(dz: Operator):
    dz("user create --device ny5-dz01 --client-ip 9.128.0.100 --wait")
    expect("the user", dz.read("user list")[0]["status"], "Activated")
    user = dz.read("user list")[0]["account"]
    # A history is of what is final, which takes some slots more.
    while not (shown := dz.read(f"account --pubkey {user} --logs"))["transactions"]:
        pass
    expect("the kind of the user's account", shown["account_type"], "User")
    expect("its address", shown["account"]["client_ip"], "9.128.0.100")
    expect("its transactions", [step["succeeded"] for step in shown["transactions"]], [True])
    expect("their logs", dz.read(f"log --pubkey {user}")[0]["log"], shown["transactions"][0]["log"])
    expect("what allocators and accounts disagree about", dz.read("resource verify"), [])
    dz("reservation reserve --device ny5-dz01 --client-ip 9.128.0.101")
    expect("the seat", dz.read("device get --code ny5-dz01")["reserved_seats"], 1)
    full = dz.run(*"reservation reserve --device ny5-dz01 --client-ip 9.128.0.102 --json".split(), succeeds=False)
    expect("a third seat of two", json.loads(full.stderr)["error"]["code"], "Rejected")
    dz("reservation close --device ny5-dz01 --client-ip 9.128.0.101")
    dz("user delete --pubkey " + dz.read("user list")[0]["account"])
    expect("users at the end", dz.read("user list"), [])


def main() -> int:
    doublezero, devnet = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as name:
        home = pathlib.Path(name)
        try:
            with node(devnet, home) as url:
                dz = Operator(doublezero, home, url)
                dz.run("keygen", "--outfile", str(dz.key))
                airdrop(url, dz("address").strip())
                build(dz)
                use(dz)
        except Failed as failure:
            print(failure)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
