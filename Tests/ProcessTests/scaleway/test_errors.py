"""What becomes of the errors of Scaleway's API, status by status and type by type."""

import pytest

from process_tools import call
from scaleway_errors import (
    ATTEMPTS, DENIED, HELP, KINDS, NOBODY, detail, every_method, everywhere, field, hold, invalid, leaks, state, together,
)  # fmt: skip
from scaleway_requests import ACCOUNT, CREDENTIAL
from scaleway_service import answer, bare_429, carried_out_then, gateway_html, redirect

# Each status and type.

QUOTA = [{"resource": "nats_accounts", "quota": 10, "current": 10, "project_id": CREDENTIAL}, {"resource": "messages", "quota": 5, "current": 7}]
OF_ACCOUNT = {"resource": "namespace", "resource_id": ACCOUNT}
OF_CREDENTIAL = {"resource": "credentials", "resource_id": CREDENTIAL}
SERVICE = {"source": "service"}
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


# Bodies that are none of the API's.

HTML = b"<html><head><title>Blocked</title></head><body>\r\n<h1>Blocked by policy 4711</h1></body></html>"
BODIES = {
    "nothing": (b"", None), "text": (b"Blocked by policy 4711", "text/plain"), "html": (HTML, "text/html"),
    "html called json": (HTML, "application/json"), "an array": (b'["Blocked by policy 4711"]', "application/json"),
    "a text": (b'"Blocked by policy 4711"', "application/json"), "null": (b"null", "application/json"),
    "half of one": (b'{"message":"Blocked by policy 4711"', "application/json"), "no UTF-8": (b'{"message":"\xff"}', "application/json"),
    "too deep": (b"[" * 50000, "application/json"),
    "wrong types": (b'{"message":5,"type":[],"details":7,"resource":{},"resource_id":[1],"help_message":{},"reason":false}', "application/json"),
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


# `call`.

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
