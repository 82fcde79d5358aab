"""A file that cannot be written undoes the credential."""

import os
import shutil

import pytest

from issued import CREATE, save_error
from scaleway_create import DELETE, DELETES, LOST, POST, failed, methods, when
from scaleway_service import namespace_404


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
