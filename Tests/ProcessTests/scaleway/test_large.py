"""Nothing large is read or copied on the wire's thread: while an answer of 8 MiB comes in, and a line of three times as much goes out, others are
served. Counted is what the thread computes between a ping and its answer, not what else the machine has to do."""

import json

import pytest

from scaleway_service import answer, transform

# A line of 24 MiB takes 29 to 37 of them.
MOST_MILLISECONDS = 50
# Less than the 8 MiB that are taken of a body.
ALMOST = 8_300_000


def computed(pid):
    """Milliseconds that the first thread of a process, the wire's, has run so far."""
    with open(f"/proc/{pid}/task/{pid}/schedstat") as file:
        return int(file.read().split()[0]) / 1_000_000


def answered_beside_pings(bridge, *requests):
    """The answers to some requests, and the longest that a ping had to wait meanwhile, as the wire's thread counts it."""
    for number, (method, params) in enumerate(requests):
        bridge.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
    found, longest, pings = {}, 0, 0
    while len(found) < len(requests):
        before, pings = computed(bridge.process.pid), pings + 1
        bridge.send({"jsonrpc": "2.0", "id": f"ping {pings}", "method": "bridge.ping"})
        while (message := bridge.message(limit=60))["id"] != f"ping {pings}":
            found[message["id"]] = message
        longest = max(longest, computed(bridge.process.pid) - before)
    return [found[number] for number in range(len(requests))], longest, pings


def with_member(value):
    """The normal answer, whose first row has one more member."""
    return transform(lambda status, headers, body: (status, headers, body.replace(b'"name":', b'"more":' + value + b',"name":', 1)))


VALUES = {
    "one long text": lambda: b'"%s"' % (b"x" * ALMOST), "one long text in another script": lambda: b'"%s"' % ("é" * (ALMOST // 2)).encode(),
    "one long text of escapes": lambda: b'"%s"' % (rb"\u00e9" * (ALMOST // 6)), "many small values": lambda: b"[%s1]" % (b"1," * (ALMOST // 2)),
    "many texts": lambda: b"[%s1]" % (b'"a",' * (ALMOST // 4)),
    "many members": lambda: b"{%s}" % b",".join(b'"%07x":1' % number for number in range(ALMOST // 12)),
    "as deep as it goes": lambda: b"[%s1]" % ((b"[" * 100 + b"]" * 100 + b",") * (ALMOST // 201)), "spaces": lambda: b"[%s]" % (b" " * ALMOST),
}  # fmt: skip


@pytest.mark.parametrize("method", ["credentials.get", "credentials.list", "accounts.update"])
@pytest.mark.parametrize("what", VALUES)
def test_a_row_of_8_mib_holds_up_nobody(service, bridge, method, what):
    account = service.add_account("mine")["id"]
    credential = service.add_credentials(account)["id"]
    params = {"credentials.get": {"nats_credentials_id": credential}, "accounts.update": {"nats_account_id": account, "name": "new"}}
    service.fail("*", with_member(VALUES[what]()))
    [found], longest, pings = answered_beside_pings(bridge, (method, params.get(method, {})))
    assert "result" in found and pings > 1
    assert longest < MOST_MILLISECONDS


def test_a_page_of_many_large_rows_holds_up_nobody(service, bridge):
    account = service.add_account("mine")["id"]
    for number in range(100):
        service.add_credentials(account, mint=False, more=["é" * 1000] * (ALMOST // 100 // 2100), number=number)
    [found], longest, _ = answered_beside_pings(bridge, ("credentials.list", {"page_size": 100}))
    assert len(found["result"]["nats_credentials"]) == 100
    assert longest < MOST_MILLISECONDS


@pytest.mark.parametrize("what", ["not JSON", "cut off", "a row that is none", "nested too deep", "twins"])
def test_an_answer_of_8_mib_that_is_refused_holds_up_nobody(service, bridge, what):
    account = service.add_account("mine")["id"]
    service.add_credentials(account)
    text = {
        "not JSON": b"x" * ALMOST, "cut off": b'{"a":"' + b"x" * ALMOST, "nested too deep": b"[" * ALMOST,
        "a row that is none": b'{"total_count":1,"nats_credentials":["%s"]}' % (b"x" * ALMOST),
        "twins": b'{"total_count":1,"nats_credentials":[{%s}]}' % b",".join(b'"%07x":1' % (number % 700_000) for number in range(ALMOST // 12)),
    }[what]  # fmt: skip
    service.fail("*", answer(200, text))
    [found], longest, _ = answered_beside_pings(bridge, ("credentials.list", {}))
    assert found["error"]["data"]["kind"] == "bad_response"
    assert longest < MOST_MILLISECONDS


def test_errors_of_64_kib_hold_up_nobody(service, bridge):
    """As many as run at a time, of the shapes that cost most."""
    account = service.add_account("mine")["id"]
    shapes = [
        {"type": "invalid_arguments", "details": [{"argument_name": "a" * 400, "reason": "f" * 1000, "help_message": "f" * 1400}] * 20},
        {"type": "conflict", "message": "f" * 30_000, "help_message": "0123456789abcdef" * 1900}, {"type": "conflict", "resource": "f" * 60_000},
    ]  # fmt: skip
    bodies = [json.dumps(shape).encode() for shape in shapes] + [b'{"type":"conflict","a":' + b"[" * 100 + b"1," * 30_000 + b"1" + b"]" * 100 + b"}"]
    for body in bodies:
        assert len(body) < 64 << 10
        service.fail("*", answer(400 if b"invalid" in body else 409, body), times=16)
    answers, longest, _ = answered_beside_pings(bridge, *[("accounts.get", {"nats_account_id": account})] * 64)
    assert all("error" in found for found in answers)
    assert longest < MOST_MILLISECONDS
