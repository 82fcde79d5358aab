"""What becomes of the errors of Scaleway's API: the API's facts, chapter 6, row by row, and what was seen for these endpoints."""

import contextlib
import json

import pytest

from bridge import Bridge
from process_tools import call
from scaleway import answer, bare_429, carried_out_then, gateway_html, namespace_404, permissions_403, redirect

# Well formed, but of nobody.
ACCOUNT = "AAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB776S"
CREDENTIAL = "7f1f2d1e-4b1c-4a7e-9a52-5d1b0c2e3f40"
# What passes of itself is asked for so often before it is an error.
ATTEMPTS = 4


def every_method(account, credential):
    """One call of each, and whether it changes something."""
    one, other = {"nats_account_id": account}, {"nats_credentials_id": credential}
    return {
        "credentials.list": ({}, False), "credentials.stream": ({}, False), "credentials.get": (other, False), "accounts.list": ({}, False),
        "accounts.stream": ({}, False), "accounts.get": (one, False), "credentials.create": ({**one, "name": "new"}, True),
        "credentials.delete": (other, True), "accounts.create": ({"name": "new"}, True), "accounts.update": ({**one, "name": "new"}, True),
        "accounts.delete": (one, True),
    }  # fmt: skip


METHODS = list(every_method(None, None))
CHANGES = [method for method in METHODS if every_method(None, None)[method][1]]


