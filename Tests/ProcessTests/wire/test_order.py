"""In which order requests run and are answered: mutations of a region one after the other, pings never behind anything, ids in use."""

import pytest

from bridge import Bridge
from messages import request
from process_tools import held_store, make_store

LOCAL = {"region": "local"}


def answers(bridge, count):
    """So many final answers, in the order they came."""
    found = []
    while len(found) < count:
        message = bridge.message()
        if "method" not in message:
            found.append(message)
    return found


def test_a_burst_reads_what_it_wrote(bridge):
    names = [f"n{n:02}" for n in range(30)]
    for name in names:
        bridge.send(request("accounts.create", {**LOCAL, "name": name}, name), request("accounts.list", {**LOCAL, "page_size": 100}, f"after {name}"))
    found = {answer["id"]: answer["result"] for answer in answers(bridge, 60)}
    for count, name in enumerate(names, 1):
        rows = found[f"after {name}"]["nats_accounts"]
        assert [row["name"] for row in rows][:count] == names[:count]
    assert [row["name"] for row in bridge.result("accounts.list", {**LOCAL, "page_size": 100})["nats_accounts"]] == names


def test_a_stream_waits_for_earlier_mutations(bridge):
    creates = [request("credentials.create", LOCAL, n) for n in range(20)]
    bridge.send(*creates, request("credentials.stream", LOCAL, "s"))
    assert answers(bridge, 21)[-1]["result"]["items"] == 20


def test_mutations_are_answered_in_the_order_of_the_lines(bridge):
    bridge.send(*[request(f"{'accounts' if n % 3 else 'credentials'}.create", {**LOCAL, "name": f"n{n}"}, n) for n in range(40) if n % 3 or not n])
    ids = [answer["id"] for answer in answers(bridge, 27)]
    assert ids == sorted(ids)


def test_pings_overtake(held):
    bridge, release = held
    bridge.send(request("accounts.create", LOCAL, "c"), request("accounts.list", LOCAL, "l"))
    for method in ["bridge.ping", "bridge.info", "rpc.discover", "no.such"]:
        bridge.send(request(method, {}, method))
        assert bridge.message()["id"] == method
    release()
    assert [answer["id"] for answer in answers(bridge, 2)] == ["c", "l"]


def test_reads_before_a_mutation_do_not_wait_for_it(held):
    bridge, release = held
    bridge.send(request("accounts.list", LOCAL, "before"), request("accounts.create", LOCAL, "c"), request("accounts.list", LOCAL, "after"))
    [before] = answers(bridge, 1)
    assert before["id"] == "before" and before["result"]["total_count"] == 0
    bridge.send(request("credentials.list", LOCAL, "also after"), request("bridge.ping", {}, "p"))
    assert bridge.message()["id"] == "p"
    release()
    found = {answer["id"]: answer["result"] for answer in answers(bridge, 3)}
    assert found["after"]["total_count"] == 1 and set(found) == {"c", "after", "also after"}


def test_a_mutation_never_waits_for_reads(home):
    """Reads that hang, because somebody holds the store against readers: the mutation behind them is at work, too, and times out alone."""
    make_store(home)
    with held_store(home, against_readers=True) as release, Bridge(home) as bridge:
        bridge.send(*[request("accounts.list", LOCAL, n) for n in range(3)], request("accounts.create", {**LOCAL, "name": "x"}, "c"))
        bridge.send({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 0}}, request("bridge.ping", {}, "p"))
        first, second = answers(bridge, 2)
        assert (first["error"]["data"]["kind"], second["id"]) == ("cancelled", "p")
        release()
        assert {answer["id"] for answer in answers(bridge, 3)} == {1, 2, "c"}


def test_a_refusal_takes_no_place_in_the_order(held):
    bridge, release = held
    bridge.send(request("accounts.create", LOCAL, "c"), request("accounts.create", {"region": "pl-waw"}, "elsewhere"), request("accounts.create", {"name": ""}, "bad"))
    assert {(answer["id"], answer["error"]["code"]) for answer in answers(bridge, 2)} == {("elsewhere", 1460), ("bad", -32602)}
    release()
    assert answers(bridge, 1)[0]["id"] == "c"


def flood_of_reads(bridge, count):
    bridge.send(*[request("accounts.list", {**LOCAL, "timeout_ms": 600_000}, n) for n in range(count)])


