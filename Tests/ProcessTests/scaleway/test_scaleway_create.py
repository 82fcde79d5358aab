"""Creating on Scaleway's regions, chapters 1, 4.3, 4.4 and 4.6 of the API's facts: no secret is lost, no credential is left that nobody holds,
and what an error says of the world is true. Every outcome is held against what the stand-in has afterwards.

What mostly waits (a look for what may come late takes 2.5 s, an answer that never comes 5 s) runs beside the other tests, from the first on."""

import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import threading
import time

import pytest

from beside import Beside
from bridge import LIMIT, Bridge
from issued import CREATE, claims, create, save_error, saved_right, secret_of
from process_tools import call, run
from scaleway import (
    Scaleway, answer, bare_429, carried_out_then, close, compressed, delay, endless_body, endless_headers, gateway_html, namespace_404,
    permissions_403, public_key, raw, redirect, reset, reshape, silence, stamp, transform,
)  # fmt: skip

POST, LIST, DELETE = "POST /nats-credentials", "GET /nats-credentials$", "DELETE /nats-credentials/"
UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
TOLD = re.compile(rf"nats-credentials-bridge: error: the answer with the secret of credential ({UUID}) was not delivered; (.+)\n")
DELETED = "the credential was deleted again"
NOBODY = public_key(0, bytes(range(32)))
KNOWN = {"type": "conflict", "message": "no"}


@contextlib.contextmanager
def started(home):
    with Scaleway() as service, Bridge(home, env=service.environment) as bridge:
        yield service, service.add_account("mine"), bridge


long = Beside()


@pytest.fixture(scope="module")
def running(request, tmp_path_factory):
    with long.running(request, tmp_path_factory) as result:
        yield result


def made(bridge, account, **params):
    return bridge.result(CREATE, {"nats_account_id": account["id"], **params})


def failed(bridge, account, **params):
    """The `data` of a create's error."""
    return bridge.error(CREATE, {"nats_account_id": account["id"], **params})["data"]


def says(data, kind, outcome):
    assert (data["kind"], data["outcome"]) == (kind, outcome)


def methods(service):
    return [recorded.method for recorded in service.requests]


def posts(service):
    return [recorded for recorded in service.requests if recorded.method == "POST"]


def when(service, method, act):
    """Something that happens while the service reads such a request."""

    def seen(recorded):
        if recorded.method == method:
            act(recorded)

    service.on_request = seen


# --- the normal way -----------------------------------------------------------------------------------------------------------------------


def test_the_secret_is_in_the_answer(bridge, service, account):
    result = made(bridge, account, name="app")
    content = secret_of(result)
    assert content == service.issued[result["id"]] and claims(content)["name"] == "app"
    assert result["checksum"] == hashlib.sha1(content.encode()).hexdigest() and result["credentials"]["name"] == "user.creds"
    assert (result["name"], result["nats_account_id"], result["region"]) == ("app", account["id"], "fr-par")
    # Nine digits, as they came.
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", result["created_at"])
    assert list(service.credentials) == [result["id"]] and "saved" not in result


def test_one_request_with_two_members(bridge, service, account):
    made(bridge, account, name="app")
    [post] = service.requests
    assert post.json == {"nats_account_id": account["id"], "name": "app"}


def test_a_name_is_made_up(bridge, service, account):
    names = {made(bridge, account)["name"] for _ in range(3)}
    assert len(names) == 3 and names == {row["name"] for row in service.credentials.values()}


@pytest.mark.parametrize("name", ["é\N{PARTY POPPER}", "e\u0301", 'a"b\\c/d', "<&>\u2028", "x" * 500, " "], ids=ascii)
def test_every_name_arrives_as_it_is(bridge, service, account, name):
    result = made(bridge, account, name=name)
    assert posts(service)[0].json["name"] == service.credentials[result["id"]]["name"] == result["name"] == name


def test_a_new_secret_is_saved_and_not_shown(bridge, service, account, home):
    bridge.send(create(nats_account_id=account["id"], name="app", save_to=str(home / "app.creds")))
    line = bridge.line()
    result = json.loads(line)["result"]
    is_same = saved_right(result) == service.issued[result["id"]].encode()
    assert is_same and methods(service) == ["POST"]
    is_shown = claims(secret_of(result))["sub"].encode() in line or b"SEED" in line
    assert not is_shown


