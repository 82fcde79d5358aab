"""Changes are repeated where that does nothing twice; what may have been done is never done twice, and an error says which it was."""

import contextlib
import itertools

import pytest

from beside import Beside
from bridge import Bridge
from issued import CREATE, secret_of
from messages import answers, call
from scaleway_calls import says
from scaleway_retries import CUT_OFF, DELETE, DELETE_ACCOUNT, NOTHING, PASSING, POST, UPDATE, asked, credential
from scaleway_service import Scaleway, answer, bare_429, carried_out_then, close, gateway_html, namespace_404, permissions_403, reset

SCENARIOS = Beside()


# Changes that may be repeated.


def deletes(service, account, name):
    id = service.add_credentials(account["id"], name, mint=False)["id"]
    return DELETE, {"nats_credentials_id": id}, f"DELETE {credential(id)}$", lambda: id not in service.credentials


def deletes_account(service, _, name):
    id = service.add_account("x")["id"]
    # What is gone by our own doing was not missing.
    return DELETE_ACCOUNT, {"nats_account_id": id, "missing_ok": True}, f"DELETE /nats-accounts/{id}$", lambda: id not in service.accounts


def renames(service, _, name):
    id = service.add_account("x")["id"]
    return UPDATE, {"nats_account_id": id, "name": "y"}, f"PATCH /nats-accounts/{id}$", lambda: service.accounts[id]["name"] == "y"


def creates(service, account, name):
    name = f"of {name}"
    return CREATE, {"nats_account_id": account["id"], "name": name}, None, lambda: any(row["name"] == name for row in service.credentials.values())


def creates_account(service, _, name):
    name = f"of {name}"
    return "accounts.create", {"name": name}, None, lambda: any(row["name"] == name for row in service.accounts.values())


def changing(home, make, faults, times):
    """One change for each fault, on three bridges, as the changes of one wait for each other. Gives, by the fault's name: the answer, whether
    the change has happened, and how often it was asked for."""
    with contextlib.ExitStack() as stack:
        service = stack.enter_context(Scaleway())
        account = service.add_account("mine")
        bridges = [stack.enter_context(Bridge(home, env=service.environment)) for _ in range(3)]
        cases = {}
        for (name, fault), bridge in zip(faults.items(), itertools.cycle(bridges)):
            method, params, when, has_happened = make(service, account, name)
            # Creates are told apart by the name in their body.
            rule = service.fail(when or (lambda recorded, name=name: f'"of {name}"'.encode() in recorded.body), fault[0], times)
            bridge.send(call(name, method, timeout_ms=600_000, **params))
            cases[name] = bridge, rule, has_happened
        found = {}
        for bridge in bridges:
            found.update(answers(bridge, sum(each[0] is bridge for each in cases.values())))
        return {
            name: (found[name], has_happened(), len([each for each in service.requests if rule.matches(each)]))
            for name, (_, rule, has_happened) in cases.items()
        }


# A deletion's answer has no body to be cut off.
OF_DELETIONS = {**PASSING, **{name: how for name, how in CUT_OFF.items() if name.endswith("headers")}}
OF_RENAMES = {**PASSING, **CUT_OFF}


def a_change_succeeds_when_the_service_does(make, faults, count):
    def scenario(home):
        for name, (answered, has_happened, times) in changing(home, make, faults, count).items():
            is_right = answered.get("result", {}).get("deleted", "result" in answered)
            assert is_right and has_happened and times == count + 1, name

    return scenario


for (each, faults), count in itertools.product([(deletes, OF_DELETIONS), (deletes_account, OF_DELETIONS), (renames, OF_RENAMES)], [1, 2, 3]):
    SCENARIOS[f"{each.__name__}, after {count} that failed"] = a_change_succeeds_when_the_service_does(each, faults, count)


def a_change_gives_up_after_four_attempts(make, faults):
    def scenario(home):
        for name, (answered, has_happened, times) in changing(home, make, faults, None).items():
            data, (_, kind, may_have_happened) = answered["error"]["data"], PASSING[name]
            says(data, kind, "unknown" if may_have_happened else "none")
            assert data["attempts"] == times == 4 and not has_happened, name
            assert data["retryable"] == (not may_have_happened) and "candidates" not in data, name

    return scenario


REFUSED = {name: fault for name, fault in PASSING.items() if not fault[2]}
for each, faults in ((deletes, PASSING), (deletes_account, PASSING), (renames, PASSING), (creates, REFUSED), (creates_account, REFUSED)):
    SCENARIOS[f"{each.__name__}, after 4 that failed"] = a_change_gives_up_after_four_attempts(each, faults)


def a_deletion_that_happened_is_seen(make):
    """Four attempts failed; the look says that it is gone."""
    faults = {name: [carried_out_then(fault[0])] for name, fault in PASSING.items() if name not in REFUSED}

    def scenario(home):
        for name, (answered, has_happened, times) in changing(home, make, faults, None).items():
            is_right = answered.get("result", {}).get("deleted")
            assert is_right is True and has_happened and times == 4, name

    return scenario


