"""Deleting means cut off, on a real nats-server: when the answer is read, every connection of the credential has ended, and none is let in
again, also after restarts; whoever else is there stays."""

import asyncio
import contextlib
import socket
import threading

import nats
import pytest

from bridge import LIMIT, masked
from live_clients import REVOKED, Client, count_of, hear_each_other, leaf_node, takes_leaf_nodes
from nats_server import Port
from process_tools import read_until
from revoking import DELETE, Home, create, eventually, listed, payload

UNKNOWN = "0b5cf1a2-7a0c-4c0e-9b0e-0a1b2c3d4e5f"
MANY = 200


@pytest.fixture
def here(home, port):
    """A home with a server that runs, a bridge that serves, and one account with a neighbour in it."""
    place = Home(home, port)
    with place.bridge() as bridge:
        place.neighbour = create(bridge, "neighbour")[1]
        place.account = bridge.result("accounts.list")["nats_accounts"][0]["id"]
        place.serving = bridge
        with place.server:
            yield place


def delete(bridge, id):
    result = bridge.result(DELETE, {"nats_credentials_id": id})
    assert result == {"nats_credentials_id": id, "deleted": True, "region": "local"}


@contextlib.contextmanager
def clients(here, creds, count):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(Client(here.port, creds)) for _ in range(count)]


def test_a_connection_has_ended_before_the_answer_is_read(here):
    id, creds = create(here.serving, "victim")
    with Client(here.port, creds) as client:
        hear_each_other(client, client)
        delete(here.serving, id)
        assert client.has_ended() and client.buffer.endswith(REVOKED)
    assert not here.is_accepted(creds)


def test_two_hundred_connections_have_ended_before_the_answer_is_read(here):
    id, creds = create(here.serving, "victim")
    with clients(here, creds, MANY) as many, clients(here, here.neighbour, 5) as neighbours:
        assert not any(client.has_ended() for client in [*many, *neighbours])
        delete(here.serving, id)
        assert [client.has_ended() for client in many] == [True] * MANY
        for neighbour in neighbours:
            neighbour.awaits_pong()
    assert not here.is_accepted(creds)


def test_a_neighbour_keeps_its_connection_and_hears_everything(here):
    id, creds = create(here.serving, "victim")
    with Client(here.port, here.neighbour) as neighbour, Client(here.port, creds) as victim, Client(here.port, here.neighbour) as third:
        neighbour.hears("news.*")
        victim.says("news.1", "of the victim")
        delete(here.serving, id)
        third.says("news.2", "of a neighbour")
        assert [neighbour.next(), neighbour.next()] == ["of the victim", "of a neighbour"]
        hear_each_other(neighbour, third, "other")
    assert here.is_accepted(here.neighbour)


def test_another_account_is_left_alone(here):
    account = here.serving.result("accounts.create", {"name": "other"})["id"]
    other = create(here.serving, "victim", nats_account_id=account)[1]
    id, creds = create(here.serving, "victim", nats_account_id=here.account)
    with Client(here.port, other) as namesake, Client(here.port, creds) as victim:
        before = here.server_claims(account)
        delete(here.serving, id)
        assert victim.has_ended()
        hear_each_other(namesake, namesake)
        assert here.server_claims(account) == before


def test_what_is_said_after_the_answer_is_not_heard(here):
    """Somebody who talks without a pause is silent when the answer is read."""
    id, creds = create(here.serving, "victim")
    with Client(here.port, here.neighbour) as hearer, Client(here.port, here.neighbour) as speaker, Client(here.port, creds) as victim:
        hearer.hears("news")
        thread = threading.Thread(target=talk, args=(victim,), daemon=True)
        thread.start()
        assert hearer.next() == "chatter"
        delete(here.serving, id)
        speaker.says("news", "last")
        heard = ["chatter"]
        while heard[-1] != "last":
            heard.append(hearer.next())
        hearer.awaits_pong()
        thread.join(LIMIT)
        assert not thread.is_alive()


def talk(client):
    with contextlib.suppress(OSError):
        while True:
            client.says("news", "chatter")


