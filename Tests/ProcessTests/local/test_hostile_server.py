"""A hostile or broken nats-server cannot hang, kill or bloat the bridge, learns no secret, and is never believed: a deletion that it did
not honestly take is `revocation_pending`, with the right reason, within its time; and the next line is served.

All misdeeds run beside each other, before the first test; that takes about twenty seconds, nearly all of it waiting."""

import concurrent.futures
import contextlib
import json
import re
import shutil
import threading
import time

import pytest

import hostile_server
from bridge import Bridge
from hostile_server import SERVER, HostileServer
from nats_server import Port
from process_tools import process_status, run
from revoking import DELETE, Home, create, payload, public_key, signed

# Four conversations of 2 s each at most, and a slow machine.
MOST_SECONDS = 18
MOST_KILOBYTES = 200_000
AT_ONCE = 8
# Bytes 0 to 31 as an operator's seed, and the account of 32 zero bytes: nobody's.
STRANGER = "SOAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4H2AJA"
STRANGERS_ACCOUNT = "AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C"


def sends(data, then="silence"):
    def misdeed(peer):
        peer.send(data)
        if then == "silence":
            peer.silence()

    return misdeed


def says_of_itself(**info):
    return lambda peer: peer.serve(info)


def refuses(data):
    """Something else than PONG."""

    def misdeed(peer):
        peer.info()
        while peer.line() != "PING":
            pass
        peer.send(data)

    return misdeed


def answers(**kinds):
    return lambda peer: peer.serve(**kinds)


def answers_raw(kind, text):
    """`text` instead of an answer; INBOX stands for the client's."""
    return answers(**{kind: lambda peer, inbox, _: peer.send(text.replace("INBOX", inbox))})


def never_sends_pong(peer):
    peer.info()
    peer.silence()


def drips(peer):
    """A byte in 50 ms is more often than any wait of the client's."""
    for byte in b"INFO " + json.dumps(hostile_server.INFO).encode():
        peer.send(bytes([byte]))
        peer.server.ending.wait(0.05)


def drips_an_answer(peer, inbox, _):
    for byte in f"MSG {inbox} 1 100000\r\n".encode() + b"x" * 100_000:
        peer.send(bytes([byte]))
        peer.server.ending.wait(0.05)


