"""A bridge that serves with --resolve answers nats-servers that ask for an account whose claims file is lost, so that it heals at the next
login. Where a login is to heal a file, no local request is sent, beside which lost files are mended anyway."""

import contextlib
import json
import os
import re
import select
import signal
import threading
import time
from pathlib import Path

import nkeys
import pytest

from bridge import Bridge
from hostile_server import HostileServer
from live_clients import Proxy
from nats_server import LIMIT, NATS_SERVERS, Port
from process_tools import files_below, held_store, is_quiet, process_status
from revoking import DELETE, Home, create, eventually, new_seed, payload, public_key, user_creds
from shared_library import compiled

ACCOUNTS = 50
ANSWERED = b"look-ups of nats-servers are answered at"


class Resolving(Bridge):
    """A bridge that serves with --resolve, and what it logs."""

    def __init__(self, here, *arguments, **more):
        super().__init__(here.folder, *here.arguments, "--resolve", "--log-level", "debug", *arguments, **more)
        self.log = b""
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        with contextlib.suppress(ValueError, OSError):
            while chunk := os.read(self.process.stderr.fileno(), 1 << 16):
                self.log += chunk

    def __exit__(self, *rest):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(LIMIT)
        self.reader.join(LIMIT)
        super().__exit__(*rest)

    def says(self, text, times=1):
        eventually(lambda: self.log.count(text) >= times, f"the bridge does not say {text}")

    def answers(self, times=1):
        """Waits until it answers look-ups: for the first, the second … connection."""
        self.says(ANSWERED, times)


@pytest.fixture(params=NATS_SERVERS)
def here(request, home):
    """A home with an account of a keeper and of one that was deleted, and its server, which is down."""
    with Port() as port:
        place = Home(home, port, NATS_SERVERS[request.param])
        with place.bridge() as bridge:
            place.keeper = create(bridge, "keeper")[1]
            place.account = bridge.result("accounts.list")["nats_accounts"][0]["id"]
            id, place.gone = create(bridge, "gone")
            with place.server:
                bridge.result(DELETE, {"nats_credentials_id": id})
                nothing_is_pending(place)
        try:
            yield place
        finally:
            place.server.stop()


def nothing_is_pending(here):
    """Or a bridge that serves would go on with it, and tell the server by itself."""
    eventually(lambda: not (here.state / "pending").exists(), "something stays pending")


def claims_file(here, account=None):
    return here.state / "resolver" / f"{account or here.account}.jwt"


def lose(here, *accounts):
    for account in accounts or (here.account,):
        claims_file(here, account).unlink()


@contextlib.contextmanager
def proxied(here):
    """A proxy between the server and bridges that are begun in it."""
    with Port() as front, Proxy(front, here.port) as proxy:
        here.arguments = ["--region", "local", "--nats-url", front.url]
        yield proxy


def test_without_the_option_an_account_whose_file_is_lost_lets_nobody_in(here):
    lose(here)
    with here.server, here.bridge() as bridge:
        assert bridge.result("bridge.ping") == {}
        assert not here.is_accepted(here.keeper)
        assert not claims_file(here).exists()


def test_files_that_were_lost_heal_at_the_next_login_each(here):
    with here.bridge() as bridge:
        accounts = [bridge.result("accounts.create", {"name": f"account {number}"})["id"] for number in range(ACCOUNTS)]
        users = [create(bridge, "user", nats_account_id=account)[1] for account in accounts]
    lose(here, *accounts)
    with here.server, Resolving(here) as bridge:
        bridge.answers()
        assert [here.is_accepted(creds) for creds in users] == [True] * ACCOUNTS
        for account in accounts:
            assert here.server_claims(account) == here.file_claims(account)
            bridge.says(b"the look-up of account " + account.encode() + b" is answered")


def test_a_credential_that_was_deleted_is_refused_also_then(here):
    before = here.file_claims(here.account)
    lose(here)
    with here.server, Resolving(here) as bridge:
        bridge.answers()
        assert not here.is_accepted(here.gone)
        assert here.is_accepted(here.keeper)
        found = here.file_claims(here.account)
        assert (found["iat"], found["nats"]["revocations"]) == (before["iat"], before["nats"]["revocations"])


