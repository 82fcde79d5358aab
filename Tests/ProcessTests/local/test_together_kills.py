"""kill -9 at any step while creates and deletes that were written at once are carried out, with a nats-server that runs, then a fresh start: what
was answered holds, here and on the server, and of the rest each is either done or not.

strace kills the process at its Nth system call of one kind. One store and one server go through all the kills of a kind, as in life."""

import pytest

from bridge import LIMIT
from messages import request
from revoking import CREATE, DELETE, listed, served_home
from traced import traced

# How far one point is from the next.
KINDS = {
    "pwrite64": 11, "fdatasync": 1, "fsync": 1, "renameat": 1, "unlink": 1, "flock": 1, "connect": 1, "sendto": 1, "recvfrom": 3, "write": 1,
}  # fmt: skip
MOST = 400
VICTIMS, NEW = 6, 5


@pytest.fixture
def here(home):
    with served_home(home) as place:
        yield place


def secrets(answers):
    return {answer["result"]["id"]: answer["result"]["credentials"]["content"] for answer in answers}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_while_they_are_carried_out(kind, here):
    dead = []
    for number in range(1, MOST, KINDS[kind]):
        with here.bridge() as bridge:
            bridge.send(*[request(CREATE, {"name": "victim"}, place) for place in range(VICTIMS)])
            victims = secrets([bridge.message() for _ in range(VICTIMS)])
            assert bridge.end()[0] == 0
        answered, was_killed = until_killed(here, kind, number, list(victims))
        deleted = {answer["id"] for answer in answered if "deleted" in answer["result"]}
        made = secrets([answer for answer in answered if "deleted" not in answer["result"]])
        with here.bridge() as bridge:
            here.heals()
            rows = listed(bridge)
            assert bridge.end()[0] == 0
        assert not deleted & rows.keys(), "an answered delete is undone"
        assert made.keys() <= rows.keys(), "an answered create is lost"
        for id, creds in (victims | made).items():
            assert here.is_accepted(creds) == (id in rows), "list and server differ"
        dead += [creds for id, creds in victims.items() if id not in rows]
        assert not any(here.is_accepted(creds) for creds in dead[-2 * VICTIMS :]), "a deleted credential came back"
        if not was_killed:
            assert len(answered) == VICTIMS + NEW and number > 1
            assert not any(here.is_accepted(creds) for creds in dead) and here.is_accepted(here.keeper)
            return
    raise AssertionError("the run never lived to its end")


def until_killed(here, kind, number, victims):
    """The results that came, in the order of the requests, and whether the process was killed."""
    answered = []
    deletes = [request(DELETE, {"nats_credentials_id": id}, id) for id in victims]
    creates = [request(CREATE, {"name": "new"}, place) for place in range(NEW)]
    lines = [deletes[0], *[line for pair in zip(creates, deletes[1:]) for line in pair]]
    with traced(here.folder, kind, f"signal=KILL:when={number}", *here.arguments[2:]) as bridge:
        try:
            bridge.send(*lines)
            while len(answered) < len(lines) and (message := bridge.message()):
                answered.append(message)
            status = bridge.end()[0]
        except BrokenPipeError:
            status = bridge.process.wait(LIMIT)
    assert status in (0, -9)
    assert [answer["id"] for answer in answered] == [line["id"] for line in lines][: len(answered)]
    return answered, status != 0