def floods(data):
    """For as long as the client takes it, without a gap in which it could look at the clock; what it says is taken, too."""
    much = data * (1 + (256 << 10) // len(data))

    def flood(peer, *_):
        threading.Thread(target=take_all, args=(peer.socket,), daemon=True).start()
        while True:
            peer.send(much)

    return flood


def take_all(connection):
    with contextlib.suppress(OSError):
        while connection.recv(1 << 20):
            pass


def floods_answers(size):
    return lambda peer, inbox, _: floods(f"MSG {inbox} 1 {size}\r\n".encode() + b"x" * size + b"\r\n")(peer)


def counts_servers(count):
    return lambda peer, inbox, _: hostile_server.ping(peer, inbox, _, servers=count)


def floods_before_pong(data):
    def misdeed(peer):
        peer.info()
        while peer.line() != "PING":
            pass
        floods(data)(peer)

    return misdeed


def many_pings(peer):
    peer.info()
    while peer.line() != "PING":
        pass
    threading.Thread(target=peer.send, args=("PING\r\n" * 100_000 + "PONG\r\n",), daemon=True).start()
    for _ in range(100_000):
        assert peer.line() == "PONG"
    peer.log_in = lambda **_: None
    peer.serve()


def answers_another_inbox(kind):
    return lambda peer, inbox, payload: hostile_server.HONEST[kind](peer, "_INBOX.somebody-else", payload)


def answers_with_another_sid(kind):
    def answer(peer, inbox, payload):
        sent, peer.send = peer.send, lambda data: sent((data if isinstance(data, bytes) else data.encode()).replace(b" 1 ", b" 99 ", 1))
        hostile_server.HONEST[kind](peer, inbox, payload)
        peer.send = sent

    return answer


def forgets_what_it_takes(peer, inbox, payload):
    claims = peer.server.claims
    hostile_server.update(peer, inbox, payload)
    peer.server.claims = claims


def says_500(peer, inbox, _):
    peer.message(inbox, {"server": SERVER, "error": {"account": "n/a", "code": 500, "description": "no \u001b[2J\nroom " + "x" * 100_000}})


def says_nothing(*_):
    pass


def refuses_the_probe(peer):
    """The second login of a push is one of the account's own users."""
    if peer.number % 2:
        refuses("-ERR 'Authorization Violation'\r\n")(peer)
    else:
        peer.serve()


def has_claims_of_a_stranger(peer, inbox, _):
    """Newer, of the right account, and signed by another operator."""
    home = peer.server.home
    peer.message(inbox, newer_claims(home, peer.server, STRANGER).encode())


def has_newer_claims_each_time(peer, inbox, _):
    home = peer.server.home
    ((seed,),) = home.rows("SELECT operator_signing_seed FROM state")
    peer.message(inbox, newer_claims(home, peer.server, seed).encode())


def newer_claims(home, server, seed):
    server.looked_up = getattr(server, "looked_up", 0) + 1
    ((account, issued_at),) = home.rows("SELECT id, claims_iat FROM accounts")
    claims = home.file_claims(account)
    return signed({**claims, "iat": issued_at + 1000 * server.looked_up}, seed)


def has_claims_of_another_account(peer, inbox, _):
    other = payload_changed(peer, sub=STRANGERS_ACCOUNT)
    peer.message(inbox, other.encode())


def payload_changed(peer, **changes):
    home = peer.server.home
    ((seed, account, issued_at),) = home.rows("SELECT operator_signing_seed, id, claims_iat FROM state, accounts")
    return signed({**home.file_claims(account), "iat": issued_at + 1000, **changes}, seed)


def with_version(version, **kinds):
    """An honest server of a version that can find connections by their user, which older ones cannot."""
    server = {**SERVER, "ver": version}
    return answers(ping=lambda peer, inbox, _: peer.message(inbox, {"server": server, "statsz": {"active_servers": 1}}), **kinds)


def still_has_a_connection(peer, inbox, _):
    peer.message(inbox, {"server": {**SERVER, "ver": "2.15.1"}, "data": {"num_connections": 1}})


def goes_by_older_claims(peer, inbox, _):
    peer.message(inbox, {"server": SERVER, "data": {"account_name": "A", "jwt": "older.claims.signature"}})


# What it does; the reason the deletion gives, or None where the server does what it should after all.
MISDEEDS = {
    "none, which shows that the others are misdeeds": (answers(), None),
    "says nothing": (lambda peer: peer.silence(), "silent"),
    "half a line": (sends('INFO {"server_id":"N'), "silent"),
    "closes at once": (sends(b"", then="close"), "silent"),
    "INFO without an end": (sends(b'INFO {"a":"' + b"x" * 10_000_000), "bad_protocol"),
    "INFO of 10 MB": (sends(b'INFO {"a":"' + b"x" * 10_000_000 + b'"}\r\n'), "bad_protocol"),
    "binary garbage": (sends(bytes(range(256)) * 4096), "bad_protocol"),
    "no line end": (sends(b"\xff" * 100_000), "bad_protocol"),
    "another protocol": (sends("HTTP/1.1 400 Bad Request\r\n\r\n"), "bad_protocol"),
    "INFO that is no JSON": (sends("INFO {server_id:N}\r\n"), "bad_protocol"),
    "INFO that is an array": (sends("INFO [1]\r\n"), "bad_protocol"),
    "INFO that is deep": (sends("INFO " + "[" * 30_000 + "\r\n"), "bad_protocol"),
    "wants TLS": (says_of_itself(tls_required=True), "tls"),
    "no nonce": (says_of_itself(nonce=None), "not_ours"),
    "empty nonce": (says_of_itself(nonce=""), "not_ours"),
    "huge nonce": (says_of_itself(nonce="n" * 60_000), "not_ours"),
    "nonce that is a token to sign": (says_of_itself(nonce="eyJ0eXAiOiJKV1QifQ.eyJzdWIiOiJVIn0"), "not_ours"),
    "nonce that is a number": (says_of_itself(nonce=12345678901), "not_ours"),
    "asks for no login": (says_of_itself(auth_required=False), "not_ours"),
    "takes nothing": (says_of_itself(max_payload=10), "rejected"),
    "takes less than nothing": (says_of_itself(max_payload=-1), "rejected"),
    "drips INFO": (drips, "silent"),
    "never sends PONG": (never_sends_pong, "silent"),
    "closes instead of PONG": (refuses(b""), "silent"),
    "authorization violation": (refuses("-ERR 'Authorization Violation'\r\n"), "not_ours"),
    "authentication timeout": (refuses("-ERR 'Authentication Timeout'\r\n"), "not_ours"),
    "account expired": (refuses("-ERR 'Account Authentication Expired'\r\n"), "not_ours"),
    "too many connections": (refuses("-ERR 'maximum connections exceeded'\r\n"), "rejected"),
    "-ERR alone": (refuses("-ERR\r\n"), "rejected"),
    "-ERR of control characters": (refuses(b"-ERR '\x1b[2J\x00\xff\xfe\r" + b"y" * 60_000 + b"'\r\n"), "rejected"),
    "another word instead of PONG": (refuses("PANG\r\n"), "bad_protocol"),
    "PONG without an end": (refuses(b"PONG" * 100_000), "bad_protocol"),
    "100,000 pings": (many_pings, (None, "silent")),
    "pings for ever": (floods_before_pong(b"PING\r\n"), "silent"),
    "+OK for ever": (floods_before_pong(b"+OK\r\n"), "silent"),
    "INFO for ever": (floods_before_pong(b"INFO {}\r\n"), "silent"),
    "messages instead of PONG": (floods_before_pong(b"MSG a 1 1\r\nx\r\n"), "silent"),
    "another's messages for ever": (answers(ping=floods(b"MSG a 1 1\r\nx\r\n")), "silent"),
    "empty answers for ever": (answers(update=floods_answers(0)), "silent"),
    "answers of 2 MiB for ever": (answers(update=floods_answers(2 << 20)), "silent"),
    "another inbox": (answers(**{kind: answers_another_inbox(kind) for kind in hostile_server.HONEST}), "silent"),
    "another inbox for the update": (answers(update=answers_another_inbox("update")), "silent"),
    "nothing at all after the login": (answers(**{kind: says_nothing for kind in hostile_server.HONEST}), "silent"),
    "no answer to the update": (answers(update=says_nothing), "silent"),
    "negative size": (answers_raw("ping", "MSG INBOX 1 -1\r\n\r\n"), "bad_protocol"),
    "huge size": (answers_raw("ping", "MSG INBOX 1 2147483648\r\n"), "bad_protocol"),
    "a size over every number": (answers_raw("ping", "MSG INBOX 1 99999999999999999999999\r\n"), "bad_protocol"),
    "a size that is no number": (answers_raw("ping", "MSG INBOX 1 0x10\r\n"), "bad_protocol"),
    "no size": (answers_raw("ping", "MSG INBOX 1\r\n"), "bad_protocol"),
    "MSG alone": (answers_raw("ping", "MSG\r\n"), "bad_protocol"),
    "longer than its size": (answers_raw("ping", "MSG INBOX 1 3\r\nabcdefgh\r\n"), "bad_protocol"),
    "HMSG without sizes": (answers_raw("ping", "HMSG INBOX 1\r\n"), "bad_protocol"),
    "HMSG with more headers than bytes": (answers_raw("ping", "HMSG INBOX 1 20 10\r\n" + "x" * 20 + "\r\n"), "bad_protocol"),
    "HMSG with negative headers": (answers_raw("ping", "HMSG INBOX 1 -5 10\r\n" + "x" * 10 + "\r\n"), "bad_protocol"),
    "HMSG of garbage": (answers_raw("ping", "HMSG INBOX 1 10 10\r\n\0\1\2\3\4\5\6\7\x7f\x7f\r\n"), "silent"),
    "nobody listens": (answers_raw("update", "HMSG INBOX 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n"), "rejected"),
    "half an answer": (answers_raw("update", "MSG INBOX 1 1000\r\nhalf"), "silent"),
    "drips an answer": (answers(update=drips_an_answer), "silent"),
    "closes in the middle": (answers(update=lambda peer, *_: peer.close()), "silent"),
    "an error in the middle": (answers_raw("update", "-ERR 'Permissions Violation for Publish to \"x\"'\r\n"), "rejected"),
    "answers that are no JSON": (answers_raw("ping", "MSG INBOX 1 2\r\n{{\r\n"), "silent"),
    "answers of no server": (answers_raw("ping", 'MSG INBOX 1 14\r\n{"server":[1]}\r\n'), "silent"),
    "refuses the claims": (answers(update=says_500), "rejected"),
    "more servers than answer": (answers(ping=counts_servers(3)), "silent"),
    "more servers than there can be": (answers(ping=counts_servers(2**63 - 1)), "silent"),
    "takes the claims and forgets them": (answers(update=forgets_what_it_takes), "rejected"),
    "claims of another account": (answers(lookup=has_claims_of_another_account), "rejected"),
    "newer claims of a stranger": (answers(lookup=has_claims_of_a_stranger), "rejected"),
    "newer claims each time": (answers(lookup=has_newer_claims_each_time), "rejected"),
    "goes by older claims for ever": (answers(info=goes_by_older_claims), "rejected"),
    "does not say what it goes by": (answers(info=says_nothing), None),
    "lets nobody of the account in": (refuses_the_probe, "not_trusted"),
    "keeps a connection": (with_version("2.15.1", connz=still_has_a_connection), "still_connected"),
    "does not say who is connected": (with_version("2.15.1", connz=says_nothing), "silent"),
    "a version that is none": (with_version("\u0000" * 5_000 + "999999999999999999999.-1"), None),
    "another subscription": (answers(**{kind: answers_with_another_sid(kind) for kind in hostile_server.HONEST}), (None, "silent")),
}  # fmt: skip


class Outcome:
    """What one misdeed led to."""

    def __init__(self, template, folder, misdeed):
        shutil.copytree(template, folder)
        with Port() as port:
            self.home = Home(folder, port)
            self.id = self.home.rows("SELECT id FROM credentials WHERE name = 'victim'")[0][0]
            with HostileServer(port, misdeed) as server, self.home.bridge() as bridge:
                server.home = self.home
                self.ask(bridge)
                self.heard, self.connections = server.heard, len(server.peers)
            self.secrets = self.home.seeds()
            self.heal()

    def ask(self, bridge):
        begun = time.monotonic()
        self.answer = bridge.call(DELETE, {"nats_credentials_id": self.id})
        self.seconds = time.monotonic() - begun
        self.ping = bridge.result("bridge.ping")
        self.rows = bridge.result("credentials.list")["nats_credentials"]
        self.kilobytes = max(int(peak.split()[0]) for peak in process_status(bridge.process.pid, "VmHWM").values())
        self.status, _, self.errors = bridge.end()

    def heal(self):
        """With the liar gone nobody listens, and a server that is started reads the claims. One that took some is to be forgotten."""
        run(self.home.folder, "doctor", "--forget-server", "the liar", *self.home.arguments)
        with self.home.bridge() as bridge:
            self.home.heals()
            self.rows_at_last = bridge.result("credentials.list")["nats_credentials"]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("homes")
    template = folder / "template"
    template.mkdir()
    with Port() as port, Bridge(template, "--region", "local", "--nats-url", port.url) as bridge:
        create(bridge, "keeper")
        create(bridge, "victim")
        bridge.end()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        numbered = enumerate(MISDEEDS.items())
        return {name: pool.submit(Outcome, template, folder / str(number), misdeed) for number, (name, (misdeed, _)) in numbered}


@pytest.fixture(params=MISDEEDS)
def outcome(request, outcomes):
    found = outcomes[request.param].result()
    found.name = request.param
    return found


def test_a_deletion_is_answered_in_time_and_says_why(outcome):
    reasons = MISDEEDS[outcome.name][1]
    reasons = reasons if isinstance(reasons, tuple) else (reasons,)
    if "result" in outcome.answer:
        assert None in reasons and outcome.answer["result"]["deleted"], "a lie was believed"
    else:
        error = outcome.answer["error"]
        assert (error["code"], error["data"]["kind"], error["data"]["outcome"]) == (1504, "revocation_pending", "done")
        assert error["data"]["reason"] in reasons, error
        assert error["data"]["servers"] and len(error["message"]) < 1000 and len(json.dumps(error)) < 3000
        assert re.fullmatch(r"[\x20-\x7e]*", error["message"])
    assert outcome.seconds < MOST_SECONDS


def test_the_bridge_lives_on_and_stays_small(outcome):
    assert outcome.ping == {} and outcome.status == 0
    # The deletion is recorded, whatever became of telling the server.
    assert {row["name"]: row["state"] for row in outcome.rows} in ({"keeper": "active"}, {"keeper": "active", "victim": "revoking"})
    assert [row["name"] for row in outcome.rows_at_last] == ["keeper"]
    assert outcome.kilobytes < MOST_KILOBYTES
    assert not re.search(rb"[^\x20-\x7e\n]", outcome.errors)


SAYS_NOTHING_TO = {
    "says nothing", "half a line", "closes at once", "INFO without an end", "INFO of 10 MB", "binary garbage", "no line end",
    "another protocol", "INFO that is no JSON", "INFO that is an array", "INFO that is deep", "wants TLS", "no nonce", "empty nonce",
    "huge nonce", "nonce that is a token to sign", "nonce that is a number", "asks for no login", "takes nothing",
    "takes less than nothing", "drips INFO",
}  # fmt: skip


def test_a_server_learns_no_secret(outcome):
    """One that does not greet as a nats-server does hears nothing at all; any other sees only logins that soon expire."""
    assert outcome.connections
    if outcome.name in SAYS_NOTHING_TO:
        # It may be asked whether it waits for TLS.
        assert outcome.heard == b"" or re.fullmatch(rb"(\x16\x03\x01.{47})+", outcome.heard, re.DOTALL)
        return
    assert not any(secret.encode() in outcome.heard for secret in outcome.secrets)
    assert not re.search(rb"\bS[OAU][A-Z2-7]{56}\b", outcome.heard)
    logins = [payload(token.decode()) for token in re.findall(rb'"jwt":"([^"]+)"', outcome.heard)]
    # The second, after a refusal, is to tell a wrong clock from a stranger; its seed is kept nowhere.
    assert logins and all(0 < login["exp"] - login["iat"] <= 120 for login in logins if "exp" in login) and "exp" in logins[0]
    allowed = {subject for login in logins for subject in login["nats"]["pub"]["allow"]}
    ((account,),) = outcome.home.rows("SELECT id FROM accounts")
    requests = {f"$SYS.REQ.ACCOUNT.{account}.{request}" for request in ("CLAIMS.LOOKUP", "CONNZ", "INFO")}
    assert allowed <= {"$SYS.REQ.CLAIMS.UPDATE", "$SYS.REQ.SERVER.PING", "_PROBE"} | requests


def test_newer_claims_that_a_stranger_signed_change_nothing(outcomes):
    home = outcomes["newer claims of a stranger"].result().home
    ((account, issued_at, operator),) = home.rows("SELECT id, claims_iat, operator_signing_seed FROM accounts, state")
    claims = home.file_claims(account)
    assert claims["iat"] == issued_at < time.time() + 60 and claims["iss"] == public_key(operator)
    assert len(claims["nats"]["revocations"]) == 1
