"""Rows by SQL, as many as a benchmark wants: the bridge would take an hour for them."""

import base64
import binascii
import contextlib
import random
import sqlite3
import uuid

import nkeys
from nacl.signing import SigningKey

PER_KEY = 500


def fill(path, account, count, accounts):
    """So many credentials in the account, on its newest signing key, and so many more accounts."""
    chance = random.Random(count)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as store:
        store.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -800000; BEGIN")
        ((key, seed),) = store.execute("SELECT public_key, seed FROM signing_keys")
        begun, project = account_times(store, account["id"])
        rows = [credential(number, chance, account["id"], project, key, begun + number) for number in range(count)]
        columns = "number, created_at, id, account_id, project_id, name, user_key, signing_key, iat, checksum, version"
        store.executemany(f"INSERT INTO credentials ({columns}) VALUES (?1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 4)", rows)
        store.execute("UPDATE signing_keys SET issued = ?, alive = ?", [PER_KEY, count])
        others = [(nkey(0, chance.randbytes(32)), f"account {chance.random()}", project, seed, *[begun + n] * 2) for n in range(accounts)]
        columns = "id, name, project_id, seed, created_at, updated_at, claims_iat"
        store.executemany(f"INSERT INTO accounts ({columns}) VALUES (?, ?, ?, ?, ?, ?, 0)", sorted(others))
        store.execute("UPDATE counts SET rows = rows + ? WHERE list = 'accounts'", [accounts])
        scopes = ("", account["id"], project)
        store.executemany("INSERT OR REPLACE INTO counts (list, scope, rows) VALUES ('credentials', ?, ?)", [(scope, count) for scope in scopes])
        store.execute("COMMIT")
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def give_keys(path, count):
    """So many signing keys more for the account that has several already."""
    with contextlib.closing(sqlite3.connect(path, timeout=20)) as store:
        (account,) = store.execute("SELECT account_id FROM signing_keys GROUP BY 1 ORDER BY max(generation) DESC").fetchone()
        # Older than the one in service, so that the next credential is signed by that one still.
        rows = [(*signing_key(), account, -number, PER_KEY, PER_KEY) for number in range(count)]
        store.executemany("INSERT INTO signing_keys (public_key, seed, account_id, generation, issued, alive) VALUES (?, ?, ?, ?, ?, ?)", rows)
        store.commit()


def account_times(store, account):
    return store.execute("SELECT created_at, project_id FROM accounts WHERE id = ?", [account]).fetchone()


def credential(number, chance, account, project, signing_key, created):
    identity = str(uuid.UUID(bytes=chance.randbytes(16), version=4))
    user = nkey(20 << 3, chance.randbytes(32))
    name = f"credential {chance.random()}"
    return created, identity, account, project, name, user, signing_key, created // 1_000_000, identity.replace("-", "") + "0" * 8


def nkey(kind, raw):
    data = bytes([kind]) + raw
    return base64.b32encode(data + binascii.crc_hqx(data, 0).to_bytes(2, "little")).decode()


def signing_key():
    key = SigningKey.generate()
    return nkey(0, bytes(key.verify_key)), nkeys.encode_seed(bytes(key), nkeys.PREFIX_BYTE_ACCOUNT).decode()
