"""The bridge's keys and tokens agree with independent code: `nkeys` of PyPI, and the formats written down once more in Python."""

import base64
import binascii
import hashlib
import json
import re
import sqlite3

import nkeys
import pytest
from nacl.signing import VerifyKey

from base64url import go_json
from bridge import Bridge
from nats_server import Port
from revoking import public_key

HEADER = {"typ": "JWT", "alg": "ed25519-nkey"}
PREFIXES = {"O": 14 << 3, "A": 0, "U": 20 << 3}
NAMES = {
    "plain": "app",
    "markup": "<b>&amp;</b>",
    "separators": "line\u2028paragraph\u2029end",
    "quotes": "she said \"no\" \\ 'yes' /",
    "emoji": "\N{PARTY POPPER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER} caf\N{LATIN SMALL LETTER E WITH ACUTE}",
    "longest": "<" * 63 + "\N{PARTY POPPER}" + "x" * 436,
}
USER_LIMITS = {"subs": -1, "data": -1, "payload": -1}
LIMITS = {name: -1 for name in ("subs", "data", "payload", "imports", "exports", "conn", "leaf")} | {"wildcards": True}
STORAGE = {name: -1 for name in ("mem_storage", "disk_storage", "streams", "consumer")}
CREDS = """-----BEGIN NATS USER JWT-----
{}
------END NATS USER JWT------

************************* IMPORTANT *************************
NKEY Seed printed below can be used to sign and prove identity.
NKEYs are sensitive and should be treated as secrets.

-----BEGIN USER NKEY SEED-----
{}
------END USER NKEY SEED------

*************************************************************
"""


@pytest.fixture
def state(home):
    return home / "state" / "nats-credentials-bridge"


@pytest.fixture
def local(home):
    with Port() as port, Bridge(home, "--region", "local", "--nats-url", port.url) as running:
        yield running


def raw_key(text):
    """The 32 bytes of a public key: base32 of the kind, the key and a CRC-16, the last in little endian."""
    data = base64.b32decode(text)
    assert len(text) == 56 and len(data) == 35
    assert data[0] == PREFIXES[text[0]]
    assert int.from_bytes(data[33:], "little") == binascii.crc_hqx(data[:33], 0)
    return data[1:33]


def unpadded(text):
    assert re.fullmatch("[A-Za-z0-9_-]+", text)
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def read_token(token):
    """The claims of a token whose header, bytes, id and signature are right."""
    header, payload, signature = token.split(".")
    assert json.loads(unpadded(header)) == HEADER
    claims = json.loads(unpadded(payload))
    assert unpadded(payload) == go_json(claims)
    assert list(claims) == ["jti", "iat", "iss", "name", "sub", "nats"]
    registered = {name: value for name, value in claims.items() if name not in ("jti", "nats")}
    digest = hashlib.new("sha512_256", go_json(registered)).digest()
    assert claims["jti"] == base64.b32encode(digest).decode().rstrip("=")
    VerifyKey(raw_key(claims["iss"])).verify(f"{header}.{payload}".encode(), unpadded(signature))
    raw_key(claims["sub"])
    assert claims["nats"]["version"] == 2
    return claims


def create(local, name="app", **params):
    """The credential and its token's claims, and its two secrets."""
    credential = local.result("credentials.create", {"name": name, **params})
    lines = credential["credentials"]["content"].splitlines()
    return credential, read_token(lines[1]), lines[1], lines[9]


def account_claims(state, account):
    return read_token((state / "resolver" / f"{account}.jwt").read_text())


def test_the_operator_signs_itself(local, state):
    create(local)
    claims = read_token((state / "operator.jwt").read_text())
    assert claims["iss"] == claims["sub"] and claims["sub"][0] == "O"
    assert set(claims["nats"]) == {"signing_keys", "system_account", "type", "version"}
    assert claims["nats"]["type"] == "operator"
    assert [key[0] for key in claims["nats"]["signing_keys"]] == ["O"]
    assert [raw_key(key) for key in claims["nats"]["signing_keys"]] != [raw_key(claims["sub"])]


def test_the_chain_goes_from_the_operator_to_the_user(local, state):
    credential, user, _, _ = create(local)
    operator = read_token((state / "operator.jwt").read_text())
    account = account_claims(state, credential["nats_account_id"])
    assert account["sub"] == credential["nats_account_id"] == user["nats"]["issuer_account"]
    assert account["iss"] in operator["nats"]["signing_keys"]
    assert user["iss"] in account["nats"]["signing_keys"] and user["iss"] != account["sub"]
    assert (account["sub"][0], user["sub"][0]) == ("A", "U")


