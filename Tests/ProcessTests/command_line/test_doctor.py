"""`doctor` says what is configured, what is well and what is not, and what to do; its exit status is 0 only if all is well."""

import contextlib
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import time

import pytest

from bridge import LIMIT, PROGRAM, Bridge
from hostile_server import HostileServer
from issued import until
from nats_server import NATSServer, Port
from process_tools import files_below, gather_store, program, run, state_folder
from revoking import DELETE, Home, create
from traced import STRACE

SUBJECTS = [
    "libcrypto", "SQLite", "state folder", "store", "claims files", "nats-server.conf", "pending pushes", "clock", "nats-server",
]  # fmt: skip


@pytest.fixture
def here(home):
    """A home with a store of two credentials, and its server, not yet started."""
    with Port() as port:
        place = Home(home, port)
        with place.bridge() as bridge:
            place.ids = [create(bridge, name)[0] for name in ("one", "two")]
            assert bridge.end()[0] == 0
        gather_store(place.state)
        yield place
        place.server.stop()


class Findings:
    """What one run said, by subject: whether all is well with it, and the words."""

    def __init__(self, here, *arguments, env=None):
        result = run(here.folder, "doctor", *here.arguments, *arguments, env=env)
        self.status, self.text, self.errors = result.returncode, result.stdout.decode(), result.stderr
        lines = [re.fullmatch(r"(ok|--|FAIL) ([^:]+): (.+)", line) for line in self.text.splitlines() if not line.startswith("  ")]
        assert lines and all(lines), self.text
        self.well = {line[2]: line[1] != "FAIL" for line in lines}
        self.words = {line[2]: line[3] for line in lines}
        assert self.status == (0 if all(self.well.values()) else 1) and self.errors == b""

    @property
    def ill(self):
        return [subject for subject, is_well in self.well.items() if not is_well]


def test_all_is_well(here):
    here.server.start()
    found = Findings(here)
    assert found.status == 0 and list(found.well) == SUBJECTS and found.ill == []
    assert "1 accounts, 2 credentials" in found.words["store"]
    assert ": operator matches" in found.words["nats-server"] and here.port.url in found.words["nats-server"]


def test_where_nothing_is_yet_it_makes_nothing(home):
    with Port() as port:
        found = Findings(Home(home, port))
    assert found.status == 0 and "does not exist yet" in found.words["state folder"] and list(found.well) == SUBJECTS[:3]
    assert files_below(home) == []


def test_without_a_place_for_the_store(home):
    result = run(home, "doctor", env={"HOME": "", "XDG_STATE_HOME": ""})
    assert result.returncode == 1 and b"FAIL state folder" in result.stdout


def test_it_looks_and_changes_nothing(here):
    here.server.start()
    before = contents(here)
    assert Findings(here).status == 0
    assert contents(here) == before


def contents(here):
    """But what SQLite and the server keep for themselves; the server writes where it listens a moment after it does."""
    files = [path for path in here.state.rglob("*") if path.is_file() and "jetstream" not in path.parts and path.suffix != ".ports"]
    return {path: path.read_bytes() for path in files if not path.name.startswith("store.db-")}


def test_a_server_that_is_down_can_be_started_as_it_says(here):
    found = Findings(here)
    assert found.ill == ["nats-server"] and found.words["nats-server"].endswith(f"start it: nats-server -c {here.state}/nats-server.conf")
    here.server.start()
    assert Findings(here).ill == []


