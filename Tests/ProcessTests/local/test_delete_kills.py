"""kill -9 at any step of a deletion, a renaming or a replacement, with a nats-server that runs, then a fresh start: what was answered
holds, here and on the server; no revocation is ever undone; what is pending heals by itself. Takes about 45 s.

strace kills the process at its Nth system call of one kind. One store and one server go through all the kills of a kind, as in life."""

import random
import threading

import pytest

from bridge import LIMIT, masked
from revoking import CREATE, DELETE, create, eventually, listed, served_home
from traced import traced

# Every kind of step with which something outside the process changes or is learnt, and how far one point is from the next.
KINDS = {
    "pwrite64": 3, "fdatasync": 1, "openat": 9, "write": 1, "fsync": 1, "renameat": 1, "unlink": 1, "unlinkat": 1, "flock": 1, "connect": 1,
    "sendto": 1, "recvfrom": 2,
}  # fmt: skip
MOST = 400


@pytest.fixture
def here(home):
    with served_home(home) as place:
        yield place


class Past:
    """What may never be undone: revocations the server once had, and credentials that were once dead."""

    def __init__(self, here):
        self.here, self.issued_at, self.revocations, self.dead = here, 0, {}, []

    def add(self, dead):
        claims = self.here.server_claims(self.here.account)
        revocations = claims["nats"].get("revocations", {})
        assert claims["iat"] >= self.issued_at, "the server went back to older claims"
        assert all(revocations.get(user, 0) >= at for user, at in self.revocations.items()), "a revocation was undone"
        self.issued_at, self.revocations = claims["iat"], revocations
        self.dead += [dead] if dead else []
        # All of them at the end, the newest at every step.
        assert not any(self.here.is_accepted(creds) for creds in self.dead[-4:]), "a deleted credential came back"
        assert self.here.is_accepted(self.here.keeper), "a credential that nobody deleted is dead"

    def end(self):
        assert self.dead, "nothing was ever deleted"
        assert not any(self.here.is_accepted(creds) for creds in self.dead), "a deleted credential came back"


# Each gives a method, its params, and what to hold against the answer (or None) after a fresh start; that gives a .creds that is now dead.


def deletion(here, bridge, number):
    id, creds = create(bridge, "victim", nats_account_id=here.account)

    def look(bridge, answer):
        is_there = id in listed(bridge)
        assert here.is_accepted(creds) == is_there, "list and server differ"
        assert answer is None or answer["deleted"] and not is_there
        return None if is_there else creds

    return DELETE, {"nats_credentials_id": id}, look


def renaming(here, bridge, number):
    before = bridge.result("accounts.get", {"nats_account_id": here.account})["name"]
    victim, creds = create(bridge, "victim", nats_account_id=here.account)
    bridge.result(DELETE, {"nats_credentials_id": victim})

    def look(bridge, answer):
        name = bridge.result("accounts.get", {"nats_account_id": here.account})["name"]
        assert name == here.server_claims(here.account)["name"] == here.file_claims(here.account)["name"]
        assert name == f"name {number}" if answer else name in (before, f"name {number}")
        return creds

    return "accounts.update", {"nats_account_id": here.account, "name": f"name {number}"}, look


def closing(here, bridge, number):
    account = bridge.result("accounts.create", {"name": "to be closed"})["id"]
    id, creds = create(bridge, "of a closed account", nats_account_id=account)

    def look(bridge, answer):
        is_there = "result" in bridge.call("accounts.get", {"nats_account_id": account})
        assert here.is_accepted(creds) == is_there == (id in listed(bridge))
        assert answer is None or answer["deleted"] and not is_there
        return None if is_there else creds

    return "accounts.delete", {"nats_account_id": account}, look


def replacement(here, bridge, number):
    path = here.folder / "app.creds"
    params = {"name": f"app {number}", "save_to": str(path), "overwrite": True, "nats_account_id": here.account}
    old = bridge.result(CREATE, params)["id"]
    creds = path.read_text()

    def look(bridge, answer):
        now = path.read_text()
        assert here.is_accepted(now), "the file holds a dead credential"
        ids = {id for id, row in listed(bridge).items() if row["name"] == f"app {number}"}
        assert here.is_accepted(creds) == (old in ids), "list and server differ"
        if answer:
            assert answer["replaced"] == [old] and ids == {answer["id"]} and now != creds
        # The old one, the new one that nobody was told of, or both.
        assert 1 <= len(ids) <= 2
        return None if old in ids else creds

    return CREATE, {**params, "if_exists": "replace"}, look


@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_in_a_deletion(kind, here):
    at_every_step(here, deletion, kind)


