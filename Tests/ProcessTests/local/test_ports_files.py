"""What nats-server says it listens on, in a ports file, is looked at before anybody is told that no server runs."""

import json
import subprocess

import pytest

from bridge import Bridge
from live_clients import Proxy, beside
from nats_server import NATS_SERVERS, NATSServer, Port
from revoking import DELETE, Home, create, eventually, listed
from traced import traced, was_injected

ROUNDS = 10


@pytest.fixture(params=NATS_SERVERS)
def here(request, home):
    with Port() as port:
        yield Home(home, port, NATS_SERVERS[request.param])


@pytest.fixture
def listener():
    """A process that listens to nobody, and lives."""
    with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE) as process:
        yield process
        process.stdin.close()


def write(here, process, text):
    (here.state / f"cat_{process.pid}.ports").write_text(text)


def error(bridge, id):
    answer = bridge.call(DELETE, {"nats_credentials_id": id})
    assert "error" in answer, "a deletion is said to be done that a server may not have heard of"
    assert answer["error"]["data"]["kind"] == "revocation_pending"
    return answer["error"]["data"]


def test_a_server_that_began_to_listen_since_the_last_deletion_is_found(here):
    """Its ports file comes a moment after it listens. It runs at another port than the configuration says, so that it is found by nothing else."""
    with here.bridge() as bridge:
        ended = [create(bridge, f"before {number}") for number in range(ROUNDS)]
        users = [create(bridge, f"user {number}") for number in range(ROUNDS)]
        for (before, _), (id, creds) in zip(ended, users):
            # The acknowledgement of the round before would give it away.
            with here.store() as store:
                store.execute("DELETE FROM acknowledgements")
            assert bridge.result(DELETE, {"nats_credentials_id": before})["deleted"] is True
            with Port() as port:
                server = NATSServer(beside(here, "elsewhere", f'listen: "127.0.0.1:{port.number}"', without=("listen",)), port)
                server.program = here.server.program
                with server:
                    elsewhere = Home(here.folder, port, here.server.program)
                    assert elsewhere.is_accepted(creds)
                    assert bridge.result(DELETE, {"nats_credentials_id": id})["deleted"] is True
                    assert not elsewhere.is_accepted(creds)


class ListensFirst(Proxy):
    """Its ports file is there when the first bytes have come, and not before."""

    def __init__(self, here, port, process):
        super().__init__(port, here.port)
        self.write = lambda: write(here, process, json.dumps({"nats": [port.url]}))

    def pass_on(self, source, target, keep):
        def look(chunk):
            keep(chunk)
            self.write()

        super().pass_on(source, target, look)


def test_a_server_whose_file_comes_after_it_was_dialled_is_known_to_be_of_this_machine(here, listener):
    """So that it can be seen later when it is down: else each deletion would wait for it."""
    with here.bridge() as bridge:
        id, _ = create(bridge, "first")
    server = NATSServer(beside(here, "without", "", without=("ports_file_dir",)), here.port, here.server.program)
    with Port() as front:
        with server, ListensFirst(here, front, listener), Bridge(here.folder, "--region", "local", "--nats-url", front.url) as bridge:
            assert bridge.result(DELETE, {"nats_credentials_id": id})["deleted"] is True
            id, _ = create(bridge, "second")
        (here.state / f"cat_{listener.pid}.ports").unlink()
        with Bridge(here.folder, "--region", "local", "--nats-url", front.url) as bridge:
            assert bridge.result(DELETE, {"nats_credentials_id": id})["deleted"] is True


@pytest.mark.parametrize("text", ["", "{}", '{"nats":["nats:', '{"nats":[]}'])
def test_a_file_that_is_being_written_hides_a_server(here, listener, text):
    with here.bridge() as bridge:
        id, _ = create(bridge, "user")
        write(here, listener, text)
        data = error(bridge, id)
        assert data["reason"] == "unreachable"
        (here.state / f"cat_{listener.pid}.ports").unlink()
        eventually(lambda: id not in listed(bridge), "it stays pending")