def test_a_foreign_nats_server(here, home, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    with Bridge(other, *here.arguments) as bridge:
        create(bridge)
    with NATSServer(Home(other, here.port).server.configuration, here.port):
        found = Findings(here)
    assert found.ill == ["nats-server"] and "operator does not match" in found.words["nats-server"]


def test_a_nats_server_without_logins_is_not_ours(here, home):
    (home / "open.conf").write_text(f"listen: 127.0.0.1:{here.port.number}\n")
    with NATSServer(home / "open.conf", here.port):
        found = Findings(here)
    assert found.ill == ["nats-server"] and "operator does not match" in found.words["nats-server"]


OTHERS = [b"", b"HTTP/1.1 200 OK\r\n\r\n", b"INFO \x1b[2J\xff\r\n", b'INFO {"tls_required":true,"nonce":"9f1UwtAclXDAMUE"}\r\n']


@pytest.mark.parametrize("says", OTHERS)
def test_something_else_that_listens(says, here):
    def misdeed(peer):
        peer.send(says)
        peer.silence()

    begun = time.monotonic()
    with HostileServer(here.port, misdeed) as server:
        found = Findings(here)
        # Who says nothing is asked whether it waits for TLS.
        assert server.heard == b"" or says == b"" and server.heard.startswith(b"\x16\x03\x01")
    assert found.ill == ["nats-server"] and re.fullmatch(r"[\x20-\x7e]+", found.words["nats-server"])
    assert time.monotonic() - begun < LIMIT / 2


DAMAGES = {
    "garbage": lambda path: path.write_bytes(os.urandom(100_000)),
    "another program's database": lambda path: path.unlink() or sqlite3.connect(path).execute("CREATE TABLE t (a)").connection.close(),
    "empty": lambda path: path.write_bytes(b""),
    "gone": lambda path: path.unlink(),
    "short": lambda path: os.truncate(path, 20_000),
    "pages overwritten": lambda path: path.write_bytes(path.read_bytes()[:8192] + b"\x55" * 65_536 + path.read_bytes()[73_728:]),
    "newer version": lambda path: sqlite3.connect(path).execute("PRAGMA user_version = 99").connection.close(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_store(damage, here):
    here.server.start()
    path = here.state / "store.db"
    DAMAGES[damage](path)
    if path.exists():
        path.chmod(0o600)
    before = path.read_bytes() if path.exists() else None
    for _ in range(2):
        found = Findings(here)
        assert found.ill == ["store"] and "chmod" not in found.words["store"]
        assert (path.read_bytes() if path.exists() else None) == before, "it wrote over what was there"


OPEN = [("", 0o750, "chmod 700"), ("", 0o701, "chmod 700"), ("store.db", 0o644, "chmod 600"), ("store.db", 0o620, "chmod 600")]


@pytest.mark.parametrize("path, mode, fix", OPEN)
def test_permissions_that_are_too_open_and_how_to_mend_them(path, mode, fix, here):
    here.server.start()
    place = here.state / path
    place.chmod(mode)
    found = Findings(here)
    assert len(found.ill) == 1 and f"{fix} {place}" in found.words[found.ill[0]]
    command = re.search(r"chmod \d+ \S+", found.words[found.ill[0]])[0]
    subprocess.run(command.split(), check=True, timeout=LIMIT)
    assert Findings(here).ill == []


def test_a_link_in_the_place_of_the_store(here, home):
    shutil.move(here.state / "store.db", home / "elsewhere.db")
    (here.state / "store.db").symlink_to(home / "elsewhere.db")
    found = Findings(here)
    assert len(found.ill) == 1 and "link" in found.words[found.ill[0]]


@pytest.fixture
def behind(here):
    """A deletion of which a server that once acknowledged claims has not heard: it was moved away and is gone."""
    with here.server, here.bridge() as bridge:
        bridge.result(DELETE, {"nats_credentials_id": here.ids[0]})
        with here.store() as store:
            store.execute("INSERT INTO acknowledgements SELECT account_id, 'gone for good', claims_iat - 1 FROM acknowledgements")
        error = bridge.error(DELETE, {"nats_credentials_id": here.ids[1]})
        assert (error["code"], error["data"]["servers"]) == (1504, ["gone for good"])
    here.server.start()
    return here


def test_pending_pushes_name_the_server_that_is_behind(behind):
    found = Findings(behind)
    assert found.ill == ["pending pushes"]
    assert "gone for good" in found.words["pending pushes"] and "--forget-server" in found.words["pending pushes"]


def test_a_server_that_is_gone_for_good_is_forgotten(behind):
    unknown = run(behind.folder, "doctor", *behind.arguments, "--forget-server", "never heard of")
    assert unknown.returncode == 1 and unknown.stdout == b"" and b"no server of this name" in unknown.stderr
    assert Findings(behind).ill == ["pending pushes"]
    done = run(behind.folder, "doctor", "--forget-server=gone for good", *behind.arguments)
    assert (done.returncode, done.stderr) == (0, b"")
    with behind.bridge() as bridge:
        behind.heals()
        assert bridge.error(DELETE, {"nats_credentials_id": behind.ids[1]})["code"] == 1404
    assert Findings(behind).ill == []


def test_a_serving_bridge_goes_on_when_a_server_is_forgotten(behind):
    with behind.bridge() as bridge:
        bridge.result("bridge.ping")
        assert run(behind.folder, "doctor", *behind.arguments, "--forget-server", "gone for good").returncode == 0
        behind.heals()
        assert bridge.result("bridge.info")["pending_pushes"] == 0


FORGET = ("doctor", "--forget-server", "gone for good")


def test_that_a_server_is_forgotten_may_not_be_written(behind):
    with open("/dev/full", "wb") as full:
        result = run(behind.folder, *FORGET, *behind.arguments, stdout=full)
    assert result.returncode == 74 and b"stdout cannot be written" in result.stderr
    assert run(behind.folder, *FORGET, *behind.arguments).returncode == 1, "it was forgotten"


def known_servers(here):
    with here.store() as store:
        return store.execute("SELECT * FROM acknowledgements ORDER BY 1, 2").fetchall(), store.execute("SELECT * FROM servers").fetchall()


def test_a_server_is_not_forgotten_in_the_store_of_a_newer_version(behind):
    with behind.store() as store:
        store.execute("PRAGMA user_version = 99")
    before = known_servers(behind)
    result = run(behind.folder, *FORGET, *behind.arguments)
    assert (result.returncode, result.stdout) == (1, b"")
    assert result.stderr.endswith(b"not forgotten: the store was written by a newer version of this program (99); use that one\n")
    assert known_servers(behind) == before


def test_a_newer_version_takes_over_the_store_while_a_server_is_being_forgotten(behind, tmp_path):
    """It has opened the store and waits for its turn, as the lock that it does not get shows."""
    before, log = known_servers(behind), tmp_path / "locks"
    log.touch()
    traced = ["-f", "-qq", "-o", str(log), "-e", "trace=fcntl", PROGRAM]
    with contextlib.closing(sqlite3.connect(behind.state / "store.db", timeout=LIMIT, isolation_level=None)) as store:
        store.execute("BEGIN IMMEDIATE")
        pipes = dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with program(behind.folder, *traced, *FORGET, *behind.arguments, executable=STRACE, **pipes) as process:
            until(lambda: b"EAGAIN" in log.read_bytes())
            store.execute("PRAGMA user_version = 99")
            store.execute("COMMIT")
            output, errors = process.communicate(timeout=LIMIT)
    assert (process.returncode, output) == (1, b"")
    assert errors.endswith(b"not forgotten: a newer version of this program (99) has taken over the store; use that one\n")
    assert known_servers(behind) == before


def test_a_server_is_forgotten_as_a_whole_or_not_at_all(behind):
    with behind.store() as store:
        store.execute("INSERT INTO servers (name, id, since, is_local) VALUES ('gone for good', 'N', 0, 0)")
        store.execute("CREATE TRIGGER keep BEFORE DELETE ON servers BEGIN SELECT RAISE(ABORT, 'kept'); END")
    before = known_servers(behind)
    result = run(behind.folder, *FORGET, *behind.arguments)
    assert (result.returncode, result.stdout) == (1, b"") and b"not forgotten: " in result.stderr and b"kept" in result.stderr
    assert known_servers(behind) == before
    with behind.store() as store:
        store.execute("DROP TRIGGER keep")
    assert run(behind.folder, *FORGET, *behind.arguments).returncode == 0
    acknowledged, servers = known_servers(behind)
    assert "gone for good" not in [row[1] for row in acknowledged] + [row[0] for row in servers]


def test_where_no_store_is_none_is_made_to_forget_a_server(home):
    result = run(home, *FORGET)
    assert (result.returncode, result.stdout) == (1, b"") and b"no server of this name" in result.stderr
    assert not state_folder(home).exists()


def test_a_clock_behind_the_store(here):
    here.server.start()
    for seconds, is_well in ((5, True), (7200, False)):
        with here.store() as store:
            store.execute("UPDATE accounts SET committed_at = ?", ((int(time.time()) + seconds) * 1_000_000,))
        found = Findings(here)
        assert found.well["clock"] == is_well and found.ill == ([] if is_well else ["clock"])
    seconds = int(re.match(r"(\d+) s behind", found.words["clock"])[1])
    assert 7000 < seconds <= 7200


SECRETS = {"SCW_SECRET_KEY": "7b2f1c9e-1111-4222-8333-abcdefabcdef", "SCW_ACCESS_KEY": "SCWABCDEFGHJKLMNPQRS"}


def test_secrets_are_named_and_never_shown(here):
    here.server.start()
    found = Findings(here, env=SECRETS)
    assert all(name in found.text for name in SECRETS)
    for secret in [*SECRETS.values(), *here.seeds()]:
        assert secret not in found.text
    assert not re.search(r"\bS[OAU][A-Z2-7]{56}\b|eyJ", found.text)


def test_it_says_where_each_setting_came_from(here):
    text = run(here.folder, "doctor", env={"NATS_URL": here.port.url, "SCW_DEFAULT_REGION": "local"}).stdout.decode()
    assert "nats_url: from NATS_URL" in text and "state: from XDG_STATE_HOME" in text and "SCW_DEFAULT_REGION" in text
    found = Findings(here, "--state", str(here.state))
    assert "state: from --state" in found.text and "nats_url: from --nats-url" in found.text


@pytest.mark.parametrize("library, subject", [("libsqlite3.so.0", "SQLite"), ("libcrypto.so.3", "libcrypto")])
def test_a_library_that_cannot_be_used(library, subject, here, home):
    """A broken file of its name comes first on the path of libraries."""
    broken = home / "libraries"
    broken.mkdir()
    for name in (library, "libcrypto.so.1.1") if subject == "libcrypto" else (library,):
        (broken / name).write_bytes(b"\x7fELF nothing")
    found = Findings(here, env={"LD_LIBRARY_PATH": f"{broken}:{os.environ.get('LD_LIBRARY_PATH', '')}"})
    assert found.status == 1 and found.ill == [subject] and list(found.well) == SUBJECTS[:2]
    assert f"is there and cannot be used: {broken / library}: " in found.words[subject]


USAGES = [
    "doctor x", "doctor --all", "doctor --forget-server", "doctor --json --forget-server x", "doctor --write x", "doctor --frobnicate", "serve --forget-server x",
    "--forget-server x", "doctor doctor", "doctor --secret-key=x",
]  # fmt: skip


@pytest.mark.parametrize("arguments", USAGES)
def test_usage(arguments, home):
    result = run(home, *arguments.split())
    assert (result.returncode, result.stdout) == (64, b"") and result.stderr.endswith(b"\n")
    assert files_below(home) == []


def test_a_bad_nats_url_is_named(here):
    result = run(here.folder, "doctor", "--nats-url", "nats://user:secret@127.0.0.1")
    assert result.returncode == 1 and b"--nats-url" in result.stdout and b"secret" not in result.stdout + result.stderr
    # Findings parses every line, so that none of them is made of what was given.
    assert "FAIL" in Findings(here, "--nats-url", "tls://127.0.0.1:4222").text


def test_a_reader_that_goes_away_does_no_harm(here):
    here.server.start()
    one, other = socket.socketpair()
    one.close()
    with other:
        result = run(here.folder, "doctor", *here.arguments, stdout=other)
    assert result.returncode >= 0, "a signal ended it"