def together(home, service, calls, *options):
    """The answers to (method, params), each from a bridge of its own, so that pauses between attempts pass beside each other."""
    with contextlib.ExitStack() as stack:
        bridges = [stack.enter_context(Bridge(home, *options, env=service.environment)) for _ in calls]
        for bridge, (method, params) in zip(bridges, calls, strict=True):
            bridge.send({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        return [bridge.message() for bridge in bridges]


def state(service):
    return json.dumps([service.accounts, service.credentials])


def hold(answered, code, kind, retryable=False, outcome="none", status=None, attempts=1, **more):
    """What every error of the service says."""
    error = answered["error"]
    data = error["data"]
    assert (error["code"], data["kind"], data["retryable"], data["outcome"]) == (code, kind, retryable, outcome), answered
    assert (data["http_status"], data["attempts"]) == (status, attempts)
    assert data["elapsed_ms"] >= 0
    assert {name: data.get(name) for name in more} == more
    assert "  " not in error["message"] and error["message"].isprintable()
    return error


# --- chapter 6: the table -----------------------------------------------------------------------------------------------------------------

HELP = "value length must be between 1 and 64 runes, inclusive"
DENIED = {"type": "denied_authentication", "message": "authentication is denied", "method": "api_key"}
QUOTA = [{"resource": "nats_accounts", "quota": 10, "current": 10, "project_id": CREDENTIAL}, {"resource": "messages", "quota": 5, "current": 7}]
OF_ACCOUNT = {"resource": "namespace", "resource_id": ACCOUNT}
OF_CREDENTIAL = {"resource": "credentials", "resource_id": CREDENTIAL}
NOBODY = {"type": "not_found", "message": "resource is not found"}
SERVICE = {"source": "service"}


def field(name, reason, expected):
    return {"name": name, "reason": reason, "expected": expected}


def detail(name, reason, help_message=None):
    return {"argument_name": name, "reason": reason, **({"help_message": help_message} if help_message is not None else {})}


def invalid(*details):
    return {"type": "invalid_arguments", "message": "invalid argument(s)", "details": list(details)}


# Status, body, code, kind, members of data, words of the message.
FINAL = {
    "400 required": (400, invalid(detail("name", "required", "")), -32602, "invalid_params", {**SERVICE, "fields": [field("name", "required", "")]},
        ["name"]),
    "400 format": (400, invalid(detail("nats_credentials_id", "format", "value must be a valid UUID")), -32602, "invalid_params",
        {**SERVICE, "fields": [field("nats_credentials_id", "format", "value must be a valid UUID")]}, ["nats_credentials_id"]),
    "400 constraint": (400, invalid(detail("name", "constraint", HELP)), -32602, "invalid_params",
        {**SERVICE, "fields": [field("name", "constraint", HELP)]}, ["name"]),
    "400 unknown, without help": (400, invalid(detail("project_id", "unknown")), -32602, "invalid_params",
        {**SERVICE, "fields": [field("project_id", "unknown", "")]}, ["project_id"]),
    "400 two": (400, invalid(detail("name", "constraint", HELP), detail("page", "format", "a")), -32602, "invalid_params",
        {**SERVICE, "fields": [field("name", "constraint", HELP), field("page", "format", "a")]}, ["name"]),
    "400 without details": (400, {"type": "invalid_arguments", "message": "the project is suspended"}, -32602, "invalid_params",
        {**SERVICE, "fields": []}, ["the project is suspended"]),
    "400 odd details": (400,
        {"type": "invalid_arguments", "message": "odd", "details": [None, 5, "x", [], {}, {"argument_name": 5}, detail("name", None)]}, -32602,
        "invalid_params", {**SERVICE, "fields": [field("name", "unknown", "")]}, ["odd"]),
    "400 details no list": (400, {"type": "invalid_arguments", "message": "odd", "details": {"a": 1}}, -32602, "invalid_params",
        {**SERVICE, "fields": []}, ["odd"]),
    "400 of instances": (400, {"type": "invalid_request_error", "message": "Validation Error", "fields": {"name": ["too long"]}}, -32602,
        "invalid_params", SERVICE, ["Validation Error"]),
    "400 of an unknown type": (400, {"type": "bad_moon", "message": "the moon is wrong"}, -32602, "invalid_params", SERVICE, ["the moon is wrong"]),
    "400 only a message": (400, {"message": "the moon is wrong"}, -32602, "invalid_params", SERVICE, ["the moon is wrong"]),
    "401 not found": (401, {**DENIED, "reason": "not_found"}, 1401, "unauthenticated", {"reason": "not_found"}, ["SCW_SECRET_KEY"]),
    "401 malformed": (401, {**DENIED, "reason": "invalid_argument"}, 1401, "unauthenticated", {"reason": "invalid_argument"},
        ["SCW_SECRET_KEY", "form"]),
    "401 expired": (401, {**DENIED, "reason": "expired"}, 1401, "unauthenticated", {"reason": "expired"}, ["SCW_SECRET_KEY", "expired"]),
    "401 unknown reason": (401, {**DENIED, "reason": "unknown_reason"}, 1401, "unauthenticated", {"reason": "unknown_reason"}, ["SCW_SECRET_KEY"]),
    "401 no reason": (401, {"message": "authentication is denied"}, 1401, "unauthenticated", {"reason": None}, ["SCW_SECRET_KEY"]),
    "401 no body": (401, b"", 1401, "unauthenticated", {"reason": None}, ["SCW_SECRET_KEY"]),
    "403 no right": (403,
        {"type": "permissions_denied", "message": "insufficient permissions", "details": [{"action": "read", "resource": "namespace"}]}, 1403,
        "permission_denied", {"details": [{"action": "read", "resource": "namespace"}]}, ["SCW_SECRET_KEY", "insufficient permissions"]),
    "403 no details": (403, {"type": "permissions_denied", "message": "insufficient permissions"}, 1403, "permission_denied", {"details": None},
        ["SCW_SECRET_KEY"]),
    "403 no body": (403, b"", 1403, "permission_denied", {"details": None}, ["SCW_SECRET_KEY"]),
    "403 quota": (403, {"type": "quotas_exceeded", "message": "quota exceeded for this resource", "details": QUOTA}, 1430, "quota_exceeded",
        {"details": QUOTA}, ["quota exceeded for this resource"]),
    "403 quota, no details": (403, {"type": "quotas_exceeded", "message": "too many"}, 1430, "quota_exceeded", {"details": None}, ["too many"]),
    "404 of instances": (404, {"type": "unknown_resource", "message": "Volume not found"}, 1404, "not_found", {}, ["no such"]),
    "409 exists": (409, {"type": "already_exists", "message": "it is there", **OF_CREDENTIAL, "help_message": "take another name"}, 1409,
        "already_exists", OF_CREDENTIAL, ["it is there", "take another name"]),
    "409 account exists": (409, {"type": "already_exists", **OF_ACCOUNT, "help_message": "take another name"}, 1409, "already_exists",
        {"resource": "account", "resource_id": ACCOUNT}, ["take another name"]),
    "409 conflict": (409, {"type": "conflict", "message": "not now"}, 1409, "conflict", {}, ["not now"]),
    "409 unknown type": (409, {"type": "bad_moon", "message": "not now"}, 1409, "conflict", {}, ["not now"]),
    "409 no body": (409, b"", 1409, "conflict", {}, []),
    "410 as JS has it": (410, {"type": "expired", **OF_CREDENTIAL, "expired_since": "2026-01-01T00:00:00Z"}, 1410, "resource_expired",
        {**OF_CREDENTIAL, "expired_since": "2026-01-01T00:00:00Z"}, ["expired"]),
    "410 as Go has it": (410, {"type": "resource_expired", **OF_ACCOUNT, "expired_since": "2026-01-01T00:00:00Z"}, 1410, "resource_expired",
        {"resource": "account", "resource_id": ACCOUNT, "expired_since": "2026-01-01T00:00:00Z"}, ["expired"]),
    "410 no body": (410, b"", 1410, "resource_expired", {}, ["expired"]),
    "412 in use": (412,
        {"type": "precondition_failed", "message": "precondition is not respected", "precondition": "resource_still_in_use",
        "help_message": "delete its streams"}, 1412, "precondition_failed", {"precondition": "resource_still_in_use"}, ["delete its streams"]),
    "412 attribute": (412, {"type": "precondition_failed", "precondition": "attribute_must_be_set"}, 1412, "precondition_failed",
        {"precondition": "attribute_must_be_set"}, []),
    "412 protected": (412, {"type": "precondition_failed", "precondition": "protected_resource", "help_message": "it is protected"}, 1412,
        "precondition_failed", {"precondition": "protected_resource"}, ["it is protected"]),
    "412 no body": (412, b"", 1412, "precondition_failed", {"precondition": None}, []),
    "418 unknown": (418, {"type": "teapot", "message": "short and stout"}, 1502, "bad_response", {}, ["418"]),
    "400 no body": (400, b"", 1502, "bad_response", {}, ["400"]),
}  # fmt: skip


@pytest.mark.parametrize("status, body, code, kind, more, words", FINAL.values(), ids=FINAL)
def test_an_error_that_stays_is_told_at_once_by_every_method(service, bridge, account_id, credential, status, body, code, kind, more, words):
    before = state(service)
    for method, (params, _) in every_method(account_id, credential).items():
        service.fail("*", answer(status, body))
        count = len(service.requests)
        answered = bridge.call(method, params)
        (request,) = service.requests[count:]
        if kind == "not_found" and method.split(".")[1] in ("get", "update", "delete"):
            id = params.get("nats_credentials_id") or params["nats_account_id"]
            more = {"resource": "credentials" if id == credential else "account", "resource_id": id}
        error = hold(answered, code, kind, status=status, service_request_id=request.request_id, **more)
        more = more if kind != "not_found" else {}
        missing = [word for word in words if word not in error["message"]]
        assert missing == [], error["message"]
        assert state(service) == before and bridge.parts == []


@pytest.mark.parametrize("status, type, code, kind", [(409, "transient_state", 1409, "transient_state"), (423, "locked", 1423, "resource_locked")])
def test_a_thing_that_is_held_is_asked_for_again_and_then_named(home, service, account_id, credential, status, type, code, kind):
    state_of = {"current_state": "deleting"} if status == 409 else {}
    service.fail("*", answer(status, {"type": type, "message": "wait a little", **OF_ACCOUNT, **state_of}), times=None)
    before = state(service)
    calls = every_method(account_id, credential)
    for answered in together(home, service, [(method, params) for method, (params, _) in calls.items()]):
        error = hold(answered, code, kind, True, "none", status, ATTEMPTS, resource="account", resource_id=ACCOUNT, **state_of)
        assert "wait a little" in error["message"]
    assert len(service.requests) == ATTEMPTS * len(calls) and state(service) == before


TOO_MANY = {
    "type": "too_many_requests", "message": "slow down", "help_message": "h", "limit": {"quota": 5, "window_seconds": 1},
    "reset_at": "2026-01-01T00:00:00Z",
}  # fmt: skip


@pytest.mark.parametrize(
    "fault", [bare_429(), answer(429, TOO_MANY), answer(429, b"slow", [("Content-Type", "text/plain")])], ids=["bare", "typed", "text"]
)
def test_too_many_requests_is_waited_out_and_then_rate_limited(home, service, account_id, credential, fault):
    service.fail("*", fault, times=None)
    before = state(service)
    calls = every_method(account_id, credential)
    for answered in together(home, service, [(method, params) for method, (params, _) in calls.items()]):
        hold(answered, 1429, "rate_limited", True, "none", 429, ATTEMPTS)
    # A limit says that nothing was done, so even a creation is repeated.
    assert len(service.requests) == ATTEMPTS * len(calls) and state(service) == before


SICK = {
    "500": answer(500, {"message": "internal error", "type": "internal"}), "502 html": gateway_html(502), "503 html": gateway_html(503),
    "504 html": gateway_html(504), "503 out of stock": answer(503, {"type": "out_of_stock", "resource": "nats", "message": "out of stock"}),
    "500 nothing": answer(500), "520 text": answer(520, b"upstream said no", [("Content-Type", "text/plain")]),
    "599 broken json": answer(599, b'{"message":'), "408": answer(408),
    "503 json called html": answer(503, b'{"type":"not_found"}', [("Content-Type", "text/html")]),
}  # fmt: skip


def test_a_sick_service_is_asked_again_and_then_unavailable(home, service):
    """All of them beside each other, each for an account of its own."""
    accounts = {service.add_account(name)["id"]: name for name in SICK}
    for id, name in accounts.items():
        service.fail(f"GET /nats-accounts/{id}", SICK[name], times=None)
    answers = together(home, service, [("accounts.get", {"nats_account_id": id}) for id in accounts])
    for answered, name in zip(answers, accounts.values(), strict=True):
        error = hold(answered, 1503, "backend_unavailable", True, "none", int(name[:3]), ATTEMPTS)
        assert name[:3] in error["message"]
    assert len(service.requests) == ATTEMPTS * len(SICK)


def test_not_implemented_is_not_asked_for_again(service, bridge, account_id):
    service.fail("*", answer(501), times=None)
    error = bridge.error("accounts.get", {"nats_account_id": account_id})
    hold({"error": error}, 1503, "backend_unavailable", True, "none", 501)


def test_a_change_that_a_sick_service_did_not_answer_is_unknown(home, service, account_id, credential):
    for method in ("POST", "PATCH", "DELETE"):
        service.fail(method, gateway_html(502), times=None)
    calls = [(method, params) for method, (params, is_change) in every_method(account_id, credential).items() if is_change]
    for (method, _), answered in zip(calls, together(home, service, calls), strict=True):
        # A creation is never repeated: the first may have been carried out.
        hold(answered, 1503, "backend_unavailable", False, "unknown", 502, 1 if method.endswith("create") else ATTEMPTS)
        assert answered["error"]["data"].get("candidates") == ([] if method.endswith("create") else None)


def test_a_change_that_was_carried_out_behind_the_gateway_s_back(home, service, account_id, credential):
    for method in ("POST", "PATCH", f"DELETE /nats-credentials/{credential}", f"DELETE /nats-accounts/{account_id}"):
        service.fail(method, carried_out_then(gateway_html(504)), times=None)
    other = service.add_account("other")["id"]
    calls = [
        ("credentials.create", {"nats_account_id": other, "name": "new"}), ("credentials.create", {"nats_account_id": other}),
        ("accounts.create", {"name": "new"}), ("accounts.update", {"nats_account_id": other, "name": "renamed"}),
        ("credentials.delete", {"nats_credentials_id": credential}), ("accounts.delete", {"nats_account_id": account_id}),
    ]  # fmt: skip
    named, made_up, created, renamed, gone, gone_too = together(home, service, calls)
    (new,) = [id for id, row in service.credentials.items() if row["name"] == "new"]
    hold(named, 1503, "backend_unavailable", False, "unknown", 504, 1, candidates=[new])
    # A name of the bridge's own is found again, and what bears it deleted.
    hold(made_up, 1503, "backend_unavailable", True, "none", 504, 1)
    assert list(service.credentials) == [new]
    (new,) = [id for id, row in service.accounts.items() if row["name"] == "new"]
    hold(created, 1503, "backend_unavailable", False, "unknown", 504, 1, candidates=[new])
    hold(renamed, 1503, "backend_unavailable", False, "unknown", 504, ATTEMPTS)
    assert service.accounts[other]["name"] == "renamed"
    assert gone["result"]["deleted"] is True and gone_too["result"]["deleted"] is True


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(service, bridge, account_id, status):
    service.fail("*", redirect(status, service.url + "/mnq/v1beta1/regions/fr-par/nats-accounts"), times=None)
    error = bridge.error("accounts.get", {"nats_account_id": account_id})
    hold({"error": error}, 1502, "bad_response", False, "none", status)
    assert "redirect" in error["message"] and "api_url" in error["message"]
    assert len(service.requests) == 1


@pytest.mark.parametrize("status, type", [(409, "already_exists"), (410, "expired"), (423, "locked"), (409, "transient_state")])
def test_the_message_names_the_thing_that_the_service_names(service, bridge, account_id, status, type):
    """In a log the message may be all there is: one that speaks of "it" says nothing."""
    service.fail("*", answer(status, {"type": type, "message": "not now", **OF_CREDENTIAL}), times=None)
    message = bridge.error("accounts.update", {"nats_account_id": account_id, "name": "new"})["message"]
    assert CREDENTIAL in message and "not now" in message


# --- bodies that are none of the API's ----------------------------------------------------------------------------------------------------

HTML = b"<html><head><title>Blocked</title></head><body>\r\n<h1>Blocked by policy 4711</h1></body></html>"
BODIES = {
    "nothing": (b"", None), "text": (b"Blocked by policy 4711", "text/plain"), "html": (HTML, "text/html"),
    "html called json": (HTML, "application/json"), "an array": (b'["Blocked by policy 4711"]', "application/json"),
    "a text": (b'"Blocked by policy 4711"', "application/json"), "null": (b"null", "application/json"),
    "half of one": (b'{"message":"Blocked by policy 4711"', "application/json"), "no UTF-8": (b'{"message":"\xff"}', "application/json"),
    "too deep": (b"[" * 50000, "application/json"),
    "wrong types": (b'{"message":5,"type":[],"details":7,"resource":{},"resource_id":[1],"help_message":{},"reason":false}', "application/json"),
}  # fmt: skip
KINDS = {
    401: (1401, "unauthenticated"), 403: (1403, "permission_denied"), 404: (1502, "bad_response"), 409: (1409, "conflict"),
    410: (1410, "resource_expired"), 412: (1412, "precondition_failed"), 418: (1502, "bad_response"), 451: (1502, "bad_response"),
}  # fmt: skip


@pytest.mark.parametrize("body, type", BODIES.values(), ids=BODIES)
def test_a_body_that_cannot_be_read_leaves_the_status(service, bridge, account_id, body, type):
    for status, (code, kind) in KINDS.items():
        service.fail("*", answer(status, body, [("Content-Type", type)]))
        error = bridge.error("accounts.update", {"nats_account_id": account_id, "name": "new"})
        hold({"error": error}, code, kind, status=status)
        assert "4711" not in error["message"]
    assert service.accounts[account_id]["name"] == "mine"


@pytest.mark.parametrize("type", ["application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON"])
def test_an_error_s_content_type_may_have_parameters(service, bridge, type):
    service.fail("*", answer(400, {"message": "the moon is wrong"}, [("Content-Type", type)]))
    assert "the moon is wrong" in bridge.error("accounts.list")["message"]


# --- what is not there --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb, more", [("get", {}), ("update", {"name": "new"}), ("delete", {}), ("delete", {"missing_ok": False})])
def test_a_missing_account_is_named(service, bridge, verb, more):
    error = bridge.error(f"accounts.{verb}", {"nats_account_id": ACCOUNT, **more})
    request = service.requests[-1]
    hold({"error": error}, 1404, "not_found", status=404, service_request_id=request.request_id, resource="account", resource_id=ACCOUNT)
    assert "account" in error["message"] and ACCOUNT in error["message"]


@pytest.mark.parametrize("verb", ["get", "delete"])
def test_missing_credentials_are_named(service, bridge, verb):
    error = bridge.error(f"credentials.{verb}", {"nats_credentials_id": CREDENTIAL})
    hold({"error": error}, 1404, "not_found", status=404, resource="credentials", resource_id=CREDENTIAL)
    assert "credential" in error["message"] and CREDENTIAL in error["message"]


def test_a_credential_for_a_missing_account_names_the_account(service, bridge):
    error = bridge.error("credentials.create", {"nats_account_id": ACCOUNT, "name": "new"})
    hold({"error": error}, 1404, "not_found", status=404, resource="account", resource_id=ACCOUNT)
    assert "account" in error["message"] and ACCOUNT in error["message"]


def test_an_id_of_another_region_is_not_there(service, bridge, account_id, credential):
    for method, params in [("accounts.get", {"nats_account_id": account_id}), ("credentials.delete", {"nats_credentials_id": credential})]:
        error = bridge.error(method, {**params, "region": "nl-ams"})
        hold({"error": error}, 1404, "not_found", status=404)


@pytest.mark.parametrize("kind", ["accounts", "credentials"])
def test_what_is_not_there_is_not_deleted_and_that_may_be_all_right(service, bridge, kind):
    params = {"nats_account_id": ACCOUNT} if kind == "accounts" else {"nats_credentials_id": CREDENTIAL}
    assert bridge.result(f"{kind}.delete", {**params, "missing_ok": True}) == {**params, "deleted": False, "region": "fr-par"}
    assert len(service.requests) == 1


NOT_THE_API_S = {
    "html": gateway_html(404), "a route": answer(404, {"message": "Not found"}), "nothing": answer(404),
    "text": answer(404, b"404 page not found", [("Content-Type", "text/plain")]),
    "html called json": answer(404, b"<html>not_found</html>", [("Content-Type", "application/json")]), "another type": answer(404, {**NOBODY, "type": "no_such_page"}),
    "a type that is no text": answer(404, {**NOBODY, "type": ["not_found"]}), "null": answer(404, b"null"), "410 html": gateway_html(410),
}  # fmt: skip


@pytest.mark.parametrize("fault", NOT_THE_API_S.values(), ids=NOT_THE_API_S)
def test_a_404_that_is_not_the_api_s_never_counts_as_gone(service, bridge, account_id, credential, fault):
    before = state(service)
    for method, (params, _) in every_method(account_id, credential).items():
        for more in [{}, {"missing_ok": True}] if method.endswith("delete") else [{}]:
            service.fail("*", fault)
            error = bridge.error(method, {**params, **more})
            assert error["data"]["kind"] in ("bad_response", "resource_expired") and error["data"]["outcome"] == "none", method
            assert error["data"]["http_status"] in (404, 410)
    assert state(service) == before


@pytest.mark.parametrize("fault", [gateway_html(404), answer(404, {"message": "Not found"}), answer(404)], ids=["html", "a route", "nothing"])
def test_such_a_404_after_a_lost_answer_does_not_make_a_deletion_done(home, service, account_id, credential, fault):
    service.fail("DELETE", gateway_html(502), times=None)
    service.fail("GET", fault, times=None)
    one, other = {"nats_credentials_id": credential}, {"nats_account_id": account_id, "missing_ok": True}
    for answered in together(home, service, [("credentials.delete", one), ("accounts.delete", other)]):
        assert answered.get("result") is None and answered["error"]["data"]["outcome"] == "unknown"
    assert account_id in service.accounts and credential in service.credentials
    assert [request.method for request in service.requests].count("GET") == 2


def test_a_deletion_whose_answer_was_lost_is_done_when_the_api_no_longer_has_it(home, service, account_id):
    """Twice the same 404, but here it is the API's own word: after a repeat and after a look."""
    first, second = [service.add_credentials(account_id, name)["id"] for name in ("first", "second")]
    service.fail(f"DELETE /nats-credentials/{first}", carried_out_then(gateway_html(502)))
    service.fail(f"DELETE /nats-credentials/{second}", carried_out_then(gateway_html(502)))
    service.fail(f"DELETE /nats-credentials/{second}", gateway_html(502), times=None)
    calls = [("credentials.delete", {"nats_credentials_id": id, "missing_ok": True}) for id in (first, second)]
    for answered, id in zip(together(home, service, calls), (first, second), strict=True):
        assert answered["result"] == {"nats_credentials_id": id, "deleted": True, "region": "fr-par"}
    assert not service.credentials


def test_the_flapping_404_proves_nothing_about_a_credential(home, service, account_id):
    """Reads and changes say now and then that the account is not there, of credentials that are."""
    repeated, looked_after = [service.add_credentials(account_id, name)["id"] for name in ("repeated", "looked after")]
    service.fail(f"DELETE /nats-credentials/{repeated}", gateway_html(502))
    service.fail(f"DELETE /nats-credentials/{repeated}", namespace_404(account_id), times=None)
    service.fail(f"DELETE /nats-credentials/{looked_after}", gateway_html(502), times=None)
    service.fail(f"GET /nats-credentials/{looked_after}", namespace_404(account_id), times=None)
    for answered in together(home, service, [("credentials.delete", {"nats_credentials_id": id}) for id in (repeated, looked_after)]):
        assert answered.get("result") is None, "nothing was deleted"
        assert answered["error"]["data"]["outcome"] == "unknown"
    assert len(service.credentials) == 2


def test_the_flapping_404_is_not_missing_ok(service, bridge, account_id, credential):
    service.fail("DELETE", namespace_404(account_id))
    answered = bridge.call("credentials.delete", {"nats_credentials_id": credential, "missing_ok": True})
    assert "error" in answered and answered["error"]["data"]["resource"] == "account", answered
    assert credential in service.credentials


# --- seen for these endpoints -------------------------------------------------------------------------------------------------------------


def test_the_refusal_that_was_seen_of_an_id(service, bridge, account_id):
    service.fail("GET", answer(400, invalid(detail("nats_account_id", "constraint", "value length must be 56 runes"))))
    error = bridge.error("accounts.get", {"nats_account_id": account_id})
    fields = [field("nats_account_id", "constraint", "value length must be 56 runes")]
    hold({"error": error}, -32602, "invalid_params", status=400, source="service", fields=fields)
    assert "nats_account_id" in error["message"]


def test_a_refusal_of_the_service_and_one_of_ours_can_be_told_apart(service, bridge, account_id):
    service.fail("PATCH", answer(400, invalid(detail("name", "constraint", HELP))))
    theirs = bridge.error("accounts.update", {"nats_account_id": account_id, "name": "new"})["data"]
    ours = bridge.error("accounts.update", {"nats_account_id": account_id, "name": ""})["data"]
    assert (theirs["source"], ours["source"]) == ("service", "bridge")
    assert [set(each["fields"][0]) for each in (theirs, ours)] == [{"name", "reason", "expected"}] * 2


def test_an_account_just_made_that_cannot_be_found_is_found_a_little_later(service, bridge):
    made = bridge.result("accounts.create", {"name": "new"})["id"]
    service.fail(f"GET /nats-accounts/{made}", namespace_404(made), times=2)
    assert bridge.result("accounts.get", {"nats_account_id": made})["id"] == made
    # Long enough after the writes of others, or none of ours: it is what it says.
    other = service.add_account("other")["id"]
    service.fail(f"GET /nats-accounts/{other}", namespace_404(other))
    error = bridge.error("accounts.get", {"nats_account_id": other})
    hold({"error": error}, 1404, "not_found", status=404, resource="account", resource_id=other)


def test_credentials_whose_account_cannot_be_found_name_the_account(service, bridge, account_id, credential):
    service.fail("GET", namespace_404(account_id))
    error = bridge.error("credentials.get", {"nats_credentials_id": credential})
    hold({"error": error}, 1404, "not_found", status=404, resource="account", resource_id=account_id)
    assert "account" in error["message"]


@pytest.mark.parametrize("reason", ["not_found", "expired", "invalid_argument"])
def test_a_key_that_is_not_taken_is_named_by_its_place(home, service, account_id, credential, reason):
    if reason == "invalid_argument":
        service.fail("*", answer(401, {**DENIED, "reason": reason}), times=None)
    elif reason == "expired":
        service.expired_keys.add(service.key)
    else:
        service.keys.clear()
    before = state(service)
    with Bridge(home, env=service.environment) as bridge:
        for method, (params, _) in every_method(account_id, credential).items():
            error = bridge.error(method, params)
            hold({"error": error}, 1401, "unauthenticated", status=401, reason=reason)
            assert "SCW_SECRET_KEY" in error["message"]
    assert state(service) == before


def test_a_right_that_is_missing_says_which(service, bridge, account_id):
    for method, params, action in [("accounts.get", {}, "read"), ("accounts.update", {"name": "new"}, "write")]:
        service.fail("*", permissions_403())
        error = bridge.error(method, {"nats_account_id": account_id, **params})
        hold({"error": error}, 1403, "permission_denied", status=403, details=[{"action": action, "resource": "namespace"}])


# --- texts of errors ----------------------------------------------------------------------------------------------------------------------


def everywhere(text):
    """A text in each place of an error's body that may be shown."""
    details = [{"argument_name": text, "reason": text, "help_message": text, "action": text, "resource": text, text: text}]
    names = ("message", "help_message", "resource", "resource_id", "current_state", "precondition", "expired_since", "reason", "method")
    return {**dict.fromkeys(names, text), "details": details}


TYPES = {
    400: "invalid_arguments", 401: "denied_authentication", 403: "permissions_denied", 404: "not_found", 409: "already_exists", 410: "expired",
    412: "precondition_failed", 418: "teapot",
}  # fmt: skip
ODD = {
    "line ends": "first\r\nsecond\nthird", "escapes of a terminal": "\x1b[31mred\x1b]0;title\x07", "NUL": "a\0b", "C1": "a\x85b\x9bc",
    "DEL": "a\x7fb", "not ASCII": "déjà vu 🚀 \u2028 \u202e", "quotes": '"\\"; {"jsonrpc":"2.0"}',
}  # fmt: skip


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_texts_of_the_service_come_without_control_characters(home, service, account_id, text):
    with Bridge(home, "--log-level", "trace", env=service.environment) as bridge:
        for status, type in TYPES.items():
            service.fail("*", answer(status, {"type": type, **everywhere(text)}))
            error = bridge.error("accounts.update", {"nats_account_id": account_id, "name": "new"})
            shown = [error["message"], *texts(error["data"])]
            assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for each in shown for letter in each), status
            if status in (400, 403, 409, 412):
                clean = "".join(" " if ord(letter) < 32 or 127 <= ord(letter) < 160 else letter for letter in text)
                assert clean in error["message"]
        _, _, errors = bridge.end()
    assert errors.isascii() and not any(byte < 32 for line in errors.splitlines() for byte in line)


def texts(value):
    """Every text in a value, names of members too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            yield name
            yield from texts(each)


@pytest.mark.parametrize("letter", ["x", "é", "🚀", "\0", "a "])
def test_long_texts_are_cut(service, bridge, account_id, letter):
    for status, type in TYPES.items():
        service.fail("*", answer(status, {"type": type, **everywhere("begin " + letter * 5000)}))
        service.requests.clear()
        bridge.send({"jsonrpc": "2.0", "id": 1, "method": "accounts.update", "params": {"nats_account_id": account_id, "name": "new"}})
        error = (answered := bridge.message())["error"]
        assert "result" not in answered and len(error["message"].encode()) <= 1200
        assert all(len(text.encode()) <= 1100 for text in texts(error["data"]))
        assert len(json.dumps(error)) < 40000


@pytest.mark.parametrize("type", ["application/json", "text/html"])
def test_an_error_of_10_mb_is_an_error_of_a_few_words(home, service, account_id, type):
    body = json.dumps({"type": "not_found", "message": "begin " + "x" * 10_000_000}).encode()
    service.fail("*", answer(404, body, [("Content-Type", type)]), times=None)
    params = {"nats_account_id": account_id}
    calls = [("accounts.get", params), ("accounts.delete", {**params, "missing_ok": True})]
    for answered in together(home, service, calls):
        # More than anybody reads: it is not known what it says, least of all that something is gone.
        assert (answered["error"]["code"], answered["error"]["data"]["kind"]) == (1502, "bad_response")
        assert len(json.dumps(answered)) < 1000
    service.rules.clear()
    assert account_id in service.accounts


def long_refusal(status, megabytes):
    """Piece by piece, so that it is known how much of it went out."""
    body = b'{"message":"begin %s","type":"not_found"}' % (b"x" * int(megabytes * 1_000_000))

    def how(exchange):
        whole = b"".join(exchange.wire(exchange.server.json_answer(exchange.recorded, status, body)))
        for start in range(0, len(whole), 1 << 16):
            exchange.send(whole[start : start + (1 << 16)])

    return how


@pytest.mark.parametrize("megabytes", [0.1, 9, 30])
@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_however_long_its_reasons_a_refusal_keeps_its_status(service, bridge, account_id, framing, megabytes):
    """And no more of them is read than is used; what fills the buffers on the way is not to be helped."""
    service.framing = framing
    for status, (code, kind) in KINDS.items() if megabytes < 1 else [(401, KINDS[401]), (404, KINDS[404])]:
        service.fail("*", long_refusal(status, megabytes))
        error = bridge.error("accounts.update", {"nats_account_id": account_id, "name": "new"})
        hold({"error": error}, code, kind, status=status)
        assert len(json.dumps(error)) < 1000
        last = service.connections[-1]
        service.wait_for(lambda _, last=last: last.closed)
        assert last.sent < 15_000_000
    # Nothing of it stays behind.
    assert bridge.result("accounts.get", {"nats_account_id": account_id})["name"] == "mine"


def echoes(key):
    """What a careless service, or one that means harm, makes of a key."""
    digits = key.replace("-", "")
    return {
        "as it is": key, "in capitals": key.upper(), "mixed": "".join(c.upper() if at % 2 else c for at, c in enumerate(key)),
        "without dashes": digits, "without dashes, in capitals": digits.upper(), "with spaces": key.replace("-", " "),
        "in a sentence": f"the key {key} is not known (key={digits}).", "the first 16": key[:16], "the middle 16": key[10:26],
        "the last 16": key[-16:], "the first 16 digits": digits[:16], "the last 16 digits": digits[16:],
        "line by line": "\n".join(digits[at : at + 8] for at in range(0, 32, 8)), "in braces": "{" + key + "}", "letter by letter": " ".join(digits),
        "after 1 kB": "x" * 1500 + key, "at the edge": "x" * 990 + key,
    }  # fmt: skip


def leaks(key, output):
    """Places where nine or more digits of the key stand in a row, whatever is between them. Chance alone makes no nine."""
    hexadecimal = b"0123456789abcdefABCDEF"
    digits = key.replace("-", "").encode()
    found = bytes(byte for byte in output if byte in hexadecimal).lower()
    return [at for at in range(len(digits) - 8) if digits[at : at + 9] in found]


ECHOES = list(echoes("0" * 36))


@pytest.mark.parametrize("echo", ECHOES)
def test_a_key_that_comes_back_never_goes_out(home, service, account_id, credential, echo):
    text = echoes(str(service.key))[echo]
    output = b""
    with Bridge(home, "--log-level", "trace", env=service.environment) as bridge:
        for status, type in TYPES.items():
            service.fail("*", answer(status, {"type": type, **everywhere(text)}))
            bridge.send({"jsonrpc": "2.0", "id": 1, "method": "accounts.update", "params": {"nats_account_id": account_id, "name": "new"}})
            output += (line := bridge.line())
            assert json.loads(line)["error"]["data"]["http_status"] == status
        status, rest, errors = bridge.end()
    assert status == 0
    assert leaks(str(service.key), output + rest) == [] and leaks(str(service.key), errors) == []


def test_a_key_in_other_places_of_an_answer_never_goes_out(home, service, account_id):
    """In headers, in the type, in a body that is none, and in the place of the number by which a request is found again."""
    key = str(service.key)
    headers = [("X-Request-Id", key), ("Server", key), ("Location", "/" + key), ("Content-Type", f'application/json; key="{key}"')]
    service.allow_problems = True
    faults = [
        answer(400, {"type": key, "message": "m"}, headers), answer(404, {"type": "not_found", "resource": "namespace", "resource_id": key}, headers),
        answer(302, key.encode(), headers), answer(418, key.encode(), headers), answer(200, {key: key}, headers), answer(200, key.encode(), headers),
        answer(400, {"type": "invalid_arguments", "details": [{"argument_name": "name", "help_message": [key], "reason": {key: key}}]}, headers),
    ]  # fmt: skip
    with Bridge(home, "--log-level", "trace", env=service.environment) as bridge:
        for fault in faults:
            service.fail("GET", fault)
            bridge.send({"jsonrpc": "2.0", "id": 1, "method": "accounts.get", "params": {"nats_account_id": account_id}})
            line = bridge.line()
            assert leaks(key, line) == []
            assert "error" in json.loads(line)
        _, rest, errors = bridge.end()
    assert leaks(key, rest + errors) == []


# --- `call` -------------------------------------------------------------------------------------------------------------------------------

STATUSES = {
    "not found": (404, {**NOBODY, "resource": "credentials"}, 3, "not_found"), "unauthenticated": (401, {**DENIED, "reason": "expired"}, 4, "unauthenticated"),
    "no right": (403, {"type": "permissions_denied", "message": "insufficient permissions"}, 4, "permission_denied"),
    "quota": (403, {"type": "quotas_exceeded", "message": "m"}, 5, "quota_exceeded"),
    "exists": (409, {"type": "already_exists"}, 5, "already_exists"), "conflict": (409, {"type": "conflict", "message": "m"}, 5, "conflict"),
    "refused": (400, {"type": "invalid_arguments", "message": "m"}, 2, "invalid_params"),
    "no answer of the API's": (404, {"message": "Not found"}, 1, "bad_response"), "expired": (410, {"type": "expired"}, 1, "resource_expired"),
    "a precondition": (412, {"type": "precondition_failed"}, 1, "precondition_failed"),
}  # fmt: skip


@pytest.mark.parametrize("status, body, exit_status, kind", STATUSES.values(), ids=STATUSES)
def test_call_ends_with_a_status_for_each_kind_of_error(home, service, credential, status, body, exit_status, kind):
    service.fail("*", answer(status, body))
    result = call(home, "credentials.get", f"nats_credentials_id={credential}", env=service.environment)
    assert (result.returncode, result.stdout) == (exit_status, b"")
    assert result.stderr.startswith(f"nats-credentials-bridge: {kind}: ".encode()) and result.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    "status, body, kind", [(423, {"type": "locked"}, "resource_locked"), (429, b"", "rate_limited"), (503, b"", "backend_unavailable")]
)
def test_call_ends_with_6_for_what_may_pass(home, service, credential, status, body, kind):
    service.fail("*", answer(status, body), times=None)
    result = call(home, "credentials.get", f"nats_credentials_id={credential}", env=service.environment)
    assert (result.returncode, result.stdout) == (6, b"")
    assert result.stderr.startswith(f"nats-credentials-bridge: {kind}: ".encode())


def test_call_says_what_is_not_known(home, service, account_id):
    service.fail("PATCH", gateway_html(502), times=None)
    result = call(home, "accounts.update", f"nats_account_id={account_id}", "name=new", env=service.environment)
    assert result.returncode == 6 and b"outcome: unknown" in result.stderr


def test_call_never_shows_a_key_that_comes_back(home, service, account_id):
    service.fail("*", answer(400, {"type": "invalid_arguments", **everywhere(str(service.key))}))
    result = call(home, "--log-level", "trace", "accounts.get", f"nats_account_id={account_id}", env=service.environment)
    assert result.returncode == 2
    assert leaks(str(service.key), result.stdout + result.stderr) == []