@pytest.mark.parametrize("text", ["", '{"nats":["nats://192.0.2.77:4222"]}'])
def test_such_a_file_hides_a_server_also_where_the_known_one_is_down(here, listener, text):
    with here.bridge() as bridge:
        id, _ = create(bridge, "user")
        account = bridge.result("accounts.list")["nats_accounts"][0]["id"]
        with here.server:
            eventually(lambda: any(file.stat().st_size for file in here.state.glob("*.ports")), "there is no ports file")
            assert bridge.result("accounts.update", {"nats_account_id": account, "name": "known"})["pushed"] is True
        write(here, listener, text)
        assert error(bridge, id)["reason"] == "unreachable"
        (here.state / f"cat_{listener.pid}.ports").unlink()
        eventually(lambda: id not in listed(bridge), "it stays pending")


def test_a_server_that_listens_on_no_loopback_address_is_named(here, listener):
    with here.bridge() as bridge:
        id, _ = create(bridge, "user")
        write(here, listener, json.dumps({"nats": ["nats://192.0.2.77:4222"]}))
        problem = bridge.error(DELETE, {"nats_credentials_id": id})
        assert "192.0.2.77:4222" in problem["message"] and "--nats-url" in problem["message"]


def test_a_server_that_accepts_and_says_nothing_hides(here, listener):
    with here.bridge() as bridge, Port() as port:
        port.socket.listen()
        id, _ = create(bridge, "user")
        write(here, listener, json.dumps({"nats": [port.url]}))
        assert error(bridge, id)["reason"] == "silent"


def test_a_folder_that_cannot_be_read_hides_a_server(here):
    with here.bridge() as bridge:
        id, _ = create(bridge, "user")
    log = here.folder / "log"
    with traced(here.folder, "getdents64", "error=EIO", log=log, path=here.state) as bridge:
        data = error(bridge, id)
        assert was_injected(log) and data["reason"] == "store"


def test_a_file_that_cannot_be_read_hides_a_server(here, listener):
    """Its reader has no descriptor left for it."""
    with here.bridge() as bridge:
        id, _ = create(bridge, "user")
    write(here, listener, "{}")
    log = here.folder / "log"
    with traced(here.folder, "openat", "error=EMFILE", log=log, path=here.state / f"cat_{listener.pid}.ports") as bridge:
        data = error(bridge, id)
        assert was_injected(log) and data["reason"] == "store"


def test_a_process_that_cannot_be_looked_at_may_be_a_server(here, listener):
    """As where /proc shows nobody else's processes."""
    with here.bridge() as bridge:
        id, _ = create(bridge, "user")
    write(here, listener, "{}")
    log = here.folder / "log"
    with traced(here.folder, "openat", "error=ENOENT", log=log, path=f"/proc/{listener.pid}/stat") as bridge:
        assert error(bridge, id)["reason"] == "unreachable"
        assert was_injected(log)


@pytest.mark.parametrize("path", ["push.lock", "resolver"])
def test_what_cannot_be_opened_is_said(here, path):
    """It is no other bridge that is pushing, and no file that is not there."""
    with here.bridge() as bridge:
        id, _ = create(bridge, "user")
        account = bridge.result("accounts.list")["nats_accounts"][0]["id"]
    if path == "resolver":
        path = f"resolver/{account}.jwt"
    log = here.folder / "log"
    with traced(here.folder, "openat", "error=EMFILE", log=log, path=here.state / path) as bridge:
        error = bridge.error(DELETE, {"nats_credentials_id": id})
        assert was_injected(log)
        assert "Too many open files" in error["message"] and "another bridge" not in error["message"]
    with here.bridge() as bridge:
        bridge.call(DELETE, {"nats_credentials_id": id})
        assert id not in listed(bridge)