for each in (deletes, deletes_account):
    SCENARIOS[f"{each.__name__}, and no answer says so"] = a_deletion_that_happened_is_seen(each)


@pytest.mark.parametrize("params", [{}, {"missing_ok": True}], ids=str)
@pytest.mark.parametrize("end", [reset(), close("headers"), answer(500)], ids=["reset", "cut off", "500"])
def test_a_repeat_that_finds_nothing_has_deleted(bridge, service, account, end, params):
    id = service.add_credentials(account["id"], mint=False)["id"]
    service.fail("DELETE", carried_out_then(end))
    assert bridge.result(DELETE, {"nats_credentials_id": id, **params}) == {"nats_credentials_id": id, "deleted": True, "region": "fr-par"}
    assert [each.method for each in service.requests] == ["DELETE", "DELETE"] and not service.credentials


@pytest.mark.parametrize("how", [bare_429(), answer(423)], ids=["429", "423"])
def test_a_repeat_after_what_was_refused_has_not_deleted(bridge, service, account, how):
    """The first attempt certainly did nothing, so somebody else did."""
    params = {"nats_credentials_id": NOTHING}
    service.fail("DELETE", how)
    says(bridge.error(DELETE, params)["data"], "not_found", "none")
    service.fail("DELETE", how)
    assert bridge.result(DELETE, {**params, "missing_ok": True})["deleted"] is False


@pytest.mark.parametrize("has_happened", [True, False], ids=["done", "not done"])
def test_a_page_of_a_gateway_does_not_say_that_it_is_gone(bridge, service, account, has_happened):
    id = service.add_credentials(account["id"], mint=False)["id"]
    service.fail("DELETE", carried_out_then(reset()) if has_happened else reset())
    service.fail("DELETE", gateway_html(404))
    answered = bridge.call(DELETE, {"nats_credentials_id": id})
    if has_happened:
        assert answered["result"]["deleted"] is True
    else:
        assert answered["error"]["data"]["outcome"] == "unknown" and id in service.credentials


def test_a_repeat_that_hears_of_no_such_account_has_not_deleted(bridge, service, account):
    """Somebody may just have written there; it says nothing of the credential."""
    id = service.add_credentials(account["id"], mint=False)["id"]
    service.fail("DELETE", reset())
    service.fail("DELETE", namespace_404())
    answered = bridge.call(DELETE, {"nats_credentials_id": id})
    said = answered["result"]["deleted"] if "result" in answered else answered["error"]["data"]["outcome"]
    assert (said, id in service.credentials) in [(True, False), ("unknown", True)]


def test_a_look_that_hears_of_no_such_account_has_seen_nothing(bridge, service, account):
    id = service.add_credentials(account["id"], mint=False)["id"]
    service.fail("DELETE", answer(500), None)
    service.fail("GET", namespace_404(), None)
    says(bridge.error(DELETE, {"nats_credentials_id": id})["data"], "backend_unavailable", "unknown")
    assert id in service.credentials


@pytest.mark.parametrize("how", [answer(500), gateway_html(404), permissions_403(), reset()], ids=["500", "404 HTML", "403", "reset"])
def test_a_look_that_fails_proves_nothing(bridge, service, account, how):
    """With an attempt that is final, and may have happened, so that only the look takes its time."""
    id = service.add_credentials(account["id"], mint=False)["id"]
    service.fail("DELETE", carried_out_then(answer(501)))
    service.fail("GET", how, None)
    says(bridge.error(DELETE, {"nats_credentials_id": id})["data"], "backend_unavailable", "unknown")


# A create, whose repeat would make another.


def test_a_create_is_repeated_where_certainly_nothing_was_done(bridge, service):
    id = bridge.result("accounts.create", {"name": "new"})["id"]
    for how in (bare_429(), answer(429, headers=[("Retry-After", "0")]), namespace_404(id), permissions_403()):
        service.fail(POST, how)
    result = bridge.result(CREATE, {"nats_account_id": id, "name": "app"})
    is_same = secret_of(result) == service.issued[result["id"]]
    assert is_same and list(service.credentials) == [result["id"]] and len(asked(service, "POST", "/nats-credentials")) == 5


@pytest.mark.parametrize("method", [CREATE, "accounts.create"])
@pytest.mark.parametrize("status", [500, 502, 503, 504, 501])
def test_a_create_that_may_have_happened_is_never_repeated(bridge, service, account, method, status):
    service.fail("POST", carried_out_then(answer(status, headers=[("Retry-After", "0")])))
    data = bridge.error(method, {"name": "app", **({"nats_account_id": account["id"]} if method == CREATE else {})})["data"]
    says(data, "backend_unavailable", "unknown")
    assert len(asked(service, "POST")) == 1 and len(data["candidates"]) == 1


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_mostly_waits(running, scenario):
    running(scenario)
