"""What mostly waits: a look for what may come late takes 2.5 s, an answer that never comes 5 s. Run at the same time."""

import shutil
import signal

import pytest

from beside import Beside
from bridge import LIMIT
from issued import CREATE, create, save_error, saved_right
from scaleway_calls import says, started
from scaleway_create import ACCOUNT, DELETE, LIST, POST, changed, failed, made, methods, named, posts, when
from scaleway_service import answer, carried_out_then, close, gateway_html, permissions_403, reset, silence

SCENARIOS = Beside()


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
    SCENARIOS[f"silent after {each}"] = silent_after(each)


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
    SCENARIOS[f"nothing was done, {each}"] = nothing_was_done(*arguments)


@SCENARIOS
def a_lost_account_that_was_never_made(home):
    with started(home) as (service, account, bridge):
        service.fail(ACCOUNT, reset())
        data = bridge.error("accounts.create")["data"]
        says(data, "network", "unknown")
        assert data["candidates"] == [] and list(service.accounts) == [account["id"]] and len(posts(service)) == 1


@SCENARIOS
def a_silent_account(home):
    with started(home) as (service, account, bridge):
        service.fail(ACCOUNT, carried_out_then(silence()))
        says(bridge.error("accounts.create", {"timeout_ms": 2000})["data"], "timeout", "none")
        assert list(service.accounts) == [account["id"]]


@SCENARIOS
def a_look_that_hangs(home):
    """Ten seconds, and then it is not known."""
    with started(home) as (service, account, bridge):
        service.fail(POST, carried_out_then(reset()))
        service.fail(LIST, silence(), None)
        says(failed(bridge, account), "network", "unknown")
        assert len(service.credentials) == 1 and len(posts(service)) == 1


@SCENARIOS
def a_look_without_the_right_to_it(home):
    """After a write of ours a right may still be on its way, so it is waited for; not for ever."""
    with started(home) as (service, account, bridge):
        service.fail(POST, carried_out_then(reset()))
        service.fail(LIST, permissions_403(), None)
        says(failed(bridge, account), "network", "unknown")
        assert len(service.credentials) == 1 and len(posts(service)) == 1


@SCENARIOS
def a_deletion_in_the_look_without_the_right_to_it(home):
    with started(home) as (service, account, bridge):
        service.fail(POST, carried_out_then(reset()))
        service.fail(DELETE, permissions_403(), None)
        data = failed(bridge, account)
        says(data, "network", "unknown")
        assert data["candidates"] == list(service.credentials) and len(service.credentials) == 1


@SCENARIOS
def a_deletion_in_the_look_that_hangs(home):
    with started(home) as (service, account, bridge):
        service.fail(POST, carried_out_then(reset()))
        service.fail(DELETE, silence(), None)
        data = failed(bridge, account)
        says(data, "network", "unknown")
        assert data["candidates"] == list(service.credentials) and len(service.credentials) == 1


@SCENARIOS
def a_deletion_of_what_is_of_no_use_that_hangs(home):
    with started(home) as (service, account, bridge):
        service.fail(POST, changed(credentials=None))
        service.fail(DELETE, silence(), None)
        data = failed(bridge, account, name="app")
        says(data, "bad_response", "done")
        assert [data["resource_id"]] == list(service.credentials)


@SCENARIOS
def all_is_silent_after_the_create(home):
    """Even then an answer comes within timeout_ms and 15 s, and names what is left."""
    with started(home) as (service, account, bridge):
        service.fail(POST, carried_out_then(silence()), None)
        service.fail(DELETE, silence(), None)
        data = failed(bridge, account, timeout_ms=2000)
        says(data, "timeout", "unknown")
        assert data["candidates"] == list(service.credentials) and len(service.credentials) == 1


@SCENARIOS
def a_file_that_fails_and_a_deletion_that_hangs(home):
    """Pending is not done: the file's error, and what is left."""
    with started(home) as (service, account, bridge):
        (home / "work").mkdir()
        when(service, "POST", lambda _: shutil.rmtree(home / "work"))
        service.fail(DELETE, silence(), None)
        error = bridge.error(CREATE, {"nats_account_id": account["id"], "save_to": str(home / "work/app.creds"), "timeout_ms": 2000})
        assert save_error(error) == ("no_folder", "done") and [error["data"]["resource_id"]] == list(service.credentials)


@SCENARIOS
def a_replace_whose_deletion_hangs(home):
    """The new one is safe, and is the answer, although its time is over."""
    with started(home) as (service, account, bridge):
        [old] = named(service, account, 1)
        service.fail(DELETE, silence(), None)
        result = made(bridge, account, name="app", if_exists="replace", save_to=str(home / "app.creds"), timeout_ms=2000)
        assert (result["replaced"], result["not_deleted"]) == ([], [old])
        saved_right(result)


@SCENARIOS
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


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_mostly_waits(running, scenario):
    running(scenario)