def test_one_that_does_not_read_is_cut_off_too(here):
    """The server cannot tell it anything, and still does not listen to it any longer than to the others' last words."""
    id, creds = create(here.serving, "victim")
    with Client(here.port, creds) as victim, Client(here.port, here.neighbour) as neighbour:
        victim.hears("flood")
        flood = "x" * 500_000
        for _ in range(40):
            neighbour.says("flood", flood)
        delete(here.serving, id)
        assert not here.is_accepted(creds)
        # The server gives up what it still had to say after its write_deadline.
        eventually(lambda: cannot_say(victim), "it stays connected")
        hear_each_other(neighbour, neighbour)


def cannot_say(client):
    try:
        client.send("PUB nobody 1\r\nx\r\n")
    except OSError:
        return True
    return False


def test_the_name_of_a_deleted_one_may_be_used_again_at_once(here):
    """Also in the second in which it was revoked: it is another user."""
    for _ in range(5):
        id, creds = create(here.serving, "again")
        with Client(here.port, creds) as client:
            delete(here.serving, id)
            assert client.has_ended()
        assert not here.is_accepted(creds)
    assert len(here.server_claims(here.account)["nats"]["revocations"]) == 5


def test_the_last_of_a_used_up_signing_key_takes_the_key_with_it(here):
    """Key and revocations leave the claims together: there is nobody left whom they would keep out."""
    victims = [create(here.serving, f"victim {number}") for number in range(3)]
    with here.store() as store:
        # As if 500 had been made.
        store.execute("UPDATE signing_keys SET issued = 500")
    ((old,),) = here.rows("SELECT public_key FROM signing_keys")
    new_creds = create(here.serving, "of the next key")[1]
    neighbour = next(id for id, row in listed(here.serving).items() if row["name"] == "neighbour")
    with contextlib.ExitStack() as stack:
        held = [(id, stack.enter_context(Client(here.port, creds))) for id, creds in [*victims, (neighbour, here.neighbour)]]
        other = stack.enter_context(Client(here.port, new_creds))
        for id, client in held:
            assert old in here.server_claims(here.account)["nats"]["signing_keys"]
            delete(here.serving, id)
            assert client.has_ended()
        hear_each_other(other, other)
    claims = here.server_claims(here.account)["nats"]
    assert old not in claims["signing_keys"] and len(claims["signing_keys"]) == 1 and "revocations" not in claims
    for _ in range(2):
        assert not any(here.is_accepted(creds) for creds in [here.neighbour, *(creds for _, creds in victims)])
        assert here.is_accepted(new_creds)
        here.server.stop()
        here.server.start()


def test_deletions_in_one_burst_each_cut_off_before_their_answers(here):
    victims = [create(here.serving, f"victim {number}") for number in range(20)]
    with contextlib.ExitStack() as stack:
        held = {id: stack.enter_context(Client(here.port, creds)) for id, creds in victims}
        here.serving.send(*({"jsonrpc": "2.0", "id": id, "method": DELETE, "params": {"nats_credentials_id": id}} for id in held))
        for _ in held:
            answer = here.serving.message()
            assert answer["result"] == {"nats_credentials_id": answer["id"], "deleted": True, "region": "local"}
            assert held[answer["id"]].has_ended()
    assert not any(here.is_accepted(creds) for _, creds in victims)
    assert list(listed(here.serving)) != [] and not set(held) & set(listed(here.serving))


def test_a_client_library_is_cut_off_for_good(here, home):
    """Left to connect again by itself, it does not come back."""
    path = home / "victim.creds"
    row = here.serving.result("credentials.create", {"name": "victim", "save_to": str(path)})
    asyncio.run(asyncio.wait_for(library_is_cut_off(here, row["id"], path), LIMIT))


