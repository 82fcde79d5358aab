"""A store of version 1, and what is in a store."""

import contextlib
import sqlite3

import version_1
from bridge import LIMIT
from revoking import DELETE, create, listed

VERSION = 4
MIGRATED = b"the store was migrated from version 1 to 4"


def make(here):
    """Of the account that is gone a store of version 1 has no row; its file, which lets nobody in, stays."""
    with here.bridge() as bridge:
        here.account, here.beside = (bridge.result("accounts.create", {"name": name})["id"] for name in ("changed", "beside"))
        here.neighbour = create(bridge, "neighbour", nats_account_id=here.beside)[1]
        here.id, here.creds = create(bridge, "victim", nats_account_id=here.account)
        here.kept, here.keeper = create(bridge, "keeper", nats_account_id=here.account)
        deleted, here.dead = create(bridge, "dead", nats_account_id=here.account)
        assert bridge.result(DELETE, {"nats_credentials_id": deleted})["deleted"]
        gone = bridge.result("accounts.create", {"name": "gone"})["id"]
        assert bridge.result("accounts.delete", {"nats_account_id": gone})["deleted"]
        here.list = listed(bridge)
        assert bridge.end()[0] == 0


def look(state):
    """The version of a store, what it is made of, and its rows, as another program sees them; nothing in it is damaged."""
    with contextlib.closing(sqlite3.connect(f"file:{state / 'store.db'}?mode=ro", uri=True, timeout=LIMIT, isolation_level=None)) as store:
        store.execute("BEGIN")
        ((version,),) = store.execute("PRAGMA user_version")
        assert store.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return version, version_1.schema(store), version_1.rows(store)


# Each gives a method and its params.
CHANGES = {
    "credentials.create": lambda here: {"name": "new", "nats_account_id": here.account},
    "credentials.delete": lambda here: {"nats_credentials_id": here.id},
    "credentials.revoke": lambda here: {"nats_account_id": here.account, "user_key": here.user_key(here.id)},
    "accounts.create": lambda here: {"name": "new"},
    "accounts.update": lambda here: {"nats_account_id": here.account, "name": "renamed"},
    "accounts.delete": lambda here: {"nats_account_id": here.account},
}