@pytest.mark.parametrize("kind", ["pwrite64", "fdatasync", "unlink"])
def test_the_mark_of_what_is_pending_goes_by_itself(kind, here):
    """It stands as long as something is pending and no longer, or every start would open the store for nothing."""

    def prepare(*arguments):
        method, params, look = deletion(*arguments)

        def look_at_the_mark(bridge, answer):
            mark = here.state / "pending"
            eventually(lambda: not mark.exists(), "the mark stays", limit=8)
            return look(bridge, answer)

        return method, params, look_at_the_mark

    at_every_step(here, prepare, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_in_a_renaming(kind, here):
    at_every_step(here, renaming, kind, sparser=2)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_in_the_deletion_of_an_account(kind, here):
    at_every_step(here, closing, kind, sparser=2)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_in_a_replacement(kind, here):
    at_every_step(here, replacement, kind, sparser=2)


def at_every_step(here, prepare, kind, sparser=1):
    """Ends when a run lives to its end; the first one must not, or `kind` is not a step of this at all."""
    past = Past(here)
    every = KINDS[kind]
    every = every * sparser if every > 1 else 1
    for number in range(1, MOST, every):
        with here.bridge() as bridge:
            method, params, look = prepare(here, bridge, number)
            assert bridge.end()[0] == 0
        answer, was_killed = until_killed(here, kind, number, method, params)
        with here.bridge() as bridge:
            here.heals()
            past.add(look(bridge, answer))
            assert bridge.end()[0] == 0
        if not was_killed:
            assert answer and number > 1
            past.end()
            return
    raise AssertionError("the run never lived to its end")


def until_killed(here, kind, number, method, params):
    """The result, if it came, and whether the process was killed."""
    answer = None
    with traced(here.folder, kind, f"signal=KILL:when={number}", *here.arguments[2:]) as bridge:
        try:
            bridge.send({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
            if message := bridge.message():
                assert "result" in message, masked(message)
                answer = message["result"]
            status = bridge.end()[0]
        except BrokenPipeError:
            status = bridge.process.wait(LIMIT)
    assert status in (0, -9)
    return answer, status != 0


PROCESSES, LIVES, ROUNDS = 8, 3, 4


class Worker(threading.Thread):
    """Creates and deletes in one bridge after the other; all but the last are killed with requests under way."""

    def __init__(self, number, start, gate):
        super().__init__(daemon=True)
        self.launch, self.gate, self.chance, self.failure = start, gate, random.Random(number), None
        self.secrets, self.asked, self.deleted, self.lost_creates = {}, set(), set(), 0

    def run(self):
        try:
            self.gate.wait(LIMIT)
            for life in range(LIVES):
                with self.launch() as bridge:
                    self.work(bridge, is_last=life == LIVES - 1)
        except BaseException as failure:
            self.failure = failure

    def work(self, bridge, is_last):
        for _ in range(ROUNDS):
            self.ask_creates(bridge, 2)
            self.take(bridge, 2)
            self.ask_delete(bridge)
            self.take(bridge, 1)
        if is_last:
            assert bridge.end()[0] == 0
            return
        self.ask_delete(bridge)
        self.ask_creates(bridge, 1)
        self.ask_delete(bridge)
        self.take(bridge, self.chance.randrange(3))
        bridge.process.kill()
        while (message := bridge.message()) is not None:
            self.note(message)
        self.lost_creates += 1

    def ask_creates(self, bridge, count):
        for number in range(count):
            bridge.send({"jsonrpc": "2.0", "id": f"create {number}", "method": CREATE, "params": {"name": "app"}})

    def ask_delete(self, bridge):
        id = self.chance.choice(sorted(set(self.secrets) - self.asked))
        self.asked.add(id)
        bridge.send({"jsonrpc": "2.0", "id": id, "method": DELETE, "params": {"nats_credentials_id": id}})

    def take(self, bridge, count):
        for _ in range(count):
            self.note(bridge.message())

    def note(self, message):
        if "error" in message:
            # Recorded, but another process was pushing for too long.
            assert message["error"]["data"]["kind"] == "revocation_pending", masked(message)
        elif "deleted" in message["result"]:
            self.deleted.add(message["id"])
        else:
            self.secrets[message["result"]["id"]] = message["result"]["credentials"]["content"]


def test_eight_processes_that_delete_and_create_and_are_killed_lose_nothing_that_was_answered(here):
    gate = threading.Barrier(PROCESSES)
    workers = [Worker(number, here.bridge, gate) for number in range(PROCESSES)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(3 * LIMIT)
        assert not worker.is_alive()
        assert worker.failure is None, worker.failure
    with here.bridge() as bridge:
        here.heals()
        there = set(listed(bridge))
    secrets = {id: creds for worker in workers for id, creds in worker.secrets.items()}
    asked, deleted = (set().union(*(getattr(worker, name) for worker in workers)) for name in ("asked", "deleted"))
    assert len(deleted) > len(asked) / 2
    assert not deleted & there, "an answered delete is undone"
    assert secrets.keys() - asked <= there, "an answered create is lost"
    assert len(there - secrets.keys()) <= 1 + sum(worker.lost_creates for worker in workers)
    wrong = [id for id, creds in secrets.items() if here.is_accepted(creds) != (id in there)]
    assert not wrong, "list and server differ"
    assert here.is_accepted(here.keeper)