def test_a_context_has_the_account_s_endpoint(bridge, service, account, home):
    service.accounts[account["id"]]["endpoint"] = "nats://elsewhere.example:4222"
    result = made(bridge, account, name="app", nats_context="work")
    saved_right(result)
    assert [(recorded.method, recorded.suffix) for recorded in service.requests] == [
        ("GET", f"/nats-accounts/{account['id']}"), ("POST", "/nats-credentials"),
    ]  # fmt: skip
    context = json.loads((home / "config/nats/context/work.json").read_text())
    assert (context["url"], context["creds"]) == ("nats://elsewhere.example:4222", result["saved"]["path"])
    assert result["saved"]["path"] == str(home / "config/nats/context/work.creds")


def test_what_the_service_leaves_out_or_empty_is_no_problem(bridge, service, account):
    service.fail(POST, reshape(lambda row: {**{k: v for k, v in row.items() if k != "region"}, "updated_at": None, "new": [1]}))
    result = made(bridge, account, name="app")
    assert (result["region"], result["updated_at"], result["new"]) == ("fr-par", None, [1])


@pytest.mark.parametrize("options", [{"sort_keys": True, "separators": (" , ", " : ")}, {"ensure_ascii": True}, {"indent": 2}], ids=str)
def test_the_secret_is_checked_by_its_bytes_however_it_is_written(bridge, service, account, options):
    service.fail(POST, reshape(**options))
    result = made(bridge, account, name="é")
    assert secret_of(result) == service.issued[result["id"]]


def test_a_compressed_answer(bridge, service, account):
    service.fail(POST, compressed("gzip"))
    result = made(bridge, account, name="app")
    assert secret_of(result) == service.issued[result["id"]]


# --- refused before or by the service -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("params", [{}, {"name": "app"}, {"name": "app", "if_exists": "fail"}], ids=str)
def test_without_an_account_nothing_is_sent(bridge, service, account, params):
    error = bridge.error(CREATE, params)
    assert error["code"] == -32602 and error["data"]["fields"][0]["name"] == "nats_account_id"
    says(error["data"], "invalid_params", "none")
    assert error["data"]["source"] == "bridge" and not service.requests


REFUSALS = {
    "not this key's": (permissions_403(), "permission_denied"),
    "no such account": (namespace_404(), "not_found"),
    "no such key": (answer(401, {"type": "denied_authentication", "reason": "not_found", "message": "no"}), "unauthenticated"),
    "a quota": (answer(403, {"type": "quotas_exceeded", "details": [], "message": "no"}), "quota_exceeded"),
    "a wrong value": (answer(400, {"type": "invalid_arguments", "details": [], "message": "no"}), "invalid_params"),
    "the name is taken": (answer(409, {"type": "already_exists", "message": "no"}), "already_exists"),
    "a conflict": (answer(409, KNOWN), "conflict"),
    "a page of a gateway": (gateway_html(404), "bad_response"),
}


@pytest.mark.parametrize("name", [None, "app"], ids=["made-up", "named"])
@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_is_taken_at_its_word(bridge, service, account, refusal, name):
    how, kind = REFUSALS[refusal]
    service.fail(POST, how)
    data = failed(bridge, account, **({"name": name} if name else {}))
    says(data, kind, "none")
    assert not service.credentials and methods(service) == ["POST"] and "candidates" not in data


def test_an_account_that_is_not_there(bridge, service, account):
    data = failed(bridge, {"id": NOBODY}, name="app")
    says(data, "not_found", "none")
    assert (data["resource"], data["resource_id"]) == ("account", NOBODY) and not service.credentials


ACCOUNTS = {
    "missing": (namespace_404(), "not_found"),
    "not ours": (permissions_403(), "permission_denied"),
    "without endpoint": (reshape(lambda row: {**row, "endpoint": None}), "bad_response"),
}


@pytest.mark.parametrize("fault", ACCOUNTS)
def test_a_context_without_its_account_makes_nothing(bridge, service, account, home, fault):
    how, kind = ACCOUNTS[fault]
    service.fail("GET /nats-accounts/", how)
    says(failed(bridge, account, name="app", nats_context="work"), kind, "none")
    assert methods(service) == ["GET"] and not list(home.rglob("work.*"))


