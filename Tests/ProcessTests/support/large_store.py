"""A store of thousands of credentials, written by the hand of the test: asking the program for each would take minutes."""

import base64
import binascii
import hashlib
import random
import sqlite3
import uuid

import nkeys
from nacl.signing import SigningKey

PER_KEY = 500
COLUMNS = "number, created_at, id, account_id, project_id, name, user_key, signing_key, iat, checksum, version"


def fill_store(path, account, project, count):
    """Rows as the bridge would have made them, in one transaction."""
    chance = random.Random(count)
    store = sqlite3.connect(path)
    # All of it in memory: spilled pages would be written many times.
    store.execute("PRAGMA cache_size = -1000000")
    (first_key,) = store.execute("SELECT public_key FROM signing_keys").fetchone()
    generations = -(-count // PER_KEY)
    others = [signing_key(chance) for _ in range(generations - 1)]
    keys = [first_key] + [public for public, _ in others]
    store.execute("UPDATE signing_keys SET issued = ?, alive = ?", [min(count, PER_KEY)] * 2)
    store.executemany(
        f"INSERT INTO signing_keys (public_key, account_id, generation, seed, issued, alive) VALUES (?, ?, ?, ?, {PER_KEY}, {PER_KEY})",
        [(public, account, number, seed) for number, (public, seed) in enumerate(others, 2)],
    )
    store.execute("UPDATE accounts SET claims_iat = claims_iat + ?, is_unwritten = 1", [generations - 1])
    (begun,) = store.execute("SELECT created_at FROM accounts").fetchone()
    rows = [row(number, chance, account, project, keys[number // PER_KEY], begun + number) for number in range(count)]
    store.executemany(f"INSERT INTO credentials ({COLUMNS}) VALUES (?1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 4)", rows)
    store.executemany(
        "INSERT OR REPLACE INTO counts (list, scope, rows) VALUES ('credentials', ?, ?)", [(scope, count) for scope in ("", account, project)]
    )
    store.commit()
    assert store.execute("PRAGMA foreign_key_check").fetchall() == []
    store.close()


def row(number, chance, account, project, signing_key, created):
    id = str(uuid.UUID(bytes=chance.randbytes(16), version=4))
    user = nkey(20 << 3, chance.randbytes(32))
    checksum = hashlib.sha1(id.encode()).hexdigest()
    return created, id, account, project, f"credential {number}", user, signing_key, created // 1_000_000, checksum


def nkey(kind, raw):
    data = bytes([kind]) + raw
    return base64.b32encode(data + binascii.crc_hqx(data, 0).to_bytes(2, "little")).decode()


def signing_key(chance):
    raw = chance.randbytes(32)
    return nkey(0, bytes(SigningKey(raw).verify_key)), nkeys.encode_seed(raw, nkeys.PREFIX_BYTE_ACCOUNT).decode()
