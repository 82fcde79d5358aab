#!/usr/bin/env python3
"""How long a delete takes until its answer is there, beside the time a nats-server itself takes from a push of claims to closing the
connection. In one run, taking turns, on loopback; figures are medians. And how many are deleted in a second that are written at once; with
$BEFORE, beside an older build.

    Tests/run --benchmark

It drives the program, and speaks to the server, by what the tests have for that.
"""

import contextlib
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "ProcessTests" / "support"))

from benchmark import BEFORE, PROGRAM, call, request, require  # noqa: E402
from bridge import clean_environment  # noqa: E402
from child import Child  # noqa: E402
from nats_server import Port  # noqa: E402
from report import HEADER, print_row, report, save  # noqa: E402
from revoking import Home, is_cut_off, log_in, payload, public_key, signed, user_creds  # noqa: E402

ROUNDS, AT_ONCE = 100, 500
# Beside the server's own part, in milliseconds; and how many times as fast as the build before those are that are written at once.
OURS, FASTER = 4, 20
CREATE, DELETE = "credentials.create", "credentials.delete"


def main():
    print_row(*HEADER)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        one_by_one(Path(folder) / "one")
        rates = [at_once(Path(folder) / name, program) for name, program in (("now", PROGRAM), ("before", BEFORE)) if program]
    least = FASTER * rates[1] if BEFORE else None
    report(f"{DELETE}, {AT_ONCE} written at once, with a server: a second", *rates, least=least)
    save("delete")


@contextlib.contextmanager
def served(folder, program=PROGRAM):
    """A home, a bridge there, and its nats-server."""
    folder.mkdir()
    with Port() as port:
        home = Home(folder, port)
        with Child([program, *home.arguments], clean_environment(folder)) as bridge:
            call(bridge, "credentials.list")
            with home.server:
                yield home, bridge


def one_by_one(folder):
    with served(folder) as (home, bridge), contextlib.closing(system_connection(home)) as system:
        bridges, ours = (call(bridge, "accounts.create", name=name)["id"] for name in ("the bridge's", "changed by hand"))
        figures = [(*bridge_deletes(home, bridge, bridges), server_closes(home, bridge, ours, system)) for _ in range(ROUNDS)]
    answered, cut_off, closed = (median(column) * 1e3 for column in zip(*figures))
    report(f"{DELETE}, until its answer is read, beside the server's own part", answered, closed, "ms", target=closed + OURS)
    report(f"{DELETE}, until the connection is closed", cut_off, closed, "ms")


def at_once(folder, program):
    """How many go in a second, of so many that are written in one piece."""
    with served(folder, program) as (_, bridge):
        ids = [call(bridge, CREATE, name="one of many")["id"] for _ in range(AT_ONCE)]
        lines = b"".join(request(DELETE, number, region="local", nats_credentials_id=identity) for number, identity in enumerate(ids))
        with ThreadPoolExecutor(1) as pool:
            begun = time.perf_counter()
            writing = pool.submit(write_whole, bridge.input, lines)
            for _ in ids:
                require(b'"result":' in bridge.line())
            taken = time.perf_counter() - begun
            writing.result()
    return AT_ONCE / taken


def write_whole(descriptor, data):
    while data:
        data = data[os.write(descriptor, data) :]


def create(bridge, account):
    row = call(bridge, CREATE, name="app", nats_account_id=account)
    return row["id"], row["credentials"]["content"]


def bridge_deletes(home, bridge, account):
    """Seconds until the answer is read, and until a connection has ended."""
    identity, creds = create(bridge, account)
    connection = log_in(home.port, creds)
    asked = request(DELETE, region="local", nats_credentials_id=identity)
    with ThreadPoolExecutor(1) as pool:
        begun = time.perf_counter()
        cut_off = pool.submit(lambda: (is_cut_off(connection), time.perf_counter())[1])
        os.write(bridge.input, asked)
        answer = bridge.line()
        answered = time.perf_counter() - begun
        closed = cut_off.result() - begun
    require(b'"result":' in answer)
    return answered, closed


def server_closes(home, bridge, account, system):
    """Seconds from sending claims that revoke a user until its connection has ended."""
    _, creds = create(bridge, account)
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
