"""The answer to the making of an account is lost."""

import time

import pytest

from scaleway_calls import says
from scaleway_create import ACCOUNT, KNOWN, LOST, methods, posts, when, without
from scaleway_service import answer, carried_out_then, reset, stamp

OF_ACCOUNTS = {name: LOST[name] for name in ("not JSON", "cut off", "no id", "201", "500", "502", "reset", "reset in the body", "too large")}
OF_ACCOUNTS["no endpoint"] = without("endpoint"), "bad_response"


@pytest.mark.parametrize("fault", OF_ACCOUNTS)
def test_a_lost_account_of_a_made_up_name_is_deleted_again(bridge, service, account, fault):
    how, kind = OF_ACCOUNTS[fault]
    service.fail(ACCOUNT, how)
    says(bridge.error("accounts.create")["data"], kind, "none")
    assert list(service.accounts) == [account["id"]] and methods(service) == ["POST", "GET", "DELETE"]


@pytest.mark.parametrize("fault", OF_ACCOUNTS)
def test_a_lost_account_of_the_caller_s_name_is_named_and_stays(bridge, service, account, fault):
    """Also where an older one, and one of another project, have that name."""
    how, kind = OF_ACCOUNTS[fault]
    others = [account["id"], service.add_account("orders", created_at=stamp(time.time_ns() - 10_000_000_000, 6))["id"]]
    service.fail(ACCOUNT, how)
    data = bridge.error("accounts.create", {"name": "orders"})["data"]
    says(data, kind, "unknown")
    assert data["candidates"] == [id for id in service.accounts if id not in others] and len(service.accounts) == 3
    assert len(posts(service)) == 1 and "DELETE" not in methods(service)


def test_of_two_new_accounts_nobody_knows_which(bridge, service):
    when(service, "POST", lambda recorded: service.add_account(recorded.json["name"]))
    service.fail(ACCOUNT, carried_out_then(reset()))
    data = bridge.error("accounts.create")["data"]
    says(data, "network", "unknown")
    assert set(data["candidates"]) == set(service.accounts) and len(service.accounts) == 2


def test_a_lost_account_that_cannot_be_deleted_is_named(bridge, service):
    service.fail(ACCOUNT, carried_out_then(reset()))
    service.fail("DELETE /nats-accounts/", answer(409, KNOWN))
    data = bridge.error("accounts.create")["data"]
    says(data, "network", "unknown")
    assert data["candidates"] == list(service.accounts) and len(service.accounts) == 1