def test_a_file_that_is_in_the_way_is_seen_before_anything_is_sent(bridge, service, account, home):
    (home / "app.creds").write_text("mine")
    error = bridge.error(CREATE, {"nats_account_id": account["id"], "save_to": str(home / "app.creds")})
    assert save_error(error) == ("exists", "none") and not service.requests


# --- the answer is lost: the credential is there, its secret nowhere -----------------------------------------------------------------------


def body(data, type="application/json", status=200):
    return carried_out_then(answer(status, data, headers=[("Content-Type", type)]))


def promised_more(status, headers, data):
    return status, [(name, value + 10 if name == "Content-Length" else value) for name, value in headers], data


LOST = {
    "not JSON": (body(b"made"), "bad_response"),
    "half JSON": (transform(lambda status, headers, data: (status, headers, data[:-1])), "bad_response"),
    "JSON and more": (transform(lambda status, headers, data: (status, headers, data + b"]")), "bad_response"),
    "no body": (body(b""), "bad_response"),
    "an array": (body([]), "bad_response"),
    "an empty object": (body({}), "bad_response"),
    "null": (body(b"null"), "bad_response"),
    "no id": (reshape(lambda row: {**row, "id": None}), "bad_response"),
    "an id of another kind": (reshape(lambda row: {**row, "id": NOBODY}), "bad_response"),
    "an id that leads elsewhere": (reshape(lambda row: {**row, "id": f"../nats-accounts/{row['nats_account_id']}"}), "bad_response"),
    "another account's id": (reshape(lambda row: {**row, "nats_account_id": NOBODY}), "bad_response"),
    "another name and no secret": (reshape(lambda row: {**row, "name": "other", "credentials": None}), "bad_response"),
    "no name": (reshape(lambda row: {**row, "name": None}), "bad_response"),
    "HTML": (body(b"<html></html>", "text/html"), "bad_response"),
    "cut off": (transform(promised_more), "bad_response"),
    "not gzip": (transform(lambda s, headers, data: (s, [*headers, ("Content-Encoding", "gzip")], data)), "bad_response"),
    "no HTTP": (carried_out_then(raw(b"it is made\r\n\r\n")), "bad_response"),
    "too large": (carried_out_then(endless_body()), "bad_response"),
    "too many headers": (carried_out_then(endless_headers()), "bad_response"),
    "201": (transform(lambda status, headers, data: (201, headers, data)), "bad_response"),
    "204": (transform(lambda status, headers, data: (204, headers[:-1], b"")), "bad_response"),
    "a redirect": (carried_out_then(redirect(307, "/mnq")), "bad_response"),
    "500": (body({"message": "internal error"}, status=500), "backend_unavailable"),
    "502": (carried_out_then(gateway_html()), "backend_unavailable"),
    "503 with a time": (carried_out_then(answer(503, headers=[("Retry-After", "1")])), "backend_unavailable"),
    "504": (carried_out_then(gateway_html(504)), "backend_unavailable"),
    "501": (carried_out_then(answer(501)), "backend_unavailable"),
    "408": (carried_out_then(answer(408)), "backend_unavailable"),
    "reset": (carried_out_then(reset()), "network"),
    "closed": (carried_out_then(close()), "network"),
    "reset in the headers": (reset("headers"), "network"),
    "closed in the headers": (close("headers"), "bad_response"),
    "reset before the body": (reset("body-start"), "network"),
    "closed before the body": (close("body-start"), "bad_response"),
    "reset in the body": (reset("mid-body"), "network"),
    "closed in the body": (close("mid-body"), "bad_response"),
}  # fmt: skip


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


DELETES = {"409": answer(409, KNOWN), "401": answer(401, {"message": "no"}), "500": answer(500)}


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


# Sent once


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


# The credential is known, its secret cannot be used


def changed(**members):
    return reshape(lambda row: {**row, **members})


def without(name):
    return reshape(lambda row: {key: value for key, value in row.items() if key != name})


def secret(change):
    return reshape(lambda row: {**row, "credentials": change(row["credentials"])})


