"""The answer to a create is lost: the credential is there, its secret nowhere. It is looked for, and what the error says is true."""

import time

import pytest

from issued import secret_of
from scaleway_calls import says
from scaleway_create import DELETE, DELETES, LIST, LOST, POST, failed, made, methods, posts, when
from scaleway_service import answer, bare_429, carried_out_then, close, namespace_404, reset, reshape, stamp

# The answer is lost: the credential is there, its secret nowhere.


@pytest.mark.parametrize("fault", LOST)
def test_under_a_made_up_name_it_is_found_and_deleted_again(bridge, service, account, fault):
    how, kind = LOST[fault]
    bystander = service.add_credentials(account["id"])["id"]
    service.fail(POST, how)
    data = failed(bridge, account)
    says(data, kind, "none")
    assert list(service.credentials) == [bystander] and methods(service) == ["POST", "GET", "DELETE"]


@pytest.mark.parametrize("fault", LOST)
def test_under_a_name_of_the_caller_s_it_is_named_and_stays(bridge, service, account, fault):
    how, kind = LOST[fault]
    service.add_credentials(account["id"])
    service.fail(POST, how)
    data = failed(bridge, account, name="app")
    says(data, kind, "unknown")
    [new] = [id for id, row in service.credentials.items() if row["name"] == "app"]
    assert data["candidates"] == [new] and not data["retryable"] and methods(service) == ["POST", "GET"]


def test_the_look_asks_for_the_newest_of_the_account(bridge, service, account):
    """Whatever was made since is on the first page, however many there are."""
    service.add_many(account["id"], 250, created_at="2026-01-01T00:00:00.000000Z")
    service.fail(POST, carried_out_then(reset()))
    says(failed(bridge, account), "network", "none")
    query = dict(service.requests[1].query)
    assert (query["order_by"], query["nats_account_id"]) == ("created_at_desc", account["id"])
    assert len(service.credentials) == 250 and len(service.requests) == 3


def also(service, account, **fields):
    """Somebody else makes one of the same name while the request is under way."""
    twins = []
    when(service, "POST", lambda recorded: twins.append(service.add_credentials(account["id"], recorded.json["name"], **fields)["id"]))
    return twins


@pytest.mark.parametrize("params", [{}, {"name": "app"}], ids=str)
def test_of_two_nobody_knows_which_so_both_are_named_and_stay(bridge, service, account, params):
    also(service, account)
    service.fail(POST, carried_out_then(reset()))
    data = failed(bridge, account, **params)
    says(data, "network", "unknown")
    assert len(data["candidates"]) == 2 and set(data["candidates"]) == set(service.credentials) and "DELETE" not in methods(service)


@pytest.mark.parametrize("params", [{}, {"name": "app"}], ids=str)
def test_an_older_one_of_the_name_is_none_of_ours(bridge, service, account, params):
    twins = also(service, account, created_at=stamp(time.time_ns() - 10_000_000_000, 6))
    service.fail(POST, carried_out_then(reset()))
    data = failed(bridge, account, **params)
    ours = [id for id in service.credentials if id not in twins]
    if params:
        assert (data["outcome"], data["candidates"]) == ("unknown", ours)
    else:
        assert (data["outcome"], list(service.credentials)) == ("none", twins)


def test_a_name_that_only_looks_the_same_is_another(bridge, service, account):
    service.add_credentials(account["id"], "caf\u00e9")
    service.fail(POST, carried_out_then(reset()))
    data = failed(bridge, account, name="cafe\u0301")
    assert [service.credentials[id]["name"] for id in data["candidates"]] == ["cafe\u0301"] and len(service.credentials) == 2


def test_one_of_the_name_in_another_account_is_another(bridge, service, account):
    also(service, service.add_account("other"))
    service.fail(POST, carried_out_then(reset()))
    data = failed(bridge, account)
    assert data["outcome"] == "none" and [row["nats_account_id"] == account["id"] for row in service.credentials.values()] == [False]


