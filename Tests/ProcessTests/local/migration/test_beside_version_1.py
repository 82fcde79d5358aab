"""A bridge of version 1 that still runs beside a migrated store errs and changes nothing."""

import sqlite3
import time

import pytest

from bridge import LIMIT
from migration import VERSION, look
from revoking import create

# What a bridge of version 1 runs in its transactions, word for word, the values by name. It is stopped by the first that errs.
COMMIT_CLAIMS = [
    "UPDATE accounts SET claims_iat = max(claims_iat + 1, :now), is_unwritten = 1 WHERE id = :account",
    "INSERT INTO pending_pushes VALUES (:account, :iat, :now) ON CONFLICT DO UPDATE SET claims_iat = excluded.claims_iat",
]
COUNT = "INSERT INTO counts VALUES (:list, :account, 1) ON CONFLICT DO UPDATE SET rows = rows + excluded.rows"
REVOKE = """
INSERT INTO revocations VALUES (:account, :user, :key, :now) ON CONFLICT DO UPDATE SET revoked_at = max(revoked_at, excluded.revoked_at)"""
SIGNING_KEY = "INSERT INTO signing_keys (public_key, account_id, generation, seed) VALUES (:new, :account, 9, '')"
ACKNOWLEDGE = """
INSERT INTO acknowledgements VALUES (:account, 'a', :iat) ON CONFLICT DO UPDATE SET claims_iat = max(claims_iat, excluded.claims_iat)"""
FORGET_REVOKED = "DELETE FROM credentials WHERE account_id = :account AND state = 'revoking' AND revoking_iat <= :iat"
SETTLE = [
    "DELETE FROM unheard WHERE account_id = :account AND claims_iat <= :iat", ACKNOWLEDGE,
    "DELETE FROM pending_pushes WHERE account_id = :account AND claims_iat <= :iat", FORGET_REVOKED, COUNT,
]  # fmt: skip
OF_VERSION_1 = {
    "credentials.create": [
        "INSERT INTO credentials (id, account_id, project_id, name, user_key, signing_key, iat, created_at, checksum) "
        "VALUES (:new, :account, :project, 'app', :user, :key, :iat, :now, '')",
        "UPDATE signing_keys SET issued = issued + 1, alive = alive + 1 WHERE public_key = :key",
        COUNT,
    ],
    "credentials.create with a new signing key": [SIGNING_KEY, *COMMIT_CLAIMS],
    "credentials.delete": [
        REVOKE, "UPDATE signing_keys SET alive = alive - 1 WHERE public_key = :key", *COMMIT_CLAIMS,
        "UPDATE credentials SET state = 'revoking', revoking_iat = :iat WHERE id = :id",
    ],
    "accounts.create": [
        "INSERT INTO accounts (id, name, project_id, seed, created_at, updated_at, claims_iat) "
        "VALUES (:account || '2', 'a', :project, '', :now, :now, 0)",
        SIGNING_KEY, *COMMIT_CLAIMS, COUNT,
    ],
    "accounts.update": ["UPDATE accounts SET name = 'b', updated_at = max(updated_at, :now) WHERE id = :account", *COMMIT_CLAIMS],
    "accounts.delete": [
        "UPDATE accounts SET closing_iat = 0 WHERE id = :account", REVOKE, *COMMIT_CLAIMS,
        "UPDATE accounts SET closing_iat = :iat WHERE id = :account",
        "UPDATE credentials SET state = 'revoking', revoking_iat = :iat WHERE account_id = :account AND state = 'active'",
    ],
    "a push that every server took": SETTLE,
    "the push that closes an account": [
        ACKNOWLEDGE, FORGET_REVOKED, COUNT,
        "DELETE FROM signing_keys WHERE account_id = :account", "DELETE FROM revocations WHERE account_id = :account",
        "DELETE FROM acknowledgements WHERE account_id = :account", "DELETE FROM pending_pushes WHERE account_id = :account",
        "DELETE FROM accounts WHERE id = :account", "DELETE FROM counts WHERE list = 'credentials' AND scope = :account",
    ],
    "a server's newer claims": ["UPDATE accounts SET claims_iat = :iat WHERE id = :account", REVOKE, *COMMIT_CLAIMS],
}  # fmt: skip


@pytest.mark.parametrize("newer", [0, 1], ids=["its own pending", "newer ones pending"])
@pytest.mark.parametrize("change", OF_VERSION_1)
def test_each_change_of_a_version_1_bridge_that_still_runs_errs_and_changes_nothing(change, newer, alone):
    """`newer`: between its push and its record of it another bridge has committed newer claims."""
    here = alone
    ((user, key, project),) = here.rows("SELECT user_key, signing_key, project_id FROM credentials WHERE id = ?", here.id)
    with here.store() as old:
        values = {
            "account": here.account, "id": here.id, "user": user, "key": key, "project": project, "list": "credentials", "new": "new",
            "now": int(time.time()), "iat": int(time.time()) + 1000,
        }  # fmt: skip
        # What it had pending when the store was migrated, and has told every server that it knows of since.
        old.execute("INSERT INTO pending_pushes VALUES (:account, :iat, :now)", values)
        old.execute("UPDATE credentials SET state = 'revoking', revoking_iat = :iat - 1 WHERE id = :id", values)
        assert error_of(old, OF_VERSION_1[change], values) is None, "these are not statements of version 1"
        migrate(here)
        values["iat"] -= newer
        before = [*old.iterdump()]
        error = error_of(old, OF_VERSION_1[change], values)
        assert error and ("a newer version of this program has taken over" in error or "but 3 values were supplied" in error), error
        assert [*old.iterdump()] == before


def migrate(here):
    """By a change of another account's, where nobody pushes what is pending."""
    with here.store() as store:
        pending = store.execute("SELECT * FROM pending_pushes").fetchall()
        with here.bridge() as bridge:
            create(bridge, "migrates", nats_account_id=here.beside)
            bridge.process.kill()
            bridge.process.wait(LIMIT)
        assert look(here.state)[0] == VERSION
        assert store.execute("SELECT account_id, claims_iat, since FROM pending_pushes").fetchall() == pending


def error_of(store, statements, values):
    """What the first of these to err says, in one transaction that is undone."""
    store.execute("BEGIN IMMEDIATE")
    try:
        for statement in statements:
            store.execute(statement, values)
        return None
    except sqlite3.Error as error:
        return str(error)
    finally:
        store.execute("ROLLBACK")
