"""Creating on Scaleway's regions: the normal way, and what is refused before or by the service."""

import hashlib
import json
import re

import pytest

from issued import CREATE, claims, create, save_error, saved_right, secret_of
from process_tools import call
from scaleway_calls import says
from scaleway_create import KNOWN, NOBODY, POST, failed, made, methods, posts
from scaleway_service import answer, compressed, gateway_html, namespace_404, permissions_403, reshape

# The normal way.


def test_the_secret_is_in_the_answer(bridge, service, account):
    result = made(bridge, account, name="app")
    content = secret_of(result)
    assert content == service.issued[result["id"]] and claims(content)["name"] == "app"
    assert result["checksum"] == hashlib.sha1(content.encode()).hexdigest() and result["credentials"]["name"] == "user.creds"
    assert (result["name"], result["nats_account_id"], result["region"]) == ("app", account["id"], "fr-par")
    # Nine digits, as they came.
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", result["created_at"])
    assert list(service.credentials) == [result["id"]] and "saved" not in result


def test_call_prints_the_secret_byte_for_byte_whatever_its_line_ends(home, service, account):
    def with_other_line_ends(row):
        content = row["credentials"]["content"].replace("\n", "\r\n")
        checksum = hashlib.sha1(content.encode()).hexdigest()
        return {**row, "checksum": checksum, "credentials": {**row["credentials"], "content": content}}

    service.fail(POST, reshape(with_other_line_ends))
    arguments = ("nats_account_id=" + account["id"], "--field", "credentials.content")
    result = call(home, CREATE, *arguments, env=service.environment)
    [content] = service.issued.values()
    assert (result.returncode, result.stdout, result.stderr) == (0, content.replace("\n", "\r\n").encode(), b"")


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


# Refused before or by the service.


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