async def library_is_cut_off(here, id, path):
    closed = asyncio.Event()

    async def note():
        closed.set()

    async def ignore(_):
        pass

    connection = await nats.connect(
        here.port.url, user_credentials=str(path), closed_cb=note, error_cb=ignore, reconnect_time_wait=0.01, max_reconnect_attempts=3
    )
    assert connection.is_connected
    await asyncio.to_thread(delete, here.serving, id)
    await closed.wait()
    assert connection.is_closed
    with pytest.raises(nats.errors.Error, match="(?i)authorization violation"):
        await nats.connect(here.port.url, user_credentials=str(path), allow_reconnect=False, max_reconnect_attempts=0, error_cb=ignore)


@pytest.mark.parametrize("restarted", ["server", "bridge", "both"])
def test_it_stays_cut_off_when_everything_is_started_again(restarted, here):
    id, creds = create(here.serving, "victim")
    assert here.is_accepted(creds)
    delete(here.serving, id)
    if restarted != "server":
        assert here.serving.end()[0] == 0
    if restarted != "bridge":
        here.server.stop()
        here.server.start()
    with here.bridge() as again:
        assert not here.is_accepted(creds) and here.is_accepted(here.neighbour)
        assert id not in listed(again)
        # Later claims must not bring it back.
        later, later_creds = create(again, "later")
        delete(again, later)
        assert not here.is_accepted(creds) and not here.is_accepted(later_creds)


def test_a_bridge_that_did_not_make_it_deletes_it(here):
    id, creds = create(here.serving, "victim")
    with Client(here.port, creds) as client, here.bridge() as other:
        delete(other, id)
        assert client.has_ended()
        # The one that made it sees it gone.
        assert id not in listed(here.serving)


@pytest.fixture
def leaves(here):
    """The server runs on, and takes leaf nodes."""
    with Port() as leaves:
        here.server.stop()
        here.server = takes_leaf_nodes(here, leaves)
        with here.server:
            yield leaves


def test_a_leaf_node_is_cut_off_and_not_let_in_again(here, leaves, home):
    path, other_path = home / "victim.creds", home / "neighbour.creds"
    id = here.serving.result("credentials.create", {"name": "victim", "save_to": str(path)})["id"]
    other_path.write_text(here.neighbour)
    with Port() as port, Port() as other_port:
        with leaf_node(here, leaves, port, path) as leaf, leaf_node(here, leaves, other_port, other_path) as other_leaf:
            eventually(lambda: leaf_nodes(here) == 2, "the leaf nodes do not come")
            # Both ways through it, so that the cut is one of a way that was there.
            with Client(here.port, here.neighbour) as inside:
                eventually(lambda: comes_through(leaf, inside), "nothing comes through the leaf node")
                delete(here.serving, id)
                assert leaf_nodes(here) == 1
                eventually(lambda: says(leaf, b"User Authentication Revoked"), "the leaf node was not told")
                eventually(lambda: says(leaf, b"Authorization Violation"), "it was not refused when it came again")
                assert leaf_nodes(here) == 1
                eventually(lambda: comes_through(other_leaf, inside), "the neighbour's leaf node is cut off")
            assert not says(other_leaf, b"User Authentication Revoked")


def leaf_nodes(here):
    return count_of(here, f"$SYS.REQ.ACCOUNT.{here.account}.LEAFZ", "leafnodes")


def says(server, text):
    return any(text in line for line in list(server.log))


def comes_through(leaf, inside):
    """Whether what is said at a leaf node is heard inside. What is said there before it knows that somebody listens is lost."""
    inside.hears("through")
    with socket.create_connection(("127.0.0.1", leaf.port.number), LIMIT) as outside:
        outside.sendall(b"CONNECT {\"verbose\":false}\r\nPUB through 5\r\nhello\r\nPING\r\n")
        read_until(outside.fileno(), b"PONG")
    inside.awaits_pong()
    heard, inside.messages = inside.messages, []
    return heard == ["hello"]


def test_the_second_deletion_finds_nothing(here):
    id, creds = create(here.serving, "victim")
    delete(here.serving, id)
    claims = here.file_claims(here.account)
    assert_not_found(here.serving.error(DELETE, {"nats_credentials_id": id}), id)
    assert here.serving.result(DELETE, {"nats_credentials_id": id, "missing_ok": True}) == {"nats_credentials_id": id, "deleted": False, "region": "local"}
    assert here.file_claims(here.account) == claims, "nothing to delete, so nothing to tell"
    assert not here.is_accepted(creds)