def test_the_system_account_is_the_operators_and_has_no_storage(local, state):
    create(local)
    operator = read_token((state / "operator.jwt").read_text())
    configuration = (state / "nats-server.conf").read_text()
    identity, token = re.search(r"resolver_preload: \{ (\w+): (\S+) \}", configuration).groups()
    system = read_token(token)
    assert identity == system["sub"] == operator["nats"]["system_account"]
    assert system["iss"] in operator["nats"]["signing_keys"]
    assert system["nats"]["limits"] == LIMITS


def test_accounts_are_unlimited(local, state):
    account = local.result("accounts.create", {"name": "shop"})
    claims = account_claims(state, account["id"])
    assert claims["name"] == "shop" and claims["nats"]["type"] == "account"
    assert claims["nats"]["limits"] == LIMITS | STORAGE
    assert claims["nats"]["default_permissions"] == {"pub": {}, "sub": {}}
    assert "revocations" not in claims["nats"]


def test_users_are_unlimited(local):
    _, user, _, _ = create(local)
    assert {name: user["nats"].pop(name) for name in USER_LIMITS} == USER_LIMITS
    assert user["nats"].pop("issuer_account")
    assert user["nats"] == {"pub": {}, "sub": {}, "type": "user", "version": 2}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_any_name_makes_a_token_as_go_writes_it(local, name):
    credential, user, _, _ = create(local, name)
    assert credential["name"] == name
    assert user["name"] == name[:64]


@pytest.mark.parametrize("name", [name[:64] for name in NAMES.values()], ids=NAMES)
def test_any_account_name_makes_a_token_as_go_writes_it(local, state, name):
    account = local.result("accounts.create", {"name": name})
    assert account_claims(state, account["id"])["name"] == account["name"] == name


def test_the_creds_text_is_right_byte_for_byte(local):
    credential, _, token, seed = create(local)
    content = credential["credentials"]["content"]
    is_right = content == CREDS.format(token, seed)
    assert is_right
    assert credential["checksum"] == hashlib.sha1(content.encode()).hexdigest()


def test_the_saved_file_is_right_byte_for_byte(local, home):
    path = home / "saved.creds"
    credential = local.result("credentials.create", {"name": "app", "save_to": str(path)})
    content = path.read_bytes()
    lines = content.decode().splitlines()
    is_right = content.decode() == CREDS.format(lines[1], lines[9])
    assert is_right
    assert credential["checksum"] == credential["saved"]["checksum"] == hashlib.sha1(content).hexdigest()
    assert credential["saved"]["bytes"] == len(content)
    assert read_token(lines[1])["name"] == "app"


def test_the_seed_belongs_to_the_user(local):
    _, user, _, seed = create(local)
    pair = nkeys.from_seed(bytearray(seed.encode()))
    assert pair.public_key.decode() == user["sub"]
    signature = pair.sign(b"nonce of a server")
    VerifyKey(raw_key(user["sub"])).verify(b"nonce of a server", signature)


def test_every_credential_has_a_key_of_its_own(local):
    made = [create(local) for _ in range(20)]
    assert len({user["sub"] for _, user, _, _ in made}) == len({seed for _, _, _, seed in made}) == 20
    assert len({user["iss"] for _, user, _, _ in made}) == 1


def test_the_stored_seeds_belong_to_their_keys_and_user_secrets_are_not_stored(local, state):
    credential, user, token, seed = create(local)
    operator = read_token((state / "operator.jwt").read_text())
    local.end()
    store = sqlite3.connect(state / "store.db")
    keys = store.execute("SELECT operator_seed, operator_signing_seed, system_seed FROM state").fetchone()
    wanted = [operator["sub"], *operator["nats"]["signing_keys"], operator["nats"]["system_account"]]
    assert [public_key(key) for key in keys] == wanted
    assert [public_key(key) for (key,) in store.execute("SELECT seed FROM accounts")] == [credential["nats_account_id"]]
    assert [public_key(key) for (key,) in store.execute("SELECT seed FROM signing_keys")] == [user["iss"]]
    store.close()
    stored = b"".join(path.read_bytes() for path in state.rglob("*") if path.is_file())
    is_there = [secret.encode() in stored for secret in (seed, token, token.split(".")[2])]
    assert is_there == [False, False, False]


def test_the_claims_of_an_account_grow_strictly_newer(local, state):
    """A server that has seen two tokens of one second keeps either: the second key generation of a second comes with a later time."""
    credential, user, _, _ = create(local)
    first = account_claims(state, credential["nats_account_id"])
    for _ in range(499):
        local.result("credentials.create", {"name": "app"})
    _, next_user, _, _ = create(local)
    second = account_claims(state, credential["nats_account_id"])
    assert second["iat"] > first["iat"] and second["jti"] != first["jti"]
    assert next_user["iss"] != user["iss"]
    assert {user["iss"], next_user["iss"]} == set(second["nats"]["signing_keys"])
    assert second["nats"]["signing_keys"] == sorted(second["nats"]["signing_keys"])
