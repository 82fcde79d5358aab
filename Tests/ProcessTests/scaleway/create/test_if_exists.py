"""`if_exists` on Scaleway's regions."""

import shutil

import pytest

from issued import CREATE, save_error, saved_right
from scaleway_calls import says
from scaleway_create import DELETE, DELETES, LIST, LOST, POST, failed, made, methods, named, posts, when


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
