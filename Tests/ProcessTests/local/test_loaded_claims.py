"""A nats-server that took claims and judges logins by older ones, because it was loading the account at that moment: it answers 200 and shows
the new ones to whoever looks them up. The moment is made here by hand: the file is the older one while somebody logs in."""

import contextlib
import threading

import pytest
from bridge import Bridge
from live_clients import Client, Proxy
from nats_server import NATS_SERVERS, Port
from process_tools import run
from revoking import DELETE, Home, create, eventually


@pytest.fixture(params=NATS_SERVERS)
def here(request, home):
    with Port() as port:
        place = Home(home, port, NATS_SERVERS[request.param])
        yield place
        place.server.stop()


class HoldsTheAnswer(Proxy):
    """Does something once, between a server's taking of claims and the bridge's hearing of it."""

    def __init__(self, port, behind, meanwhile):
        super().__init__(port, behind)
        self.meanwhile, self.lock = meanwhile, threading.Lock()

    def pass_on(self, source, target, keep):
        def look(chunk):
            keep(chunk)
            with self.lock:
                if b".update 1 " in chunk and self.meanwhile:
                    self.meanwhile()
                    self.meanwhile = None

        super().pass_on(source, target, look)


def claims_file(here):
    ((account,),) = here.rows("SELECT id FROM accounts")
    return here.state / "resolver" / f"{account}.jwt"


@contextlib.contextmanager
def goes_by(here, older):
    """While it lasts a server that loads the account takes the older claims."""
    path = claims_file(here)
    newer = path.read_text()
    path.write_text(older)
    yield
    path.write_text(newer)


@pytest.mark.parametrize("stays", [True, False], ids=["and stays", "and goes"])
def test_a_login_at_the_moment_of_the_deletion(here, stays):
    with here.bridge() as bridge:
        identity, creds = create(bridge)
    older, clients = claims_file(here).read_text(), []

    def logs_in():
        with goes_by(here, older):
            clients.append(Client(here.port, creds))
        if not stays:
            clients[0].socket.close()

    here.server.start()
    with Port() as front, HoldsTheAnswer(front, here.port, logs_in):
        with Bridge(here.folder, "--region", "local", "--nats-url", front.url) as bridge:
            answer = bridge.call(DELETE, {"nats_credentials_id": identity})
            assert clients, "nobody logged in"
            assert answer.get("result", {}).get("deleted") is True, answer
            assert not here.is_accepted(creds)
            assert not stays or clients[0].has_ended(5)


def test_doctor_sees_it_and_mends_it(here):
    with here.bridge() as bridge:
        (identity, creds), (_, kept) = create(bridge), create(bridge, "kept")
        older = claims_file(here).read_text()
        bridge.result(DELETE, {"nats_credentials_id": identity})
    here.server.start()
    with goes_by(here, older):
        client = Client(here.port, creds)
    with client:
        assert here.is_accepted(creds)
        report = run(here.folder, "doctor", *here.arguments)
        assert report.returncode == 1 and b"it has other claims of" in report.stdout, report.stdout
        report = run(here.folder, "doctor", "--repair", *here.arguments)
        assert report.returncode == 0, report.stdout
        assert client.has_ended(5)
    assert not here.is_accepted(creds) and here.is_accepted(kept)
    assert run(here.folder, "doctor", *here.arguments).returncode == 0


def test_what_is_pending_heals_it(here):
    """Also where the claims were in the server's folder before they were told."""
    with here.bridge() as bridge:
        identity, creds = create(bridge)
        here.server.start()
        create(bridge, "second")
    here.server.stop()
    older = claims_file(here).read_text()
    with Bridge(here.folder, "--region", "local", "--nats-url", "nats://127.0.0.1:1") as bridge:
        bridge.call(DELETE, {"nats_credentials_id": identity})
    here.server.start()
    with goes_by(here, older), contextlib.closing(Client(here.port, creds).socket):
        pass
    assert here.is_accepted(creds)
    with here.store() as store:
        store.execute("INSERT OR IGNORE INTO pending_pushes (account_id, claims_iat, since) SELECT id, claims_iat, 1 FROM accounts")
    with here.bridge() as bridge:
        bridge.result("credentials.list")
        eventually(lambda: not here.is_accepted(creds), "the deleted credential is let in")
