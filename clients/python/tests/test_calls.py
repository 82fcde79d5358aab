"""Every method, by its own names, against the real program."""

import os
import threading
from pathlib import Path

import pytest
from conftest import under_way

from nats_credentials_bridge import (
    AlreadyExists,
    Bridge,
    BridgeClosed,
    InvalidParams,
    InvalidRequest,
    IssuedToContext,
    IssuedToFile,
    IssuedWithSecret,
    MethodNotFound,
    NotFound,
    ProtocolError,
    SaveFailed,
)

NOBODY = "00000000-0000-4000-8000-000000000000"


def test_a_credential_from_birth_to_death(bridge):
    made = bridge.credentials.create(name="app")
    assert made.credentials.content.reveal().startswith("-----BEGIN NATS USER JWT-----")
    assert made.saved is None
    got = bridge.credentials.get(nats_credentials_id=made.id)
    assert (got.id, got.name, got.checksum, got.created_at) == (made.id, "app", made.checksum, made.created_at)
    assert list(bridge.credentials.list()) == [got]
    assert bridge.credentials.delete(nats_credentials_id=made.id) is True
    assert bridge.credentials.delete(nats_credentials_id=made.id, missing_ok=True) is False
    with pytest.raises(NotFound) as caught:
        bridge.credentials.delete(nats_credentials_id=made.id)
    assert (caught.value.code, caught.value.kind, caught.value.outcome) == (1404, "not_found", "none")
    assert caught.value.data["resource_id"] == made.id


def test_an_account_from_birth_to_death(bridge):
    made = bridge.accounts.create(name="orders")
    assert bridge.accounts.update(nats_account_id=made.id, name="all orders").name == "all orders"
    assert bridge.accounts.get(nats_account_id=made.id).name == "all orders"
    assert [row.id for row in bridge.accounts.list()] == [made.id]
    assert bridge.accounts.page().rows[0].endpoint == made.endpoint
    assert bridge.accounts.delete(nats_account_id=made.id) is True
    assert bridge.accounts.delete(nats_account_id=made.id, missing_ok=True) is False


def test_pages_by_number(bridge):
    for _ in range(3):
        bridge.credentials.create()
    first = bridge.credentials.page(page_size=2)
    assert (len(first.rows), first.total_count, first.page, first.page_size, first.next_page) == (2, 3, 1, 2, 2)
    assert bridge.credentials.page(page=2, page_size=2).next_page is None


def test_save_to_begins_where_this_process_is(bridge, folder, monkeypatch):
    bridge.ping()
    monkeypatch.chdir(folder)
    made = bridge.credentials.create(name="app", save_to="app.creds")
    assert made.credentials is None
    assert (made.saved.path, made.saved.mode) == (os.path.realpath(folder / "app.creds"), "0600")
    with pytest.raises(SaveFailed):
        bridge.credentials.create(name="app", save_to=folder / "app.creds")
    again = bridge.credentials.create(name="app", save_to=folder / "app.creds", overwrite=True, if_exists="replace")
    assert again.replaced == (made.id,)
    with pytest.raises(AlreadyExists):
        bridge.credentials.create(name="app", if_exists="fail")
    raw = bridge.call("credentials.create", {"save_to": "raw.creds"})
    assert raw["saved"]["path"] == os.path.realpath(folder / "raw.creds")


def test_where_the_folder_of_this_process_is_gone_absolute_paths_are_as_good_as_ever(bridge, folder, monkeypatch):
    bridge.ping()
    monkeypatch.chdir(folder)
    (folder / "gone").mkdir()
    os.chdir(folder / "gone")
    (folder / "gone").rmdir()
    path = os.path.realpath(folder / "app.creds")
    assert bridge.credentials.create(save_to=path).saved.path == path
    with pytest.raises(FileNotFoundError):
        bridge.credentials.create(save_to="app.creds")
    assert len(list(bridge.credentials.list())) == 1


def test_the_program_may_run_in_another_folder_where_save_to_begins_then(options, folder, monkeypatch):
    monkeypatch.chdir(folder)
    for name in "here", "there":
        (folder / name).mkdir()
    with Bridge(**options, cwd=folder / "there", arguments=["--state", "of-its-own"]) as bridge:
        monkeypatch.chdir(folder / "here")
        there = os.path.realpath(folder / "there")
        assert bridge.credentials.create(save_to="a.creds").saved.path == f"{there}/a.creds"
        assert bridge.credentials.create(save_to=Path("b.creds")).saved.path == f"{there}/b.creds"
        assert bridge.call("credentials.create", {"save_to": "c.creds"})["saved"]["path"] == f"{there}/c.creds"
        assert bridge.credentials.create(save_to=folder / "d.creds").saved.path == os.path.realpath("../d.creds")
    assert (folder / "there" / "of-its-own").is_dir()


@pytest.mark.parametrize(("name", "error"), [("nowhere", FileNotFoundError), ("a-file", NotADirectoryError)])
def test_a_folder_that_cannot_be_entered(options, folder, name, error):
    (folder / "a-file").touch()
    with pytest.raises(error, match=name):
        Bridge(**options, cwd=folder / name)