def assert_not_found(error, id, resource="credentials"):
    data = error["data"]
    assert (error["code"], data["kind"], data["retryable"], data["outcome"]) == (1404, "not_found", False, "none")
    assert (data["resource"], data["resource_id"]) == (resource, id)


def test_an_unknown_one_is_not_found(here):
    before = listed(here.serving)
    for _ in range(2):
        assert_not_found(here.serving.error(DELETE, {"nats_credentials_id": UNKNOWN}), UNKNOWN)
    result = here.serving.result(DELETE, {"nats_credentials_id": UNKNOWN, "missing_ok": True})
    assert result == {"nats_credentials_id": UNKNOWN, "deleted": False, "region": "local"}
    assert listed(here.serving) == before and here.is_accepted(here.neighbour)


BAD_IDS = ["", "x", UNKNOWN[:-1], UNKNOWN + "0", UNKNOWN.replace("-", ""), "../accounts/" + UNKNOWN, None, 7, [UNKNOWN]]


@pytest.mark.parametrize("bad", BAD_IDS)
def test_a_bad_id_is_refused_and_deletes_nothing(bad, here):
    before = listed(here.serving)
    for more in ({}, {"missing_ok": True}):
        error = here.serving.error(DELETE, {"nats_credentials_id": bad, **more})
        assert (error["code"], error["data"]["kind"], error["data"]["outcome"]) == (-32602, "invalid_params", "none")
        assert [field["name"] for field in error["data"]["fields"]] == ["nats_credentials_id"]
    assert listed(here.serving) == before


def test_the_id_of_an_account_deletes_no_account(here):
    error = here.serving.error(DELETE, {"nats_credentials_id": here.account})
    assert error["code"] == -32602 and "account" in error["data"]["fields"][0]["reason"]
    assert here.is_accepted(here.neighbour) and here.serving.result("accounts.get", {"nats_account_id": here.account})


def test_an_id_in_capitals_is_the_same_id(here):
    id, creds = create(here.serving, "victim")
    with Client(here.port, creds) as client:
        answer = here.serving.call(DELETE, {"nats_credentials_id": id.upper()})
        assert answer["result"] == {"nats_credentials_id": id, "deleted": True, "region": "local"}, masked(answer)
        assert client.has_ended()


def test_lists_and_gets_forget_it(here):
    bridge = here.serving
    kept = listed(bridge)
    id, _ = create(bridge, "victim")
    assert bridge.result("credentials.get", {"nats_credentials_id": id})["state"] == "active"
    assert bridge.result("credentials.list")["total_count"] == 2
    delete(bridge, id)
    assert_not_found(bridge.error("credentials.get", {"nats_credentials_id": id}), id)
    page = bridge.result("credentials.list", {"nats_account_id": here.account})
    assert page["total_count"] == 1 and [row["id"] for row in page["nats_credentials"]] == list(kept)
    assert listed(bridge) == kept and {row["state"] for row in kept.values()} == {"active"}
    assert bridge.result("bridge.info")["pending_pushes"] == 0 and not (here.state / "pending").exists()


def test_one_that_never_connected_never_will(here):
    id, creds = create(here.serving, "victim")
    delete(here.serving, id)
    assert not here.is_accepted(creds)


def test_the_claims_revoke_it_and_nobody_else(here):
    id, creds = create(here.serving, "victim")
    before = here.server_claims(here.account)
    assert "revocations" not in before["nats"]
    token = payload(creds.splitlines()[1])
    delete(here.serving, id)
    claims = here.server_claims(here.account)
    assert claims == here.file_claims(here.account) and claims["iat"] > before["iat"]
    ((user, revoked_at),) = claims["nats"]["revocations"].items()
    assert user == token["sub"] and revoked_at >= token["iat"]
    unchanged = {name: value for name, value in claims["nats"].items() if name != "revocations"}
    assert unchanged == before["nats"]

