"""A store as the program of version 1 left it, or of a later one: what tests of the migration begin with."""

import contextlib
import os
import re
import sqlite3
from pathlib import Path

from process_tools import gather_store

SCHEMA_FILE = Path(__file__).resolve().parents[3] / "Sources/LocalBackend/Store/Schema.swift"

# Word for word what version 1 made it with; its comments, too, stand in the store.
TABLES = """
-- What the whole state folder has once. Times are microseconds since 1970, `iat`s are Unix seconds.
CREATE TABLE state (
  only INTEGER PRIMARY KEY CHECK (only = 1), server_name TEXT NOT NULL,
  operator_seed TEXT NOT NULL, operator_signing_seed TEXT NOT NULL, operator_iat INTEGER NOT NULL,
  system_seed TEXT NOT NULL, system_signing_seed TEXT NOT NULL, system_iat INTEGER NOT NULL) STRICT;

CREATE TABLE accounts (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, project_id TEXT NOT NULL, seed TEXT NOT NULL,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  -- Of the newest committed claims; grows strictly, whatever the clock does.
  claims_iat INTEGER NOT NULL,
  -- Committed claims whose file in resolver/ may be older.
  is_unwritten INTEGER NOT NULL DEFAULT 1,
  -- The claims that close it, once it is being deleted; every server must have heard of them before the row goes.
  closing_iat INTEGER) STRICT, WITHOUT ROWID;
CREATE INDEX accounts_by_creation ON accounts (created_at, id);
CREATE INDEX accounts_by_update ON accounts (updated_at, id);
CREATE INDEX accounts_by_name ON accounts (name, id);
CREATE INDEX accounts_of_project_by_creation ON accounts (project_id, created_at, id);
CREATE INDEX accounts_of_project_by_update ON accounts (project_id, updated_at, id);
CREATE INDEX accounts_of_project_by_name ON accounts (project_id, name, id);
CREATE INDEX accounts_unwritten ON accounts (is_unwritten) WHERE is_unwritten = 1;

-- Generations of signing keys: a key and the revocations of its users leave the claims together when none of them is alive. A key that
-- was found in newer claims than this store's own has an empty seed: it stays in the claims and signs nothing here.
CREATE TABLE signing_keys (
  public_key TEXT PRIMARY KEY, account_id TEXT NOT NULL REFERENCES accounts (id), generation INTEGER NOT NULL, seed TEXT NOT NULL,
  issued INTEGER NOT NULL DEFAULT 0, alive INTEGER NOT NULL DEFAULT 0, UNIQUE (account_id, generation)) STRICT, WITHOUT ROWID;

CREATE TABLE credentials (
  id TEXT PRIMARY KEY, account_id TEXT NOT NULL REFERENCES accounts (id), project_id TEXT NOT NULL, name TEXT NOT NULL,
  user_key TEXT NOT NULL, signing_key TEXT NOT NULL, iat INTEGER NOT NULL,
  created_at INTEGER NOT NULL, checksum TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'revoking')),
  -- Of the claims that revoke it, while some server has not heard of them.
  revoking_iat INTEGER) STRICT, WITHOUT ROWID;
CREATE INDEX credentials_revoking ON credentials (account_id, revoking_iat) WHERE state = 'revoking';
CREATE INDEX credentials_by_creation ON credentials (created_at, id);
CREATE INDEX credentials_by_name ON credentials (name, id);
CREATE INDEX credentials_of_account_by_creation ON credentials (account_id, created_at, id);
CREATE INDEX credentials_of_account_by_name ON credentials (account_id, name, id);
CREATE INDEX credentials_of_project_by_creation ON credentials (project_id, created_at, id);
CREATE INDEX credentials_of_project_by_name ON credentials (project_id, name, id);

CREATE TABLE revocations (
  account_id TEXT NOT NULL REFERENCES accounts (id), user_key TEXT NOT NULL, signing_key TEXT NOT NULL, revoked_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, user_key)) STRICT, WITHOUT ROWID;
CREATE INDEX revocations_of_key ON revocations (signing_key);

-- Claims that running servers have not been told of, and which servers have acknowledged which.
CREATE TABLE pending_pushes (
  account_id TEXT PRIMARY KEY REFERENCES accounts (id), claims_iat INTEGER NOT NULL, since INTEGER NOT NULL) STRICT, WITHOUT ROWID;
-- Claims that revoke something, told to nobody because nobody listened. A server that is down reads them from resolver/ at its start; one
-- that was just starting had read the older ones, so they are told once more when somebody listens. The account itself may be gone.
CREATE TABLE unheard (account_id TEXT PRIMARY KEY, claims_iat INTEGER NOT NULL, token TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE acknowledgements (
  account_id TEXT NOT NULL, server_name TEXT NOT NULL, claims_iat INTEGER NOT NULL,
  PRIMARY KEY (account_id, server_name)) STRICT, WITHOUT ROWID;

-- How many rows a list has, so that a page need not count them: of `credentials` and `accounts`, by account, by project, and all ('').
CREATE TABLE counts (
  list TEXT NOT NULL, scope TEXT NOT NULL, rows INTEGER NOT NULL, PRIMARY KEY (list, scope)) STRICT, WITHOUT ROWID;
"""


def turn_back(state, version=1):
    """Gives a store, which no process has open, the tables of an older version in place of its own, with the rows that it has."""
    gather_store(state)
    older = state / "older.db"
    with contextlib.closing(sqlite3.connect(older, isolation_level=None)) as store:
        store.execute("PRAGMA journal_mode = WAL")
        store.executescript("".join([TABLES, *map(addition, range(2, version + 1))]))
        store.execute("ATTACH ? AS newer", [str(state / "store.db")])
        ((application,),) = store.execute("PRAGMA newer.application_id")
        for table in tables(store, "main"):
            columns = ", ".join(column for column in columns_of(store, "main", table) if column in columns_of(store, "newer", table))
            store.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM newer.{table}")
        store.execute(f"PRAGMA main.application_id = {application}")
        store.execute(f"PRAGMA main.user_version = {version}")
    assert sorted(path.name for path in state.glob("*.db*")) == ["older.db", "store.db"], "somebody has the store open"
    older.chmod(0o600)
    os.replace(older, state / "store.db")


def addition(version):
    """What a later version, which only added, adds to the one before it."""
    (script,) = re.findall(rf'static let version{version} = """(.*?)"""', SCHEMA_FILE.read_text(), re.DOTALL)
    return script


def tables(store, of):
    return [name for (name,) in store.execute(f"SELECT name FROM {of}.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]


def columns_of(store, of, table):
    return [column for (column,) in store.execute("SELECT name FROM pragma_table_info(?, ?)", [table, of])]


def schema(store):
    """Everything that a store has, as it was declared."""
    return sorted(store.execute("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%'"))


def rows(store):
    """All rows of the tables of version 1, in its columns."""
    return {table: set(store.execute(f"SELECT {columns} FROM {table}")) for table, columns in COLUMNS.items()}


with contextlib.closing(sqlite3.connect(":memory:")) as _store:
    _store.executescript(TABLES)
    SCHEMA = schema(_store)
    COLUMNS = {table: ", ".join(columns_of(_store, "main", table)) for table in tables(_store, "main")}
