"""A credential that was committed, and whose request was cancelled or late, or cannot be undone: delivered, undone, or named.

Most of the time goes into limits of the protocol's: 15 s for a create that comes to no end, 10 s for a store that somebody holds."""

import pytest

from bridge import LIMIT
from issued import claims, create, held_after_commit, ids, local, rows, save_error, saved_right, secret_of, stored_ids, until
from nats_server import Port
from process_tools import credential_ids, held_store, request
from traced import traced
from undelivered import DELETED, Clogged, are_gone, told

# Committed, cancelled, late.


@pytest.fixture
def after_commit(home, port):
    """A bridge with a create that is committed and not yet answered, its id, and a function that lets it go on."""
    with local(home, port) as bridge:
        assert ids(bridge) == []
        with held_after_commit(home) as release:
            yield bridge, release


def committed(bridge, home, **params):
    bridge.send(create(name="app", **params))
    [id] = until(lambda: stored_ids(home))
    return id


def cancel(bridge):
    """Returns when the cancel was read."""
    bridge.send({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 1}})
    assert bridge.call("bridge.ping")["result"] == {}


def test_a_cancelled_create_that_had_committed_is_answered_with_its_result(after_commit, home, port):
    bridge, release = after_commit
    id = committed(bridge, home)
    cancel(bridge)
    release()
    answer = bridge.message()["result"]
    claims(secret_of(answer))
    assert answer["id"] == id
    assert ids(bridge) == [id] and bridge.end() == (0, b"", b"")


def test_a_create_that_is_late_is_answered_with_its_result(after_commit, home, port):
    bridge, release = after_commit
    id = committed(bridge, home, timeout_ms=1000)
    # Its time is over when that of a later read is, which began later. A second, because it must have reached its commit before.
    bridge.send(request("credentials.list", {"timeout_ms": 1000}, id="later")[:-1])
    assert bridge.message()["error"]["data"]["kind"] == "timeout"
    release()
    answer = bridge.message()["result"]
    claims(secret_of(answer))
    assert answer["id"] == id
    assert ids(bridge) == [id] and bridge.end() == (0, b"", b"")


def test_the_reader_goes_between_commit_and_answer(after_commit, home, port):
    bridge, release = after_commit
    id = committed(bridge, home)
    bridge.process.stdout.close()
    release()
    assert bridge.process.wait(LIMIT) == 0
    assert told(bridge.process.stderr.read()) == {id: DELETED}
    are_gone(home, port, [id])


def test_a_create_whose_result_comes_when_it_was_given_up_is_undone(after_commit, home, port):
    """It was answered that nobody knows; then it came after all. Takes the 15 s that a change is awaited."""
    bridge, release = after_commit
    id = committed(bridge, home, timeout_ms=1000)
    answer = bridge.message(limit=25)
    assert (answer["id"], answer["error"]["code"], answer["error"]["data"]["outcome"]) == (1, 1408, "unknown")
    release()
    until(lambda: rows(home, "SELECT id FROM credentials") == [])
    assert ids(bridge) == []
    status, output, errors = bridge.end()
    assert (status, told(errors)) == (0, {id: DELETED})
    are_gone(home, port, [id])


def test_a_save_that_fails_after_the_commit_is_undone(after_commit, home, port):
    bridge, release = after_commit
    id = committed(bridge, home, save_to=str(home / "app.creds"))
    (home / "app.creds").write_text("came in between")
    release()
    error = bridge.message()["error"]
    assert save_error(error) == ("exists", "none") and "resource_id" not in error["data"]
    assert bridge.end() == (0, b"", b"")
    are_gone(home, port, [id])


def test_a_cancelled_create_that_had_committed_is_still_saved(after_commit, home, port):
    bridge, release = after_commit
    id = committed(bridge, home, save_to=str(home / "app.creds"))
    cancel(bridge)
    release()
    result = bridge.message()["result"]
    saved_right(result)
    assert result["id"] == id and ids(bridge) == [id]


def test_a_cancelled_create_whose_save_fails_is_undone_all_the_same(after_commit, home, port):
    bridge, release = after_commit
    id = committed(bridge, home, save_to=str(home / "app.creds"))
    (home / "app.creds").write_text("came in between")
    cancel(bridge)
    release()
    assert save_error(bridge.message()["error"]) == ("exists", "none")
    are_gone(home, port, [id])


# What cannot be undone.


def test_a_save_that_fails_while_somebody_holds_the_store_says_what_is_left(home, port):
    """The save is held up for 4 s, in which the test takes the store; takes the 10 s, too, that a held store is waited for."""
    with local(home, port) as bridge:
        bridge.result("accounts.create", {"name": "one"})
    with traced(home, "linkat", "delay_enter=4000000:error=EIO:when=1", "--nats-url", port.url) as bridge:
        id = committed(bridge, home, save_to=str(home / "app.creds"))
        with held_store(home):
            error = bridge.message(limit=25)["error"]
        assert save_error(error) == ("io", "done")
        assert (error["data"]["resource"], error["data"]["resource_id"]) == ("credentials", id)
        assert ids(bridge) == [id] and not (home / "app.creds").exists()
        assert bridge.result("credentials.delete", {"nats_credentials_id": id})["deleted"] is True


def test_an_answer_that_is_lost_while_somebody_holds_the_store_leaves_a_line_with_its_id(home, port):
    """Within the 5 s that undoing may take; what is left can be found and deleted."""
    with local(home, port) as bridge:
        # Else one of them makes it, and is not answered before its claims are pushed.
        bridge.result("accounts.create", {"name": "one"})
    with Clogged(home, port) as clogged:
        made = clogged.creates(create(name="app"), create(id=2, name="other"))
        with held_store(home):
            clogged.stop_reading()
            assert clogged.bridge.process.wait(LIMIT) == 0
        lines = clogged.bridge.process.stderr.read().decode().splitlines()
    assert sorted(credential_ids(home)) == made
    for id in made:
        [line] = [line for line in lines if id in line]
        assert DELETED not in line


def test_an_undo_that_a_silent_server_does_not_hear_of_is_told_as_pending(home):
    """It takes the connection and says nothing: recorded, and not yet enforced."""
    with Port() as port, Clogged(home, port) as clogged:
        made = clogged.creates(create(name="app"))
        port.socket.listen()
        clogged.stop_reading()
        undone = clogged.ends()
        assert list(undone) == made and "revocation_pending" in undone[made[0]]
        assert stored_ids(home) == [] and rows(home, "SELECT id FROM credentials") == [(made[0],)]