def test_64_run_and_1024_wait(home):
    """At 1,087 one more line is read and answered; one read more, and what follows stays in the pipe until a place is free."""
    make_store(home)
    with held_store(home, against_readers=True) as release, Bridge(home) as bridge:
        flood_of_reads(bridge, 64 + 1023)
        bridge.send(request("bridge.ping", {}, "read"))
        assert bridge.message()["id"] == "read"
        bridge.send(request("accounts.list", {**LOCAL, "timeout_ms": 600_000}, "last"), request("bridge.ping", {}, "not read"))
        release()
        ids = [answer["id"] for answer in answers(bridge, 64 + 1024 + 1)]
        assert ids.index("not read") > 0 and len(set(ids)) == len(ids) == 1089


def test_cancels_among_those_that_wait_act_at_once(home):
    make_store(home)
    with held_store(home, against_readers=True) as release, Bridge(home) as bridge:
        flood_of_reads(bridge, 1000)
        bridge.send(*[{"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": n}} for n in range(999, 99, -1)])
        cancelled = answers(bridge, 900)
        assert [answer["id"] for answer in cancelled] == list(range(999, 99, -1))
        assert {(answer["error"]["code"], answer["error"]["data"]["outcome"]) for answer in cancelled} == {(-32800, "none")}
        release()
        assert sorted(answer["id"] for answer in answers(bridge, 100)) == list(range(100))


SAME = [
    (b'"a"', rb'"\u0061"'), (b'"/"', rb'"\/"'), ('"\u00e9"'.encode(), rb'"\u00E9"'), (rb'"\ud83d\ude00"', '"\U0001f600"'.encode()),
    (b"1", b"1"), (b"1.50", b"1.50"), (b"9" * 40, b"9" * 40), (b'""', b'""'),
]  # fmt: skip
OTHER = [
    (b'"1"', b"1"), (b"1", b"1.0"), (b"1e2", b"1E2"), (b"0", b"-0"), ('"\u00e9"'.encode(), b'"e\xcc\x81"'), (b'"a"', b'"A"'),
    (b'"null"', b"null"), (b"null", b"null"), (b'"a"', b'"a "'), (b"9" * 40, b"9" * 39 + b"8"),
]  # fmt: skip


def line(id, method, params=b'{"region":"local"}'):
    return b'{"jsonrpc":"2.0","id":' + id + b',"method":"' + method + b'","params":' + params + b"}"


@pytest.mark.parametrize("one, other", SAME, ids=repr)
def test_an_id_under_way_is_refused_running_or_waiting(held, one, other):
    bridge, release = held
    for method in b"accounts.create", b"accounts.list":
        bridge.send(line(one, method), line(other, b"bridge.ping", b"{}"))
        refused = bridge.message()
        assert refused["id"] is None and refused["error"]["code"] == -32600
        assert (refused["error"]["data"]["kind"], refused["error"]["data"]["outcome"]) == ("duplicate_id", "none")
        if method == b"accounts.create":
            bridge.send(b'{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":' + other + b"}}")
            assert bridge.message()["error"]["code"] == -32800
            bridge.send(line(b'"blocker"', b"accounts.create"))
    release()
    assert [("result" in answer) for answer in answers(bridge, 2)] == [True, True]


@pytest.mark.parametrize("one, other", OTHER, ids=repr)
def test_ids_that_are_not_the_same_are_two(held, one, other):
    bridge, release = held
    bridge.send(line(one, b"accounts.create"), line(other, b"bridge.ping", b"{}"))
    assert bridge.message()["result"] == {}
    # Nor does a cancel of the one end the other.
    bridge.send(b'{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":' + other + b"}}", line(b'"p"', b"bridge.ping", b"{}"))
    assert bridge.message()["id"] == "p"
    release()
    assert "result" in bridge.message()


def test_an_id_is_free_before_its_answer_is_written(bridge):
    """Each answer is followed at once by the next request with the same id."""
    bridge.result("credentials.create", LOCAL)
    for n in range(300):
        assert "result" in bridge.call(["credentials.list", "accounts.list", "bridge.ping"][n % 3], LOCAL if n % 3 < 2 else {}, id="same")


def test_null_is_never_a_duplicate(bridge):
    bridge.send(*[request("accounts.create", LOCAL, None) for _ in range(10)], request("accounts.list", LOCAL, "l"))
    found = answers(bridge, 11)
    assert [answer["id"] for answer in found] == [None] * 10 + ["l"] and found[-1]["result"]["total_count"] == 10
