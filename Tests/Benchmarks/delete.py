#!/usr/bin/env python3
"""How long a delete takes until its answer is there, beside the time a nats-server itself takes from a push of claims to closing the
connection. In one run, taking turns, on loopback; figures are medians.

    Tests/run --benchmark

It drives the program, and speaks to the server, by what the tests have for that.
"""

import contextlib
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "ProcessTests" / "support"))

from nats_server import Port  # noqa: E402
from revoking import DELETE, Home, create, is_cut_off, log_in, payload, public_key, signed, user_creds  # noqa: E402

ROUNDS = 100


def main():
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder, Port() as port:
        home = Home(Path(folder), port)
        with home.bridge() as bridge:
            bridges, ours = (bridge.result("accounts.create", {"name": name})["id"] for name in ("the bridge's", "changed by hand"))
            with home.server, contextlib.closing(system_connection(home)) as system:
                figures = [(*bridge_deletes(home, bridge, bridges), server_closes(home, bridge, ours, system)) for _ in range(ROUNDS)]
    answered, cut_off, closed = (median(column) * 1e3 for column in zip(*figures))
    print(f"credentials.delete, until its answer is read       {answered:7.2f} ms")
    print(f"credentials.delete, until the connection is closed {cut_off:7.2f} ms")
    print(f"nats-server, from new claims until it is closed    {closed:7.2f} ms")
    print(f"the whole delete beside the server's own part      {answered / closed:7.2f}")


def bridge_deletes(home, bridge, account):
    """Seconds until the answer is read, and until a connection has ended."""
    identity, creds = create(bridge, nats_account_id=account)
    connection = log_in(home.port, creds)
    begun = time.perf_counter()
    bridge.send({"jsonrpc": "2.0", "id": 1, "method": DELETE, "params": {"nats_credentials_id": identity}})
    is_cut_off(connection)
    closed = time.perf_counter() - begun
    answer = bridge.message()
    answered = time.perf_counter() - begun
    if "result" not in answer:
        sys.exit("a delete failed: its figure would mean nothing")
    return answered, closed


def server_closes(home, bridge, account, system):
    """Seconds from sending claims that revoke a user until its connection has ended."""
    _, creds = create(bridge, nats_account_id=account)
    connection = log_in(home.port, creds)
    claims = home.server_claims(account)
    user = payload(creds.splitlines()[1])
    claims["iat"] += 1
    claims["nats"].setdefault("revocations", {})[user["sub"]] = user["iat"]
    ((operator_signer,),) = home.rows("SELECT operator_signing_seed FROM state")
    token = signed(claims, operator_signer)
    begun = time.perf_counter()
    system.sendall(f"PUB $SYS.REQ.CLAIMS.UPDATE {len(token)}\r\n{token}\r\n".encode())
    is_cut_off(connection)
    return time.perf_counter() - begun


def system_connection(home):
    ((identity, signer),) = home.rows("SELECT system_seed, system_signing_seed FROM state")
    return log_in(home.port, user_creds(public_key(identity), signer, pub={"allow": ["$SYS.REQ.CLAIMS.UPDATE"]}))


if __name__ == "__main__":
    main()