UNUSABLE = {
    "the checksum of something else": changed(checksum="0" * 40),
    "no checksum": without("checksum"),
    "checksum null": changed(checksum=None),
    "a checksum of another kind": changed(checksum="0" * 64),
    "more content": secret(lambda secret: {**secret, "content": secret["content"] + "\n"}),
    "less content": secret(lambda secret: {**secret, "content": secret["content"][:-1]}),
    "other line ends": secret(lambda secret: {**secret, "content": secret["content"].replace("\n", "\r\n")}),
    "no content": secret(lambda secret: {"name": secret["name"]}),
    "content null": secret(lambda secret: {**secret, "content": None}),
    "secret null": changed(credentials=None),
    "secret a text": secret(lambda secret: secret["content"]),
    "no secret": without("credentials"),
    "no file name": secret(lambda secret: {"content": secret["content"]}),
    "a member twice": transform(lambda status, headers, data: (status, headers, data[:-1] + b',"checksum":"x"}')),
}


@pytest.mark.parametrize("params", [{}, {"name": "app"}], ids=str)
@pytest.mark.parametrize("fault", UNUSABLE)
def test_a_credential_of_no_use_is_deleted_by_its_id(bridge, service, account, fault, params):
    """Its id is known: whoever made the name up."""
    service.fail(POST, UNUSABLE[fault])
    says(failed(bridge, account, **params), "bad_response", "none")
    assert not service.credentials and methods(service) == ["POST", "DELETE"]


@pytest.mark.parametrize("fault", ["409", "500"])
def test_a_credential_of_no_use_that_cannot_be_deleted_is_named(bridge, service, account, fault):
    service.fail(POST, changed(credentials=None))
    service.fail(DELETE, DELETES[fault], None)
    data = failed(bridge, account, name="app")
    says(data, "bad_response", "done")
    assert (data["resource"], [data["resource_id"]]) == ("credentials", list(service.credentials))


def test_a_credential_of_no_use_whose_deletion_hears_of_no_such_account(bridge, service, account):
    service.fail(POST, changed(credentials=None))
    service.fail(DELETE, namespace_404())
    says(failed(bridge, account, name="app"), "bad_response", "none")
    assert not service.credentials


@pytest.mark.parametrize("params", [{}, {"name": "app"}], ids=str)
@pytest.mark.parametrize("whose", ["another account's", "another name's"])
def test_an_answer_about_another_credential_deletes_nothing_of_others(bridge, service, account, whose, params):
    """An id in an answer that need not be this request's own says nothing."""
    if whose == "another account's":
        bystander = service.add_credentials(service.add_account("other")["id"])
        row = {**bystander, "credentials": {"name": "user.creds", "content": service.issued[bystander["id"]]}}
    else:
        bystander = row = service.add_credentials(account["id"], "other")
    service.fail(POST, carried_out_then(answer(200, row)))
    data = failed(bridge, account, **params)
    if params:
        assert (data["outcome"], data["candidates"]) == ("unknown", [id for id in service.credentials if id != bystander["id"]])
    else:
        assert (data["outcome"], list(service.credentials)) == ("none", [bystander["id"]])
    assert bystander["id"] in service.credentials


# --- the file ------------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(home):
    (home / "work").mkdir()
    return home / "work"


def swapped(folder):
    folder.rename(folder.with_name("old"))
    folder.mkdir()


SAVES = {
    "the folder is gone": (shutil.rmtree, "no_folder"),
    "another folder is there": (swapped, "no_folder"),
    "a file came in between": (lambda folder: (folder / "app.creds").write_text("mine"), "exists"),
}


@pytest.mark.parametrize("params", [{}, {"name": "app"}], ids=str)
@pytest.mark.parametrize("what", SAVES)
def test_a_file_that_cannot_be_written_after_all_undoes_the_credential(bridge, service, account, home, folder, what, params):
    act, reason = SAVES[what]
    when(service, "POST", lambda _: act(folder))
    error = bridge.error(CREATE, {"nats_account_id": account["id"], "save_to": str(folder / "app.creds"), **params})
    assert save_error(error) == (reason, "none") and "resource_id" not in error["data"]
    assert not service.credentials and methods(service) == ["POST", "DELETE"]
    left = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    assert all(data == b"mine" for data in left)