def test_an_account_that_was_deleted_is_answered_with_what_closed_it(here):
    with here.server, here.bridge() as bridge:
        assert bridge.result("accounts.delete", {"nats_account_id": here.account})["deleted"]
        nothing_is_pending(here)
    closed = here.file_claims(here.account)
    assert here.rows("SELECT count(*) FROM accounts") == [(0,)]
    lose(here)
    with here.server, Resolving(here) as bridge:
        bridge.answers()
        assert not here.is_accepted(here.keeper)
        assert here.file_claims(here.account) == closed


def test_an_account_that_is_unknown_is_not_answered(here):
    seed = new_seed(nkeys.PREFIX_BYTE_ACCOUNT)
    account = public_key(seed)
    lose(here)
    with here.server, proxied(here) as proxy, Resolving(here) as bridge:
        bridge.answers()
        assert not here.is_accepted(user_creds(account, seed))
        bridge.says(f"the look-up of account {account} is not answered: it is unknown".encode())
        assert b"PUB " not in proxy.heard and not claims_file(here, account).exists()
        assert here.is_accepted(here.keeper)
        assert proxy.heard.count(b"PUB ") == 1


def test_what_is_answered_is_the_newest_that_is_committed_whoever_holds_the_store(here):
    with here.bridge() as bridge:
        new = create(bridge, "new")[1]
    lose(here)
    with here.server, held_store(here.folder), Resolving(here) as bridge:
        bridge.answers()
        assert here.is_accepted(new) and here.is_accepted(here.keeper) and not here.is_accepted(here.gone)


def test_a_server_that_starts_later_or_anew_is_answered(here):
    lose(here)
    with Resolving(here) as bridge:
        for times in (1, 2):
            bridge.says(b"look-ups of nats-servers: no connection", times)
            here.server.start()
            bridge.answers(times)
            assert here.is_accepted(here.keeper)
            here.server.stop()
            lose(here)


def test_its_login_lives_an_hour_and_may_only_answer(here):
    with here.server, proxied(here) as proxy, Resolving(here) as bridge:
        bridge.answers()
        said = proxy.heard
        assert proxy.connections == 1
    claims = payload(json.loads(re.search(rb"CONNECT (\{.*?\})\r\n", said)[1])["jwt"])
    assert claims["exp"] - claims["iat"] == 3600
    assert claims["nats"]["pub"] == {} and claims["nats"]["sub"] == {"allow": ["$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP"]}
    assert claims["nats"]["resp"] == {"max": 1, "ttl": 10_000_000_000}
    assert re.findall(rb"SUB (\S+) ", said) == [b"$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP"]


