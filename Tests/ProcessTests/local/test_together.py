"""Creates and deletes that are written at once are committed together and told to nats-servers together, and are answered as one by one:
each by its own result, in the order of the lines; what goes wrong for one is no other's."""

import contextlib
import threading

import pytest

from bridge import LIMIT, masked
from issued import local
from live_clients import REVOKED, Client, paused
from messages import cancel, request
from mounted import Mounted, fill_disk
from process_tools import held_store, make_store, state_folder
from revoking import CREATE, DELETE, create, eventually, listed, log_in, public_key, user_creds
from traced import traced, was_injected

MANY = 500
CLIENTS = 40


def creates(*names):
    return [request(CREATE, {"name": name}, name) for name in names]


def deletes(ids):
    return [request(DELETE, {"nats_credentials_id": id}, id) for id in ids]


def answers(bridge, count):
    return [bridge.message() for _ in range(count)]


def have_begun(bridge):
    """Returns when whatever was sent before it was read, and what may begin has begun: that is before the next lines are read."""
    for _ in range(2):
        bridge.send(request("bridge.ping", {}, "read"))
        assert bridge.message()["id"] == "read"


def make_many(bridge, count):
    bridge.send(*creates(*(f"n{number}" for number in range(count))))
    return {answer["result"]["id"]: answer["result"]["credentials"]["content"] for answer in answers(bridge, count)}


@contextlib.contextmanager
def pushes(here):
    """What the running server is told, as the server tells its own account: the claims of each push."""
    ((identity, signer),) = here.rows("SELECT system_seed, system_signing_seed FROM state")
    subject = "$SYS.REQ.CLAIMS.UPDATE"
    told, is_listening = [], threading.Event()

    def listen(lines):
        with contextlib.suppress(OSError, ValueError):
            for line in lines:
                if line.startswith(b"PONG"):
                    is_listening.set()
                if line.startswith(b"MSG"):
                    told.append(lines.read(int(line.split()[-1])))

    connection = log_in(here.port, user_creds(public_key(identity), signer, sub={"allow": [subject]}))
    with connection, connection.makefile("rb") as lines:
        connection.sendall(f"SUB {subject} 1\r\nPING\r\n".encode())
        listener = threading.Thread(target=listen, args=(lines,), daemon=True)
        listener.start()
        assert is_listening.wait(LIMIT)
        yield told
        connection.shutdown(2)
        listener.join(LIMIT)


def test_500_deletions_written_at_once_are_one_push_and_each_is_cut_off(here):
    """Somebody holds the store until the last of them was read, so that none can be told before the others."""
    with here.bridge() as bridge:
        create(bridge, "keeper")
        with here.server:
            made = make_many(bridge, MANY)
            with contextlib.ExitStack() as stack, pushes(here) as told:
                clients = [stack.enter_context(Client(here.port, creds)) for creds in list(made.values())[-CLIENTS:]]
                with held_store(here.folder) as release:
                    bridge.send(*deletes(made))
                    have_begun(bridge)
                    release()
                    found = answers(bridge, MANY)
                # As soon as the answers are read.
                assert all(client.has_ended() and client.buffer.endswith(REVOKED) for client in clients)
                assert [answer["id"] for answer in found] == list(made)
                assert all(answer["result"]["deleted"] for answer in found)
                assert not any(here.is_accepted(creds) for creds in list(made.values())[::25])
            # The listener has ended with its connection, and read all that had come.
            assert len(told) == 1
            assert [row["name"] for row in listed(bridge).values()] == ["keeper"]


def test_whoever_is_cancelled_or_late_while_it_waits_leaves_the_others_alone(home, port):
    with local(home, port) as bridge:
        bridge.result(CREATE, {"name": "first"})
        with held_store(home) as release:
            bridge.send(*creates("a", "b"), request(CREATE, {"name": "late", "timeout_ms": 20}, "late"), *creates("c", "d"))
            late = bridge.message()
            assert (late["id"], late["error"]["data"]["kind"], late["error"]["data"]["outcome"]) == ("late", "timeout", "none")
            bridge.send(cancel("a"), cancel("c"))
            for id in ("a", "c"):
                answer = bridge.message()
                assert (answer["id"], answer["error"]["code"], answer["error"]["data"]["outcome"]) == (id, -32800, "none")
            release()
            found = answers(bridge, 2)
        assert [answer["result"]["name"] for answer in found] == ["b", "d"]
        assert [row["name"] for row in listed(bridge).values()] == ["first", "b", "d"]


def test_a_store_that_somebody_holds_too_long_is_the_answer_of_each(home, port):
    """Takes the 10 s that a held store is waited for, or twice as long."""
    with local(home, port) as bridge:
        bridge.result(CREATE, {"name": "first"})
        eventually(lambda: not (state_folder(home) / "pending").exists(), "its claims stay pending")
        with held_store(home):
            bridge.send(*creates(*"abc"))
            # What goes on in the background may wait for the store before them.
            found = [bridge.message(limit=2 * LIMIT) for _ in range(3)]
        assert {answer["error"]["data"]["kind"] for answer in found} == {"resource_locked"}
        assert {answer["error"]["data"]["outcome"] for answer in found} == {"none"}
        assert [row["name"] for row in listed(bridge).values()] == ["first"]