@pytest.mark.parametrize("fault", ["409", "500"])
def test_a_file_that_cannot_be_written_and_a_credential_that_cannot_be_undone(bridge, service, account, folder, fault):
    when(service, "POST", lambda _: shutil.rmtree(folder))
    service.fail(DELETE, DELETES[fault], None)
    error = bridge.error(CREATE, {"nats_account_id": account["id"], "save_to": str(folder / "app.creds")})
    assert save_error(error) == ("no_folder", "done")
    assert (error["data"]["resource"], [error["data"]["resource_id"]]) == ("credentials", list(service.credentials))


def test_undoing_waits_while_the_account_is_said_not_to_be_there(bridge, service, account, folder):
    """That is the service's habit after a write, and says nothing of the credential."""
    when(service, "POST", lambda _: shutil.rmtree(folder))
    service.fail(DELETE, namespace_404(), 2)
    error = bridge.error(CREATE, {"nats_account_id": account["id"], "save_to": str(folder / "app.creds")})
    assert save_error(error) == ("no_folder", "none") and not service.credentials


@pytest.mark.parametrize("fault", ["reset", "not JSON", "500"])
def test_a_lost_answer_leaves_no_file(bridge, service, account, folder, fault):
    service.fail(POST, LOST[fault][0])
    failed(bridge, account, save_to=str(folder / "app.creds"))
    assert not os.listdir(folder) and not service.credentials


# --- the answer that nobody takes ----------------------------------------------------------------------------------------------------------


def told(errors):
    """The one line on stderr: its id, and what became of it."""
    found = TOLD.fullmatch(errors.decode())
    assert found, "stderr says something else"
    return found.groups()


def reader_goes(service, account, bridge, **params):
    """Nobody reads any more when the credential is made, but before its answer is there. Gives what was told."""
    gate = threading.Event()
    service.fail(POST, carried_out_then(delay(gate)), times=1)
    bridge.send(create(nats_account_id=account["id"], **params))
    service.wait_for(lambda s: s.credentials)
    bridge.process.stdout.close()
    gate.set()
    assert bridge.process.wait(LIMIT) == 0
    return bridge.process.stderr.read()


@pytest.mark.parametrize("params", [{}, {"name": "app"}], ids=str)
def test_the_reader_goes_before_the_answer(bridge, service, account, params):
    id, became = told(reader_goes(service, account, bridge, **params))
    assert became == DELETED and id in service.issued and not service.credentials


def test_the_reader_goes_and_the_credential_cannot_be_deleted(bridge, service, account):
    service.fail(DELETE, answer(409, KNOWN), None)
    id, became = told(reader_goes(service, account, bridge))
    assert DELETED not in became and "conflict" in became and list(service.credentials) == [id]


def test_a_saved_credential_stays_when_the_reader_goes(bridge, service, account, home):
    errors = reader_goes(service, account, bridge, save_to=str(home / "app.creds"))
    [id] = service.credentials
    is_saved = (home / "app.creds").read_text() == service.issued[id]
    assert is_saved and errors == b"" and "DELETE" not in methods(service)


def test_a_stdout_that_takes_nothing(home, service, account):
    line = json.dumps(create(nats_account_id=account["id"])).encode() + b"\n"
    with open("/dev/full", "wb") as full:
        result = run(home, env=service.environment, input=line, stdout=full)
    assert told(result.stderr)[1] == DELETED and not service.credentials and len(service.issued) == 1


def test_the_command_line_undoes_what_it_cannot_print(home, service, account):
    with open("/dev/full", "wb") as full:
        result = call(home, CREATE, f"nats_account_id={account['id']}", env=service.environment, stdout=full)
    assert result.returncode != 0 and not service.credentials and len(service.issued) == 1
    is_shown = any(line.encode() in result.stderr for content in service.issued.values() for line in content.splitlines() if line)
    assert not is_shown


# --- if_exists -----------------------------------------------------------------------------------------------------------------------------


def named(service, account, count, name="app"):
    return [service.add_credentials(account["id"], name)["id"] for _ in range(count)]


@pytest.mark.parametrize("count", [1, 2])
def test_fail_names_those_that_are_there(bridge, service, account, count):
    old = named(service, account, count)
    data = failed(bridge, account, name="app", if_exists="fail")
    says(data, "already_exists", "none")
    assert data["candidates"] == old == list(service.credentials) and not posts(service)