def test_what_is_not_in_the_list_at_once_is_found_a_little_later(bridge, service, account):
    service.fail(POST, carried_out_then(reset()))
    service.fail(LIST, reshape(lambda page: {"total_count": 0, "nats_credentials": []}))
    says(failed(bridge, account), "network", "none")
    assert not service.credentials and methods(service) == ["POST", "GET", "GET", "DELETE"]


@pytest.mark.parametrize("how", [bare_429(), answer(503), reset(), close("mid-body")], ids=["429", "503", "reset", "cut off"])
def test_a_look_that_fails_once_is_repeated(bridge, service, account, how):
    service.fail(POST, carried_out_then(reset()))
    service.fail(LIST, how)
    says(failed(bridge, account), "network", "none")
    assert not service.credentials and len(posts(service)) == 1


def test_a_look_while_the_account_is_not_known_yet(bridge, service, account):
    """An account of ours made a moment ago: the list may say that it is not there."""
    new = bridge.result("accounts.create", {"name": "new"})
    service.fail(POST, carried_out_then(reset()))
    service.fail(LIST, namespace_404(new["id"]))
    says(failed(bridge, new), "network", "none")
    assert not service.credentials


LOOKS = {
    "500": (answer(500), None),
    "not JSON": (answer(200, b"{"), 1),
    "another list": (answer(200, {"total_count": 1, "nats_accounts": []}), 1),
    "a row without id": (reshape(lambda page: {**page, "nats_credentials": [{"name": row["name"]} for row in page["nats_credentials"]]}), 1),
    "no such key": (answer(401, {"message": "no"}), 1),
}


@pytest.mark.parametrize("fault", LOOKS)
def test_a_look_that_fails_proves_nothing(bridge, service, account, fault):
    how, times = LOOKS[fault]
    service.fail(POST, carried_out_then(reset()))
    service.fail(LIST, how, times)
    data = failed(bridge, account)
    says(data, "network", "unknown")
    assert len(service.credentials) == 1 and len(posts(service)) == 1 and "DELETE" not in methods(service)


@pytest.mark.parametrize("fault", DELETES)
def test_what_was_found_and_cannot_be_deleted_is_named(bridge, service, account, fault):
    service.fail(POST, carried_out_then(reset()))
    service.fail(DELETE, DELETES[fault], None)
    data = failed(bridge, account)
    says(data, "network", "unknown")
    assert data["candidates"] == list(service.credentials) and len(service.credentials) == 1


def test_a_deletion_whose_answer_is_lost_too_is_seen_by_its_repeat(bridge, service, account):
    service.fail(POST, carried_out_then(reset()))
    service.fail(DELETE, carried_out_then(reset()))
    says(failed(bridge, account), "network", "none")
    assert not service.credentials


def test_a_deletion_that_hears_of_no_such_account_has_deleted_nothing(bridge, service, account):
    """The account is there: reads and, who knows, deletions say otherwise shortly after a write. Only the credential's own 404 counts."""
    service.fail(POST, carried_out_then(reset()))
    service.fail(DELETE, namespace_404())
    data = failed(bridge, account)
    assert (data["outcome"], len(service.credentials)) in [("none", 0), ("unknown", 1)]


# Sent once.


@pytest.mark.parametrize("how", [reset, close], ids=["reset", "closed"])
def test_a_kept_connection_that_dies_as_the_request_is_read(bridge, service, account, how):
    """Here HTTP libraries like to repeat on their own."""
    bridge.result("credentials.list")
    service.fail(POST, carried_out_then(how()))
    says(failed(bridge, account), "network", "none")
    assert service.requests[1].connection == service.requests[0].connection
    assert methods(service) == ["GET", "POST", "GET", "DELETE"] and not service.credentials


def test_a_kept_connection_that_was_closed_before_is_not_used(bridge, service, account):
    for _ in range(3):
        result = made(bridge, account)
        assert secret_of(result) == service.issued[result["id"]]
        service.close_idle()
    assert len(posts(service)) == len(service.credentials) == 3
