"""Batches: what they may hold, how their elements are ordered, timed and cancelled one by one, and that the array waits outside."""

import pytest

from cancelling import kind
from messages import cancel, request


LOCAL = {"region": "local"}


def by_id(answers):
    return {answer["id"]: answer for answer in answers}


def test_a_batch_has_at_most_100_elements(bridge):
    bridge.send([request("bridge.ping", id=n) for n in range(100)])
    assert sorted(answer["id"] for answer in bridge.message()) == list(range(100))
    bridge.send([request("bridge.ping", id=n) for n in range(101)], request("bridge.ping", id="next"))
    refusal = bridge.message()
    assert refusal["id"] is None and kind(refusal) == (-32600, "batch_too_large", "none")
    assert bridge.message()["id"] == "next"


def test_notifications_count_as_elements(bridge):
    bridge.send([{"jsonrpc": "2.0", "method": "x"}] * 101, [{"jsonrpc": "2.0", "method": "x"}] * 100, request("bridge.ping"))
    assert kind(bridge.message()) == (-32600, "batch_too_large", "none")
    assert bridge.message()["result"] == {}


def test_a_refused_batch_does_nothing(bridge, home):
    bridge.send([request("accounts.create", LOCAL, id=n) for n in range(101)], "[" + '{"jsonrpc":"2.0","id":1,"method":"accounts.create"},' * 2 + "x]")
    assert [bridge.message()["error"]["code"] for _ in range(2)] == [-32600, -32700]
    assert not (home / "state").exists()


def test_what_is_no_object_is_refused_in_its_place(bridge):
    bridge.send([[], [request("bridge.ping")], 1, "x", None, request("bridge.ping", id="y")])
    answers = bridge.message()
    assert [answer["id"] for answer in answers] == [None] * 5 + ["y"]
    assert {kind(answer) for answer in answers[:5]} == {(-32600, "invalid_request", "none")}


@pytest.mark.parametrize("method", ["credentials.stream", "accounts.stream"])
def test_a_stream_in_a_batch_is_refused(bridge, method):
    bridge.send([request(method, LOCAL, "s"), request("bridge.ping", id="p")])
    answers = by_id(bridge.message())
    assert kind(answers["s"]) == (-32602, "invalid_params", "none") and answers["p"]["result"] == {}


def test_elements_are_ordered_as_if_sent_as_lines(bridge):
    names = [f"n{n}" for n in range(20)]
    creates = [request("accounts.create", {**LOCAL, "name": name}, name) for name in names]
    lists = [request("accounts.list", {**LOCAL, "page_size": 100}, f"list after {n}") for n in range(20)]
    bridge.send([element for pair in zip(creates, lists, strict=True) for element in pair])
    answers = by_id(bridge.message())
    for n in range(20):
        seen = [row["name"] for row in answers[f"list after {n}"]["result"]["nats_accounts"]]
        assert seen[: n + 1] == names[: n + 1]


def test_a_batch_and_the_lines_around_it_keep_their_order(bridge):
    bridge.send(
        [request("accounts.create", {**LOCAL, "name": "a"}, "a")],
        request("accounts.list", LOCAL, "l"),
        [request("accounts.list", LOCAL, "m"), request("accounts.create", {**LOCAL, "name": "b"}, "b"), request("accounts.list", LOCAL, "n")],
    )
    answers = {}
    while set(answers) != set("albmn"):
        message = bridge.message()
        answers |= by_id(message if isinstance(message, list) else [message])
    assert [answers[id]["result"]["total_count"] for id in "ln"] == [1, 2] and answers["m"]["result"]["total_count"] >= 1


def test_each_create_of_a_batch_gives_a_secret_of_its_own(bridge):
    bridge.send([request("credentials.create", LOCAL, n) for n in range(10)])
    contents = {answer["result"]["credentials"]["content"] for answer in bridge.message()}
    assert len(contents) == 10
    assert bridge.result("credentials.list", LOCAL)["total_count"] == 10


def test_the_array_waits_outside_and_others_overtake_it(held):
    bridge, release = held
    bridge.send([request("accounts.create", LOCAL, "a"), request("bridge.ping", id="b")], request("bridge.ping", id="p"), [request("bridge.ping", id="q")])
    assert bridge.message()["id"] == "p"
    assert [answer["id"] for answer in bridge.message()] == ["q"]
    release()
    answers = by_id(bridge.message())
    assert set(answers) == {"a", "b"} and "result" in answers["a"]


def test_ids_hold_for_each_element(held):
    bridge, release = held
    bridge.send([request("accounts.create", LOCAL, "a"), request("accounts.create", LOCAL, "a"), request("bridge.ping", id="x")])
    # An element that is done is free, though its array is not out.
    bridge.send(request("bridge.ping", id="x"), request("bridge.ping", id="a"), [request("bridge.ping", id="a")])
    assert bridge.message() == {"jsonrpc": "2.0", "id": "x", "result": {}}
    refused, [also] = bridge.message(), bridge.message()
    assert refused["id"] is also["id"] is None and kind(refused) == kind(also) == (-32600, "duplicate_id", "none")
    release()
    answers = bridge.message()
    assert sorted(str(answer["id"]) for answer in answers) == ["None", "a", "x"]
    assert kind(by_id(answers)[None]) == (-32600, "duplicate_id", "none") and "result" in by_id(answers)["a"]


def test_a_cancel_holds_for_one_element(held):
    bridge, release = held
    bridge.send([request("accounts.create", LOCAL, "a"), request("accounts.create", LOCAL, "b"), request("accounts.list", LOCAL, "l"), cancel("b")])
    bridge.send(request("bridge.ping"))
    assert bridge.message()["id"] == 1
    release()
    answers = by_id(bridge.message())
    assert kind(answers["b"]) == (-32800, "cancelled", "none")
    assert "result" in answers["a"] and answers["l"]["result"]["total_count"] == 1


def test_a_batch_whose_elements_are_all_cancelled_is_answered(held):
    bridge, _ = held
    bridge.send([request("accounts.create", LOCAL, "a"), request("accounts.list", LOCAL, "b")], cancel("a"), [cancel("b")])
    answers = by_id(bridge.message())
    assert {id: kind(answer) for id, answer in answers.items()} == {id: (-32800, "cancelled", "none") for id in "ab"}


def test_timeout_ms_holds_for_one_element(held):
    bridge, release = held
    bridge.send([request("accounts.create", {**LOCAL, "timeout_ms": 1}, "short"), request("accounts.create", LOCAL, "long"), request("accounts.list", LOCAL, "l")])
    # So late that whoever waits for the store has looked at the time before it is free.
    bridge.send(request("accounts.list", {**LOCAL, "timeout_ms": 2000}, "later"))
    assert kind(bridge.message()) == (1408, "timeout", "none")
    release()
    answers = by_id(bridge.message())
    assert kind(answers["short"]) == (1408, "timeout", "none")
    assert "result" in answers["long"] and answers["l"]["result"]["total_count"] == 1


def test_a_batch_of_mutating_notifications_is_not_carried_out(bridge, home):
    bridge.send([{"jsonrpc": "2.0", "method": "accounts.create"}] * 3, [{"jsonrpc": "2.0", "method": "credentials.create"}, request("bridge.ping")])
    assert len(bridge.message()) == 1
    status, output, errors = bridge.end()
    assert (status, output, errors.count(b"\n")) == (0, b"", 4) and not (home / "state").exists()