@pytest.mark.parametrize("params", [{"if_exists": "fail"}, {"if_exists": "replace", "save_to": "new.creds"}], ids=str)
def test_without_one_of_the_name_another_is_made(bridge, service, account, home, params):
    if "save_to" in params:
        params = {**params, "save_to": str(home / params["save_to"])}
    named(service, service.add_account("other"), 1)
    named(service, account, 1, "app2")
    result = made(bridge, account, name="app", **params)
    assert len(service.credentials) == 3 and service.credentials[result["id"]]["name"] == "app" and "DELETE" not in methods(service)
    assert result.get("replaced", []) == []


def test_replace_deletes_the_old_one_when_the_new_file_is_there(bridge, service, account, home):
    [old] = named(service, account, 1)
    path, seen = home / "app.creds", []
    path.write_text("of the old one")
    when(service, "DELETE", lambda _: seen.append(path.read_text() == list(service.issued.values())[-1]))
    result = made(bridge, account, name="app", if_exists="replace", save_to=str(path), overwrite=True)
    assert (result["replaced"], list(service.credentials), seen) == ([old], [result["id"]], [True])
    saved_right(result)
    assert "not_deleted" not in result


def test_replace_of_several_does_nothing(bridge, service, account, home):
    old = named(service, account, 2)
    data = failed(bridge, account, name="app", if_exists="replace", save_to=str(home / "app.creds"))
    says(data, "conflict", "none")
    assert data["candidates"] == old == list(service.credentials) and not posts(service) and not list(home.glob("app.creds"))


@pytest.mark.parametrize("fault", ["409", "500"])
def test_replace_tells_which_old_one_is_left(bridge, service, account, home, fault):
    [old] = named(service, account, 1)
    service.fail(DELETE, DELETES[fault], None)
    result = made(bridge, account, name="app", if_exists="replace", save_to=str(home / "app.creds"))
    assert (result["replaced"], result["not_deleted"]) == ([], [old])
    assert set(service.credentials) == {old, result["id"]}
    saved_right(result)


def test_replace_of_one_that_went_away_by_itself(bridge, service, account, home):
    [old] = named(service, account, 1)
    when(service, "POST", lambda _: service.credentials.pop(old))
    result = made(bridge, account, name="app", if_exists="replace", save_to=str(home / "app.creds"))
    assert (result["replaced"], list(service.credentials)) == ([old], [result["id"]])


@pytest.mark.parametrize("fault", ["reset", "500"])
def test_a_replace_whose_create_is_lost_leaves_the_old_one(bridge, service, account, home, fault):
    [old] = named(service, account, 1)
    service.credentials[old]["created_at"] = "2026-01-01T00:00:00.000000Z"
    service.fail(POST, LOST[fault][0])
    data = failed(bridge, account, name="app", if_exists="replace", save_to=str(home / "app.creds"))
    assert data["outcome"] == "unknown" and data["candidates"] == [id for id in service.credentials if id != old]
    assert old in service.credentials and len(service.credentials) == 2 and "DELETE" not in methods(service)


def test_a_replace_whose_file_fails_leaves_the_old_one(bridge, service, account, folder):
    [old] = named(service, account, 1)
    when(service, "POST", lambda _: shutil.rmtree(folder))
    params = {"nats_account_id": account["id"], "name": "app", "if_exists": "replace", "save_to": str(folder / "app.creds")}
    assert save_error(bridge.error(CREATE, params)) == ("no_folder", "none")
    assert list(service.credentials) == [old]


@pytest.mark.parametrize("places", [[0], [99], [100], [249], [0, 249], [99, 100]], ids=str)
@pytest.mark.parametrize("longest", [100, 20])
def test_the_name_is_looked_for_on_every_page(bridge, service, account, longest, places):
    """Of 250 rows, on pages that may be shorter than asked for."""
    service.max_page_size = longest
    ids = service.add_many(account["id"], 250)
    for place in places:
        service.credentials[ids[place]]["name"] = "app"
    assert failed(bridge, account, name="app", if_exists="fail")["candidates"] == [ids[place] for place in places]


