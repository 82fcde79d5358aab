"""Accounts that are renamed and deleted, and what is said of it."""

from live_clients import server_name

UNKNOWN = "AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C"
UPDATE, CLOSE = "accounts.update", "accounts.delete"


def rename(case, name, account=None, bridge=None):
    return (bridge or case.serving).result(UPDATE, {"nats_account_id": account or case.account, "name": name})


def close(case, account=None, bridge=None, purged=True):
    account = account or case.account
    result = (bridge or case.serving).result(CLOSE, {"nats_account_id": account})
    assert result == {"nats_account_id": account, "deleted": True, "purged": purged, "region": "local"}


def get(case, account=None, bridge=None):
    return (bridge or case.serving).result("accounts.get", {"nats_account_id": account or case.account})


def accounts(bridge):
    page = bridge.result("accounts.list")
    assert page["total_count"] == len(page["nats_accounts"])
    return {row["id"]: row for row in page["nats_accounts"]}


def outline(error):
    return error["code"], error["data"]["kind"], error["data"]["outcome"]


def assert_not_found(error, resource, id):
    assert outline(error) == (1404, "not_found", "none")
    assert (error["data"]["resource"], error["data"]["resource_id"]) == (resource, id)


def assert_pending(error, resource, id, case):
    assert outline(error) == (1504, "revocation_pending", "done")
    data = error["data"]
    assert (data["resource"], data["resource_id"], data["servers"]) == (resource, id, [server_name(case)])
    assert data["reason"] == "silent" and data["retryable"]
