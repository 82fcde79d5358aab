"""Eight bridges create on one store at once, on a fresh folder too, and some of them are killed: nothing answered is lost, nothing doubled."""

import threading

import pytest

from bridge import LIMIT, Bridge
from nats_server import Port

PROCESSES, CREATES = 8, 40
# Which process is killed, and after how many answers.
KILLS = {0: 0, 1: 5, 2: 11, 3: 17, 4: 23, 5: 31}


@pytest.fixture
def start(home):
    """Starts a bridge on the one store of this test."""
    with Port() as port:
        yield lambda: Bridge(home, "--region", "local", "--nats-url", port.url)


@pytest.fixture
def used(start):
    """A store with one account and nothing in it."""
    with start() as bridge:
        bridge.result("accounts.create", {"name": "the only one"})
        assert bridge.end()[0] == 0
    return start


class Worker(threading.Thread):
    """One bridge that creates, one after the other; killed, if so, with three creates under way."""

    def __init__(self, number, start, gate, kill_after=None):
        super().__init__(daemon=True)
        self.number, self.launch, self.gate, self.kill_after = number, start, gate, kill_after
        self.answered, self.asked, self.failure = [], 0, None

    def run(self):
        try:
            with self.launch() as bridge:
                self.gate.wait(LIMIT)
                self.work(bridge)
        except BaseException as failure:
            self.failure = failure

    def work(self, bridge):
        for _ in range(CREATES if self.kill_after is None else self.kill_after):
            self.ask(bridge)
            self.take(bridge.message())
        if self.kill_after is None:
            assert bridge.end()[0] == 0
            return
        for _ in range(3):
            self.ask(bridge)
        self.take(bridge.message())
        bridge.process.kill()
        while (message := bridge.message()) is not None:
            self.take(message)

    def ask(self, bridge):
        self.asked += 1
        params = {"name": f"{self.number}-{self.asked}"}
        bridge.send({"jsonrpc": "2.0", "id": self.asked, "method": "credentials.create", "params": params})

    def take(self, message):
        self.answered.append((message["result"]["id"], message["result"]["name"]))


def work_together(start, kills):
    gate = threading.Barrier(PROCESSES)
    workers = [Worker(number, start, gate, kills.get(number)) for number in range(PROCESSES)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(3 * LIMIT)
        assert not worker.is_alive()
        assert worker.failure is None, worker.failure
    return workers


def listed(bridge):
    stream = bridge.call("credentials.stream")["result"]
    rows = [(row["id"], row["name"]) for part in bridge.parts for row in part["nats_credentials"]]
    assert stream["items"] == stream["total_count"] == len(rows)
    return rows


def by_pages(bridge):
    rows, page = [], 1
    while page:
        answer = bridge.result("credentials.list", {"page": page, "page_size": 100})
        rows += [(row["id"], row["name"]) for row in answer["nats_credentials"]]
        page = answer["next_page"]
    return rows


def all_is_there(start, workers):
    """Every answered create once, at most the three under way beside them, all in one account; and the store goes on."""
    answered = [row for worker in workers for row in worker.answered]
    with start() as bridge:
        rows = listed(bridge)
        assert len(rows) == len({id for id, _ in rows}) == len({name for _, name in rows})
        assert set(answered) <= set(rows)
        assert len(rows) <= sum(worker.asked for worker in workers)
        assert sorted(by_pages(bridge)) == sorted(rows)
        assert len(bridge.result("accounts.list")["nats_accounts"]) == 1
        bridge.result("credentials.create", {"name": "after"})
        assert len(listed(bridge)) == len(rows) + 1
    return rows


def test_eight_processes_lose_nothing(used):
    workers = work_together(used, {})
    assert len(all_is_there(used, workers)) == PROCESSES * CREATES


def test_eight_processes_that_begin_a_store_at_once_begin_one(start):
    workers = work_together(start, {})
    assert len(all_is_there(start, workers)) == PROCESSES * CREATES


def test_kills_among_them_lose_nothing_that_was_answered(start):
    workers = work_together(start, KILLS)
    rows = all_is_there(start, workers)
    whole = [worker for worker in workers if worker.kill_after is None]
    assert sum(len(worker.answered) for worker in whole) == (PROCESSES - len(KILLS)) * CREATES
    assert len(rows) >= sum(len(worker.answered) for worker in workers)