@pytest.mark.parametrize("fault", ["409", "500"])
def test_a_look_for_the_name_that_fails_makes_nothing(bridge, service, account, fault):
    service.fail(LIST, DELETES[fault], None)
    assert failed(bridge, account, name="app", if_exists="fail")["outcome"] == "none"
    assert not service.credentials and not posts(service)


# --- accounts ------------------------------------------------------------------------------------------------------------------------------

ACCOUNT = "POST /nats-accounts"
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


# --- ends ----------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("saved", [False, True], ids=["shown", "saved"])
def test_a_create_that_is_done_soon_after_a_signal_is_answered(bridge, service, account, home, saved):
    gate = threading.Event()
    service.fail(POST, carried_out_then(delay(gate)))
    bridge.send(create(nats_account_id=account["id"], **({"save_to": str(home / "app.creds")} if saved else {})))
    service.wait_for(lambda s: s.credentials)
    bridge.process.send_signal(signal.SIGTERM)
    # A read is answered at once, so the signal has been seen.
    bridge.send({"jsonrpc": "2.0", "id": "late", "method": "bridge.ping"})
    gate.set()
    answers = [message for message in iter(bridge.message, None) if message["id"] == 1]
    [result] = [message["result"] for message in answers]
    is_right = secret_of(result) == service.issued[result["id"]]
    assert is_right and bridge.end()[0] == 0 and list(service.credentials) == [result["id"]]


# --- what mostly waits ---------------------------------------------------------------------------------------------------------------------


def silent_after(stage):
    """A create that is carried out and whose answer stops there for ever, under a name of either kind."""

    def scenario(home):
        with started(home) as (service, account, bridge):
            service.fail(POST, carried_out_then(silence()) if stage == "request" else silence(stage), None)
            # In two regions, so that neither waits for the other.
            other = service.add_account("other", region="nl-ams")
            bridge.result("credentials.list")
            bridge.send(
                create(id=1, nats_account_id=account["id"], timeout_ms=2000),
                create(id=2, nats_account_id=other["id"], timeout_ms=2000, region="nl-ams", name="app"),
            )
            answers = {message["id"]: message["error"]["data"] for message in (bridge.message(), bridge.message())}
            says(answers[1], "timeout", "none")
            says(answers[2], "timeout", "unknown")
            assert answers[2]["candidates"] == list(service.credentials) and len(posts(service)) == 2
            assert [row["name"] for row in service.credentials.values()] == ["app"]

    return scenario


for each in ("request", "headers", "body-start", "mid-body"):
    long[f"silent after {each}"] = silent_after(each)


def nothing_was_done(how, kind, keep=False):
    """Not finding it proves nothing, so nothing is repeated and nothing deleted."""

    def scenario(home):
        with started(home) as (service, account, bridge):
            bystander = service.add_credentials(account["id"], "app", created_at="2026-01-01T00:00:00.000000Z")["id"]
            if keep:
                bridge.result("credentials.list")
            service.fail(POST, how)
            data = failed(bridge, account)
            says(data, kind, "unknown")
            assert data["candidates"] == [] and len(posts(service)) == 1 and list(service.credentials) == [bystander]
            assert "DELETE" not in methods(service)

    return scenario


NOTHING = {
    "reset": (reset(), "network"), "closed": (close(), "network"), "500": (answer(500), "backend_unavailable"),
    "503 with a time": (answer(503, headers=[("Retry-After", "1")]), "backend_unavailable"), "HTML": (gateway_html(200), "bad_response"),
    "reset on a kept connection": (reset(), "network", True), "closed on a kept connection": (close(), "network", True),
}  # fmt: skip
for each, arguments in NOTHING.items():
    long[f"nothing was done, {each}"] = nothing_was_done(*arguments)


@long
def a_lost_account_that_was_never_made(home):
    with started(home) as (service, account, bridge):
        service.fail(ACCOUNT, reset())
        data = bridge.error("accounts.create")["data"]
        says(data, "network", "unknown")
        assert data["candidates"] == [] and list(service.accounts) == [account["id"]] and len(posts(service)) == 1


@long
def a_silent_account(home):
    with started(home) as (service, account, bridge):
        service.fail(ACCOUNT, carried_out_then(silence()))
        says(bridge.error("accounts.create", {"timeout_ms": 2000})["data"], "timeout", "none")
        assert list(service.accounts) == [account["id"]]


