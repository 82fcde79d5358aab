"""What tests of deletions share: a bridge's home with its real nats-server, logins that hold a connection, tokens signed by hand."""

import contextlib
import json
import os
import socket
import sqlite3
import time

import nkeys

from base64url import decoded, encoded
from bridge import LIMIT, Bridge
from nats_server import NATS_SERVER, NATSServer, Port
from process_tools import gather_store, state_folder

CREATE, DELETE = "credentials.create", "credentials.delete"


class Home:
    """A home folder with the bridge's state in it, and the nats-server of its generated configuration."""

    def __init__(self, folder, port, program=NATS_SERVER):
        self.folder, self.port = folder, port
        self.state = state_folder(folder)
        self.server = NATSServer(self.state / "nats-server.conf", port, program)
        self.arguments = ["--region", "local", "--nats-url", port.url]

    def bridge(self, **more):
        return Bridge(self.folder, *self.arguments, **more)

    def store(self):
        return contextlib.closing(sqlite3.connect(self.state / "store.db", timeout=LIMIT, isolation_level=None))

    def rows(self, sql, *values):
        with self.store() as store:
            return store.execute(sql, values).fetchall()

    def seeds(self):
        """Every secret of the store."""
        of_state = "SELECT operator_seed, operator_signing_seed, system_seed, system_signing_seed FROM state"
        rows = [self.rows(sql) for sql in (of_state, "SELECT seed FROM accounts", "SELECT seed FROM signing_keys WHERE seed <> ''")]
        return [seed for table in rows for row in table for seed in row]

    def file_claims(self, account):
        return payload((self.state / "resolver" / f"{account}.jwt").read_text())

    def server_claims(self, account):
        """What the running server has."""
        return payload(self.ask(f"$SYS.REQ.ACCOUNT.{account}.CLAIMS.LOOKUP"))

    def push(self, token):
        return json.loads(self.ask("$SYS.REQ.CLAIMS.UPDATE", token))["data"]["code"]

    def ask(self, subject, body=""):
        """One request of a user of the system account, and its answer."""
        ((identity, signer),) = self.rows("SELECT system_seed, system_signing_seed FROM state")
        permissions = {"pub": {"allow": [subject]}, "sub": {"allow": ["_INBOX.>"]}}
        # Whoever answers the request before, too, and is late, answers nobody.
        inbox = f"_INBOX.{os.urandom(8).hex()}"
        with contextlib.closing(log_in(self.port, user_creds(public_key(identity), signer, **permissions))) as connection:
            assert connection is not None, "the server is not ours"
            connection.sendall(f"SUB {inbox} 1\r\nPUB {subject} {inbox} {len(body)}\r\n{body}\r\n".encode())
            with connection.makefile("rb") as lines:
                while not (line := lines.readline()).startswith((b"MSG", b"HMSG", b"-ERR")):
                    assert line, "the server ended the connection"
                assert line.startswith(b"MSG"), line
                return lines.read(int(line.split()[-1])).decode()

    def is_accepted(self, creds):
        return accepts(self.port, creds)

    def user_key(self, id):
        ((key,),) = self.rows("SELECT user_key FROM credentials WHERE id = ?", id)
        return key

    def heals(self):
        """Waits until nothing is pending, with a bridge that serves and is asked nothing."""
        eventually(lambda: self.rows("SELECT count(*) FROM pending_pushes") == [(0,)], "a push stays pending", limit=8)


def eventually(condition, otherwise, limit=LIMIT):
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.01)


@contextlib.contextmanager
def served_home(folder):
    """A home with one account and a credential in it, `keeper` its secret, whose claims a server that runs has."""
    with Port() as port:
        place = Home(folder, port)
        with place.bridge() as bridge:
            place.keeper = create(bridge, "keeper")[1]
            place.account = bridge.result("accounts.list")["nats_accounts"][0]["id"]
        with place.server:
            yield place


def create(bridge, name="app", **params):
    """The id and the .creds text of a new credential."""
    row = bridge.result(CREATE, {"name": name, **params})
    return row["id"], row["credentials"]["content"]


def account_of(here):
    ((account,),) = here.rows("SELECT id FROM accounts")
    return account


def revocations(claims):
    return claims["nats"].get("revocations", {})


def make(here, *names):
    """Credentials made by a bridge that ended well: ids and .creds texts by name."""
    with here.bridge() as bridge:
        found = {name: create(bridge, name) for name in names}
        assert bridge.end()[0] == 0
    gather_store(here.state)
    return found


def delete(here, id):
    """By a process of its own."""
    with here.bridge() as bridge:
        assert bridge.result(DELETE, {"nats_credentials_id": id})["deleted"]
        assert bridge.end()[0] == 0


def listed(bridge):
    """All rows by id; each once."""
    stream = bridge.call("credentials.stream")["result"]
    rows = {row["id"]: row for part in bridge.parts for row in part["nats_credentials"]}
    assert len(rows) == stream["items"] == stream["total_count"]
    return rows


def log_in(port, creds):
    """A connection that logged in with a .creds text; None if it was refused."""
    lines = creds.splitlines()
    connection = socket.create_connection(("127.0.0.1", port.number), LIMIT)
    with connection.makefile("rb") as incoming:
        info = json.loads(incoming.readline().removeprefix(b"INFO "))
        signature = nkeys.from_seed(bytearray(lines[9].encode())).sign(info["nonce"].encode())
        hello = {"verbose": False, "pedantic": False, "headers": True, "no_responders": True, "jwt": lines[1], "sig": encoded(signature)}
        connection.sendall(b"CONNECT " + json.dumps(hello).encode() + b"\r\nPING\r\n")
        while line := incoming.readline():
            if line.startswith(b"PONG"):
                return connection
            if line.startswith(b"-ERR"):
                # A closed account takes no connection; which of the two a server says depends on what it looks at first.
                assert b"Authorization Violation" in line or b"maximum account active connections" in line, line
                break
    connection.close()
    return None


def accepts(port, creds):
    connection = log_in(port, creds)
    if connection:
        connection.close()
    return connection is not None


def is_cut_off(connection):
    """Reads to the end of a connection, which must come."""
    with connection, contextlib.suppress(ConnectionResetError):
        while connection.recv(4096):
            pass
    return True


def payload(token):
    return json.loads(decoded(token.split(".")[1]))


def public_key(seed):
    return nkeys.from_seed(bytearray(seed.encode())).public_key.decode()


def signed(claims, seed):
    """A token with these claims, in the compact form that Go's library writes. Two of one second must differ in `jti`."""
    claims = {**claims, "jti": encoded(os.urandom(32)), "iss": public_key(seed)}
    text = ".".join(encoded(json.dumps(part, separators=(",", ":")).encode()) for part in ({"typ": "JWT", "alg": "ed25519-nkey"}, claims))
    return text + "." + encoded(nkeys.from_seed(bytearray(seed.encode())).sign(text.encode()))


def user_creds(account, signer, issued_at=None, seed=None, **claims):
    """A .creds text made by hand, in the lines that `log_in` reads."""
    seed = seed or new_seed(nkeys.PREFIX_BYTE_USER)
    token = signed({
        "iat": int(time.time()) if issued_at is None else issued_at, "name": "by hand", "sub": public_key(seed),
        "nats": {"subs": -1, "data": -1, "payload": -1, "issuer_account": account, "type": "user", "version": 2, **claims},
    }, signer)  # fmt: skip
    return "\n".join(["", token, *[""] * 7, seed])


def new_seed(prefix):
    return nkeys.encode_seed(os.urandom(32), prefix).decode()
