"""`replace` beside a real nats-server: the old credential is cut off when the new one is safe, and not before."""

import json
import os
import signal

import pytest

from issued import CREATE, accepts, create, is_cut_off, local, log_in, save_error, saved_right, secret_of, stored_ids, until
from nats_server import NATSServer
from process_tools import call, state_folder
from replacing import make, replace
from traced import traced


@pytest.fixture
def served(home, port):
    """An old credential in use, and a neighbour, on a running server."""
    with local(home, port, cwd=home) as bridge:
        old, neighbour = make(bridge, save_to="old.creds"), make(bridge, "neighbour", save_to="neighbour.creds")
        with NATSServer(state_folder(home) / "nats-server.conf", port) as server:
            # The server acknowledges claims once, and is known from then on.
            assert bridge.result("accounts.update", {"nats_account_id": old["nats_account_id"], "name": "known"})["pushed"] is True
            yield bridge, server, old, neighbour


def test_the_old_one_is_cut_off_when_the_new_one_has_answered(served, port):
    bridge, _, old, neighbour = served
    in_use, beside = log_in(port, secret_of(old)), log_in(port, secret_of(neighbour))
    new = replace(bridge, path="new.creds")
    assert new["replaced"] == [old["id"]]
    assert is_cut_off(in_use) and not accepts(port, secret_of(old))
    assert accepts(port, secret_of(new)) and accepts(port, secret_of(neighbour))
    beside.sendall(b"PING\r\n")
    assert beside.recv(4) == b"PONG"
    beside.close()


def test_the_old_one_works_until_the_new_one_is_safe(served, home, port):
    """A save held up for 4 s; in it the old one still logs in."""
    bridge, _, old, _ = served
    bridge.end()
    with traced(home, "linkat", "delay_enter=4000000:when=1", "--nats-url", port.url) as slow:
        slow.send(create(name="app", if_exists="replace", save_to=str(home / "new.creds")))
        until(lambda: len(stored_ids(home)) == 3)
        assert not (home / "new.creds").exists()
        in_use = log_in(port, secret_of(old))
        assert in_use is not None
        new = slow.message()["result"]
        saved_right(new)
        assert is_cut_off(in_use) and not accepts(port, secret_of(old)) and accepts(port, secret_of(new))


def test_a_save_that_fails_leaves_the_old_ones_connection_alone(served, home, port):
    bridge, _, old, _ = served
    bridge.end()
    in_use = log_in(port, secret_of(old))
    with traced(home, "linkat", "error=EIO:when=1", "--nats-url", port.url) as failing:
        params = {"name": "app", "if_exists": "replace", "save_to": str(home / "new.creds")}
        assert save_error(failing.error(CREATE, params)) == ("io", "none")
    in_use.sendall(b"PING\r\n")
    assert in_use.recv(4) == b"PONG" and accepts(port, secret_of(old))
    in_use.close()


def test_an_old_one_that_a_silent_server_does_not_hear_of_is_named(served, port):
    """The new one is safe; the old one is recorded as deleted and not yet cut off. It goes on by itself when the server is back."""
    bridge, server, old, _ = served
    server.process.send_signal(signal.SIGSTOP)
    try:
        new = replace(bridge, path="new.creds")
        assert (new["replaced"], new["not_deleted"]) == ([], [old["id"]])
        assert bridge.result("credentials.get", {"nats_credentials_id": old["id"]})["state"] == "revoking"
    finally:
        server.process.send_signal(signal.SIGCONT)
    until(lambda: bridge.call("credentials.get", {"nats_credentials_id": old["id"]}).get("error", {}).get("code") == 1404)
    assert not accepts(port, secret_of(old)) and accepts(port, secret_of(new))


def test_replace_while_the_server_is_down_is_done(served, port):
    bridge, server, old, neighbour = served
    server.stop()
    new = replace(bridge, path="new.creds")
    assert new["replaced"] == [old["id"]] and "not_deleted" not in new
    server.start()
    assert not accepts(port, secret_of(old)) and accepts(port, secret_of(new)) and accepts(port, secret_of(neighbour))


def test_a_revoking_one_is_in_nobodys_way(served, port):
    """It is dead already, only not everywhere: neither a reason to fail nor one to replace."""
    bridge, server, old, _ = served
    server.process.send_signal(signal.SIGSTOP)
    try:
        assert bridge.error("credentials.delete", {"nats_credentials_id": old["id"]})["data"]["kind"] == "revocation_pending"
        failed = make(bridge, if_exists="fail")
        assert "replaced" not in failed
        assert bridge.result("credentials.get", {"nats_credentials_id": old["id"]})["state"] == "revoking"
    finally:
        server.process.send_signal(signal.SIGCONT)


def test_the_answer_of_the_command_line(home, port):
    made = json.loads(call(home, CREATE, "name=app", "region=local", "--nats-url", port.url).stdout)
    refused = call(home, CREATE, "name=app", "if_exists=fail", "region=local", "--nats-url", port.url)
    assert refused.returncode == 5 and b"already_exists" in refused.stderr and refused.stdout == b""
    path = home / "app.creds"
    replaced = call(home, CREATE, "name=app", "if_exists=replace", f"save_to={path}", "region=local", "--nats-url", port.url)
    assert json.loads(replaced.stdout)["replaced"] == [made["id"]] and os.path.exists(path)