@long
def a_look_that_hangs(home):
    """Ten seconds, and then it is not known."""
    with started(home) as (service, account, bridge):
        service.fail(POST, carried_out_then(reset()))
        service.fail(LIST, silence(), None)
        says(failed(bridge, account), "network", "unknown")
        assert len(service.credentials) == 1 and len(posts(service)) == 1


@long
def a_look_without_the_right_to_it(home):
    """After a write of ours a right may still be on its way, so it is waited for; not for ever."""
    with started(home) as (service, account, bridge):
        service.fail(POST, carried_out_then(reset()))
        service.fail(LIST, permissions_403(), None)
        says(failed(bridge, account), "network", "unknown")
        assert len(service.credentials) == 1 and len(posts(service)) == 1


@long
def a_deletion_in_the_look_without_the_right_to_it(home):
    with started(home) as (service, account, bridge):
        service.fail(POST, carried_out_then(reset()))
        service.fail(DELETE, permissions_403(), None)
        data = failed(bridge, account)
        says(data, "network", "unknown")
        assert data["candidates"] == list(service.credentials) and len(service.credentials) == 1


@long
def a_deletion_in_the_look_that_hangs(home):
    with started(home) as (service, account, bridge):
        service.fail(POST, carried_out_then(reset()))
        service.fail(DELETE, silence(), None)
        data = failed(bridge, account)
        says(data, "network", "unknown")
        assert data["candidates"] == list(service.credentials) and len(service.credentials) == 1


@long
def a_deletion_of_what_is_of_no_use_that_hangs(home):
    with started(home) as (service, account, bridge):
        service.fail(POST, changed(credentials=None))
        service.fail(DELETE, silence(), None)
        data = failed(bridge, account, name="app")
        says(data, "bad_response", "done")
        assert [data["resource_id"]] == list(service.credentials)


@long
def all_is_silent_after_the_create(home):
    """Even then an answer comes within timeout_ms and 15 s, and names what is left."""
    with started(home) as (service, account, bridge):
        service.fail(POST, carried_out_then(silence()), None)
        service.fail(DELETE, silence(), None)
        data = failed(bridge, account, timeout_ms=2000)
        says(data, "timeout", "unknown")
        assert data["candidates"] == list(service.credentials) and len(service.credentials) == 1


@long
def a_file_that_fails_and_a_deletion_that_hangs(home):
    """Pending is not done: the file's error, and what is left."""
    with started(home) as (service, account, bridge):
        (home / "work").mkdir()
        when(service, "POST", lambda _: shutil.rmtree(home / "work"))
        service.fail(DELETE, silence(), None)
        error = bridge.error(CREATE, {"nats_account_id": account["id"], "save_to": str(home / "work/app.creds"), "timeout_ms": 2000})
        assert save_error(error) == ("no_folder", "done") and [error["data"]["resource_id"]] == list(service.credentials)


@long
def a_replace_whose_deletion_hangs(home):
    """The new one is safe, and is the answer, although its time is over."""
    with started(home) as (service, account, bridge):
        [old] = named(service, account, 1)
        service.fail(DELETE, silence(), None)
        result = made(bridge, account, name="app", if_exists="replace", save_to=str(home / "app.creds"), timeout_ms=2000)
        assert (result["replaced"], result["not_deleted"]) == ([], [old])
        saved_right(result)


@long
def a_signal_while_the_answer_does_not_come(home):
    """3 s for it; then nobody knows, which both ends are told."""
    with started(home) as (service, account, bridge):
        service.fail(POST, carried_out_then(silence()))
        bridge.send(create(nats_account_id=account["id"]))
        service.wait_for(lambda s: s.credentials)
        bridge.process.send_signal(signal.SIGTERM)
        says(bridge.message()["error"]["data"], "shutting_down", "unknown")
        assert bridge.message() is None and bridge.process.wait(LIMIT) == 0
        assert b"credentials.create" in bridge.process.stderr.read() and len(service.credentials) == 1


@pytest.mark.parametrize("scenario", long)
def test_what_mostly_waits(running, scenario):
    running(scenario)
