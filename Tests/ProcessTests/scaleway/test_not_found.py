"""What is not there, and what else was seen for these endpoints."""

import pytest

from bridge import Bridge
from scaleway_errors import DENIED, HELP, NOBODY, detail, every_method, field, hold, invalid, state, together
from scaleway_requests import ACCOUNT, CREDENTIAL
from scaleway_service import answer, carried_out_then, gateway_html, namespace_404, permissions_403

# What is not there.


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


# Seen for these endpoints.


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