def test_what_a_create_returns_is_of_a_class_by_where_its_secret_is(bridge, folder):
    shown = bridge.credentials.create()
    saved = bridge.credentials.create(save_to=folder / "a.creds")
    context = bridge.credentials.create(nats_context="a")
    assert (type(shown), shown.saved, shown.replaced) == (IssuedWithSecret, None, ())
    assert (type(saved), saved.credentials, saved.nats_context) == (IssuedToFile, None, None)
    assert (type(context), context.nats_context.name) == (IssuedToContext, "a")
    assert os.path.dirname(context.saved.path) == os.path.dirname(context.nats_context.path)


@pytest.mark.parametrize(
    ("params", "missing"),
    [({}, "credentials"), ({"save_to": "a.creds"}, "saved"), ({"nats_context": "a", "save_to": "a"}, "nats_context")],
    ids=lambda each: each if isinstance(each, str) else None,
)
def test_a_create_without_what_was_asked_for_is_an_error(fake, params, missing):
    bridge = fake("""
        saved = {"path": "/a", "mode": "0600", "bytes": 1, "checksum": ""}
        more = lambda request: {"saved": saved} if "nats_context" in request["params"] else {}
        serve(lambda request: answer(request, {**ROW, "checksum": "", **more(request)}))
    """)
    with pytest.raises(ProtocolError, match=f"'{missing}' is missing") as caught:
        bridge.credentials.create(**params)
    assert caught.value.outcome == "unknown"


def test_info_ping_and_raw_calls(bridge):
    assert bridge.info().name == "nats-credentials-bridge"
    assert {backend.region for backend in bridge.info().backends} >= {"local"}
    assert bridge.ping() is None
    assert bridge.call("credentials.list", {"page_size": 7})["page_size"] == 7
    with pytest.raises(MethodNotFound):
        bridge.call("credentials.steal")


def test_region_and_timeout_of_the_client_hold_for_a_call_that_has_none(environment, recorded):
    program, lines = recorded
    with Bridge(program, region="local", timeout=7, env=environment) as bridge:
        bridge.credentials.page()
        with pytest.raises(InvalidParams):
            bridge.credentials.page(region="No Region", timeout=0.25)
    assert '"region":"local","timeout_ms":7000' in lines()[1]
    assert '"timeout_ms":250' in lines()[2]
    assert '"region":"No Region"' in lines()[2]


def test_a_raw_call_may_have_its_own_milliseconds(environment, recorded):
    program, lines = recorded
    with Bridge(program, region="local", timeout=7, env=environment) as bridge:
        bridge.call("credentials.list", {"timeout_ms": 300})
        bridge.call("credentials.list", timeout=2)
    assert '"timeout_ms":300' in lines()[1]
    assert '"timeout_ms":2000' in lines()[2]


@pytest.mark.parametrize("timeout", [0, -1, 601, float("nan"), float("inf"), "3", True])
def test_a_timeout_that_makes_no_sense_is_refused(bridge, timeout):
    with pytest.raises((ValueError, TypeError), match="timeout"):
        bridge.credentials.page(timeout=timeout)


def test_params_that_are_no_json_are_refused_and_nothing_is_left_behind(bridge):
    for params, error in ({"x": float("nan")}, ValueError), ({"x": object()}, TypeError):
        with pytest.raises(error):
            bridge.call("credentials.list", params)
    with pytest.raises(InvalidRequest):
        bridge.call("credentials.list", {"x": "x" * (9 << 20)})
    bridge.ping()
    assert under_way(bridge) == 0


def test_eight_threads_share_one_bridge(bridge):
    ids = [bridge.credentials.create(name=f"thread-{number}").id for number in range(8)]
    wrong = []

    def work(number):
        for _ in range(100):
            row = bridge.credentials.get(nats_credentials_id=ids[number])
            if row.name != f"thread-{number}":
                wrong.append(row)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_answers_in_another_order_find_their_callers(fake):
    bridge = fake("""
        hello()
        requests = [read() for _ in range(30)]
        for request in reversed(requests): answer(request, request["params"])
        read()
    """)
    got = {}

    def call(number):
        got[number] = bridge.call("x", {"number": number})["number"]

    threads = [threading.Thread(target=call, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == {number: number for number in range(30)}


@pytest.mark.long
def test_full_pipes_on_both_sides_are_no_deadlock(fake):
    bridge = fake("""
        def noise(): write(method="$/progress", params={"token": 0, "value": {"x": "x" * 1000000}})
        def handle(request):
            noise()
            answer(request, len(request["params"]["x"]))
        hello()
        for _ in range(3): noise()
        while True: handle(read())
    """)
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(bridge.call("x", {"x": "x" * 500_000}))) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [500_000] * 20


def test_close_answers_what_was_read_and_may_be_repeated(options):
    bridge = Bridge(**options)
    bridge.ping()
    bridge.close()
    bridge.close()
    with pytest.raises(BridgeClosed):
        bridge.ping()
    assert "closed" in repr(bridge)