def test_a_result_waits_for_the_results_before_it_and_for_nobody_longer_than_its_own_time(here):
    """The server does not answer, so the deletion comes to no end; the creates are done."""
    with here.bridge() as bridge:
        id, _ = create(bridge, "victim")
        with here.server:
            bridge.result("accounts.update", {"nats_account_id": here.rows("SELECT id FROM accounts")[0][0], "name": "told"})
            with paused(here.server):
                params = {"name": "in time", "timeout_ms": 300}
                bridge.send(*deletes([id]), request(CREATE, params, "in time"), *creates("cancelled", "behind"))
                first = bridge.message()
                assert (first["id"], first["result"]["name"]) == ("in time", "in time"), masked(first)
                eventually(lambda: here.rows("SELECT count(*) FROM credentials") == [(4,)], "not all are committed")
                bridge.send(cancel("cancelled"))
                # Done is done: it is told at once.
                assert bridge.message()["result"]["name"] == "cancelled"
                pending, behind = answers(bridge, 2)
            assert (pending["id"], pending["error"]["data"]["kind"]) == (id, "revocation_pending")
            assert behind["result"]["name"] == "behind"


def test_a_commit_whose_sync_fails_is_of_unknown_outcome_for_each(home, port):
    """Of one sync after the other, until there is none to fail."""
    outcomes = []
    for number in range(1, 20):
        place = home / str(number)
        make_store(place, "--nats-url", port.url)
        log = place / "strace.log"
        with traced(place, "fdatasync", f"error=EIO:when={number}", "--nats-url", port.url, log=log) as bridge:
            bridge.call(CREATE, {"name": "first"})
            with held_store(place) as release:
                bridge.send(*creates(*"abc"))
                have_begun(bridge)
                release()
                found = answers(bridge, 3)
            assert [answer["id"] for answer in found] == [*"abc"]
            [outcome] = {answer["error"]["data"]["outcome"] if "error" in answer else "done" for answer in found}
            outcomes.append(outcome)
            names = [row["name"] for row in listed(bridge).values()]
            assert names[-3:] == [*"abc"] or outcome == "unknown" and names in ([], ["first"])
        if not was_injected(log):
            assert set(outcomes) == {"done", "unknown"}
            return
    raise AssertionError("no run was without a fault")


def test_on_a_full_disk_the_deletions_among_them_are_carried_out(home, port):
    state = home / "state" / "nats-credentials-bridge"
    state.mkdir(parents=True)
    with Mounted(state, 'mount -t tmpfs -o size=2500k,mode=0700 none "$1"') as mounted:
        with mounted.bridge(home, "--nats-url", port.url) as bridge:
            made = list(make_many(bridge, 30))
            fill_disk(mounted.folder / "filler")
            # Until there is no place in the log either.
            while "result" in bridge.call(CREATE, {"name": "n" * 400}):
                pass
            before = set(listed(bridge))
            bridge.send(*[request(CREATE, {"name": "n" * 400}, number) for number in range(10)], *deletes(made))
            found = answers(bridge, 40)
            refused = [answer["error"]["data"] for answer in found[:10]]
            assert {(data["kind"], data["reason"], data["outcome"]) for data in refused} == {("storage", "full", "none")}
            assert [(answer["id"], answer["result"]["deleted"]) for answer in found[10:]] == [(id, True) for id in made]
            assert set(listed(bridge)) == before - set(made)


@pytest.mark.parametrize("kilobytes", [2_200, 2_800, 3_500, 6_000, 8_000])
def test_creates_until_the_disk_is_full_leave_deletions_their_room(home, port, kilobytes):
    """Neither they nor what follows them use the reserve up, and the log never holds more than the database has room for."""
    state = home / "state" / "nats-credentials-bridge"
    state.mkdir(parents=True)
    with Mounted(state, f'mount -t tmpfs -o size={kilobytes}k,mode=0700 none "$1"') as mounted:
        with mounted.bridge(home, "--nats-url", port.url) as bridge:
            made, is_full = [], False
            while not is_full:
                bridge.send(*[request(CREATE, {"name": "n" * 400}, number) for number in range(MANY)])
                found = answers(bridge, MANY)
                made += [answer["result"]["id"] for answer in found if "result" in answer]
                is_full = any("error" in answer for answer in found)
            # A part of it is given up where the store cannot even be opened.
            assert (mounted.folder / "reserve").stat().st_size >= 384 << 10
            fill_disk(mounted.folder / "filler")
            bridge.send(*deletes(made[:MANY]))
            found = answers(bridge, len(made[:MANY]))
            assert [answer.get("result", answer.get("error"))["deleted"] for answer in found] == [True] * len(found)
            assert len(listed(bridge)) == len(made) - len(found)


@pytest.mark.parametrize("count", [2, 40])
def test_one_that_is_refused_is_refused_alone(home, port, count):
    unknown, account = "11111111-1111-4111-8111-111111111111", "AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C"
    with local(home, port) as bridge:
        made = list(make_many(bridge, count))
        lines = [
            *deletes(made[:1]), *deletes([unknown]), request(CREATE, {"name": "x", "nats_account_id": account}, "no account"),
            *creates("made"), request(DELETE, {"nats_credentials_id": made[0]}, "again"),
            request(DELETE, {"nats_credentials_id": made[0], "missing_ok": True}, "once more"), *deletes(made[1:]),
        ]  # fmt: skip
        bridge.send(*lines)
        ordered = answers(bridge, len(lines))
        assert [answer["id"] for answer in ordered] == [line["id"] for line in lines]
        found = {answer["id"]: answer for answer in ordered}
        assert {found[id]["error"]["data"]["kind"] for id in (unknown, "no account", "again")} == {"not_found"}
        assert found["once more"]["result"]["deleted"] is False and found["made"]["result"]["name"] == "made"
        assert [row["name"] for row in listed(bridge).values()] == ["made"]