LATER = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *time) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(clock, time);
  if (clock == CLOCK_MONOTONIC && access(getenv("LATER"), F_OK) == 0) time->tv_sec += 3100;
  return result;
}
"""


def test_the_login_is_renewed_before_it_ends_and_the_former_connection_goes(here):
    """The bridge's clock is put forward by most of an hour; the server's pings, two a second here, make it look."""
    library, later = compiled(here.folder / "later.so", LATER, "-ldl"), here.folder / "later"
    configuration = here.folder / "pings.conf"
    configuration.write_text((here.state / "nats-server.conf").read_text() + 'ping_interval: "500ms"\nping_max: 20\n')
    here.server.configuration = configuration
    lose(here)
    with here.server, Resolving(here, env={"LD_PRELOAD": str(library), "LATER": str(later)}) as bridge:
        bridge.answers()
        later.touch()
        bridge.answers(2)
        eventually(lambda: len(connections(bridge, here.port)) == 1, "the former connection stays")
        assert here.is_accepted(here.keeper)


def connections(bridge, port):
    """Sockets of the process that are connected to the port."""
    process = Path(f"/proc/{bridge.process.pid}")
    sockets = set()
    for descriptor in (process / "fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            sockets.add(os.readlink(descriptor))
    rows = [line.split() for line in (process / "net" / "tcp").read_text().splitlines()[1:]]
    return [row for row in rows if row[2].endswith(f":{port.number:04X}") and row[3] == "01" and f"socket:[{row[9]}]" in sockets]


@pytest.mark.parametrize("when", ["connected", "in a pause", "before a silent server"])
@pytest.mark.parametrize("how", ["end of input", "SIGTERM"])
def test_the_process_ends_at_once(home, when, how):
    with Port() as port, contextlib.ExitStack() as stack:
        here = Home(home, port)
        with here.bridge() as bridge:
            create(bridge)
        if when == "connected":
            stack.enter_context(here.server)
        elif when == "before a silent server":
            silent = stack.enter_context(HostileServer(port, lambda peer: peer.silence()))
        with Resolving(here) as bridge:
            if when == "connected":
                bridge.answers()
            elif when == "in a pause":
                bridge.says(b"no connection", 2)
            else:
                eventually(lambda: silent.peers, "the bridge does not connect")
            before = time.monotonic()
            if how == "SIGTERM":
                bridge.process.send_signal(signal.SIGTERM)
            else:
                bridge.process.stdin.close()
            assert bridge.process.wait(LIMIT) == 0
            assert time.monotonic() - before < 2


def test_it_makes_no_store_and_takes_one_that_another_makes(home):
    with Port() as port:
        here = Home(home, port)
        with Resolving(here) as bridge:
            bridge.says(b"look-ups of nats-servers: there is no store yet", 2)
            assert bridge.result("bridge.ping") == {}
            assert files_below(home) == []
            with here.bridge() as other:
                keeper = create(other)[1]
                account = other.result("accounts.list")["nats_accounts"][0]["id"]
            with here.server:
                bridge.answers()
                assert here.is_accepted(keeper)
                assert claims_file(here, account).exists()


def asks_for_ever(peer):
    """Looks up one account without a pause."""
    peer.log_in()
    message = "MSG $SYS.REQ.ACCOUNT.{}.CLAIMS.LOOKUP 1 _INBOX.a 0\r\n\r\n".format(public_key(new_seed(nkeys.PREFIX_BYTE_ACCOUNT)))
    while True:
        peer.send(message * 100)


def no_subjects(peer):
    peer.log_in()
    for subject in ("a", "$SYS.REQ.ACCOUNT.x.CLAIMS.LOOKUP", "$SYS.REQ.ACCOUNT...CLAIMS.LOOKUP", "$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP"):
        peer.send(f"MSG {subject} 1 _INBOX.a 0\r\n\r\n")
        peer.send(f"MSG {subject} 1 0\r\n\r\n")
    peer.silence()


def lines_without_end(peer):
    peer.log_in()
    peer.send(b"x" * (1 << 20))


MISDEEDS = {
    "says nothing": lambda peer: peer.silence(),
    "wants TLS": lambda peer: (peer.info(tls_required=True), peer.silence()),
    "asks for no login": lambda peer: (peer.info(auth_required=False, nonce=None), peer.silence()),
    "goes at once": lambda peer: peer.log_in(),
    "asks for ever": asks_for_ever,
    "asks for what is no account": no_subjects,
    "sends lines without end": lines_without_end,
    "sends what is too long": lambda peer: (peer.log_in(), peer.send("MSG a 1 _INBOX.a 99999999999999999999\r\n"), peer.silence()),
}


@pytest.mark.parametrize("misdeed", MISDEEDS)
def test_a_server_that_is_none_does_no_harm(home, misdeed):
    with Port() as port:
        here = Home(home, port)
        with here.bridge() as bridge:
            create(bridge)
        with HostileServer(port, MISDEEDS[misdeed]) as server, Resolving(here) as bridge:
            eventually(lambda: server.peers, "the bridge does not connect")
            began = time.monotonic()
            with select.epoll() as nothing:
                nothing.poll(1.5)
            assert bridge.log.count(b"is not answered") <= 250 * (time.monotonic() - began + 2)
            assert bridge.result("bridge.ping") == {}
            assert len(server.peers) <= 4
            assert max(int(size.split()[0]) for size in process_status(bridge.process.pid, "VmRSS").values()) < 200_000
            assert b"PUB " not in server.heard
            assert bridge.result("credentials.list")["total_count"] == 1
            bridge.process.stdin.close()
            assert bridge.process.wait(LIMIT) == 0


def test_connected_it_rests(home):
    """Between the server's pings nothing wakes the process."""
    with Port() as port:
        here = Home(home, port)
        with here.bridge() as bridge:
            create(bridge)
        with here.server, Resolving(here) as bridge:
            bridge.answers()
            assert any(is_quiet(bridge.process.pid) for _ in range(5))

