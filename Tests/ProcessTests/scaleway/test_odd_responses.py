"""What is wrong, or only odd, in a response that is whole: one at a time."""

import json
import re

import pytest

from misdeeds import CREATE, DELETE, GET, JSON_HEAD, LIST, LONG, kind, whole, with_body, with_row
from scaleway_service import transform


@pytest.fixture
def victim(service, account_id):
    return service.add_credentials(account_id, "victim", mint=False)


ODD = {
    "a number of 10,000 digits": b"9" * 10_000,
    "a fraction of 10,000 digits": b"0." + b"9" * 10_000,
    "a power that no number has": b"1e99999",
    "less than nothing": b"-0.0e-0",
    "100 arrays": b"[" * 100 + b"]" * 100,
    "a NUL": rb'"a\u0000b"',
    "every control character": b'"' + b"".join(b"\\u%04x" % code for code in range(0x20)) + b'"',
    "a pair of surrogates": rb'"\ud83d\ude00"',
    "an object with an empty name": b'{"":{"":[]}}',
    "1 MB of text": b'"' + b"x" * 1_000_000 + b'"',
    "100,000 numbers": b"[" + b"1," * 99_999 + b"1]",
}


@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
def test_what_is_odd_in_an_unknown_member_goes_through_as_it_came(service, bridge, victim, value):
    service.fail("GET", with_row(b'"extra":' + value), times=2)
    for method, params in ((GET, {"nats_credentials_id": victim["id"]}), (LIST, {})):
        bridge.send({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        line = bridge.line()
        assert b'"result"' in line[:40] and b'"extra":' + value in line
    assert bridge.result(GET, {"nats_credentials_id": victim["id"]})["name"] == "victim"


def test_a_name_with_a_nul_is_passed_on(service, bridge, victim):
    victim["name"] = "a\0b"
    assert bridge.result(GET, {"nats_credentials_id": victim["id"]})["name"] == "a\0b"


MISSING = object()
WRONG = [MISSING, None, True, 0, -1, 1.5, "", "x", "x" * 100_000, "\0", [], ["x"], {}, {"id": "x"}]
MEMBERS = ["id", "name", "nats_account_id", "region", "checksum", "created_at", "updated_at", "credentials"]
# What a row cannot do without, and what of it is text of any kind.
NEEDED = {"id": [], "nats_account_id": [], "name": ["", "x", "x" * 100_000, "\0"]}


@pytest.mark.parametrize("member", MEMBERS)
def test_a_member_of_a_row_that_is_something_else(service, bridge, victim, member):
    """It is refused, or what goes out fits the schema, to which every answer is held here."""
    right = dict(victim)
    for value in WRONG:
        victim.clear()
        victim.update({name: other for name, other in {**right, member: value}.items() if other is not MISSING})
        for method, params in ((GET, {"nats_credentials_id": right["id"]}), (LIST, {})):
            found = kind(bridge.call(method, params))
            wanted = ("result", "bad_response") if member not in NEEDED else ("result" if value in NEEDED[member] else "bad_response",)
            assert found in wanted, (method, str(value)[:20])


@pytest.mark.parametrize("member", [*MEMBERS, "content"])
def test_a_member_of_a_new_credential_that_is_something_else(service, bridge, account_id, member):
    """No secret is given on that was not whole, and no outcome is a lie."""
    for number, value in enumerate(WRONG):

        def change(status, headers, body):
            row = json.loads(body)
            holder = row["credentials"] if member == "content" else row
            if value is MISSING:
                del holder[member]
            else:
                holder[member] = value
            return status, headers, json.dumps(row).encode()

        service.fail("POST", transform(change))
        found = bridge.call(CREATE, {"nats_account_id": account_id, "name": f"n{number}", "timeout_ms": LONG})
        is_there = any(row["name"] == f"n{number}" for row in service.credentials.values())
        if member in ("id", "nats_account_id", "checksum", "credentials", "content"):
            assert kind(found) == "bad_response", str(value)[:20]
        assert kind(found) in ("result", "bad_response")
        outcome = found["error"]["data"]["outcome"] if "error" in found else "done"
        assert outcome in (("done", "unknown") if is_there else ("none", "unknown")), str(value)[:20]


@pytest.mark.parametrize("total", [b"-1", b"1.5", b'"1"', b"null", b"true", b"[]", b"9" * 40, b"1e400"])
def test_a_total_that_is_no_count_is_refused(service, bridge, victim, total):
    service.fail("GET", with_body(lambda body: body.replace(b'"total_count":1', b'"total_count":' + total)), times=2)
    for method in (LIST, "credentials.stream"):
        assert bridge.error(method)["data"]["kind"] == "bad_response"
    assert bridge.result(LIST)["total_count"] == 1


@pytest.mark.parametrize("total", [0, 1, 999, 10**9, 2**62])
def test_a_total_is_a_hint_and_no_promise(service, bridge, account_id, total):
    """A stream neither ends before its last row nor asks for pages that are not there for ever."""
    service.add_many(account_id, 25)
    service.fail("GET", with_body(lambda body: body.replace(b'"total_count":25', b'"total_count":%d' % total)), times=None)
    result = bridge.result("credentials.stream", {"page_size": 10})
    ids = [row["id"] for part in bridge.parts for row in part["nats_credentials"]]
    assert ids == list(service.credentials)[: len(ids)] and len(ids) == result["items"]
    assert len(ids) == 25 or total < 25
    assert len(service.requests) < 10


def page_for_ever(exchange):
    """The first page, whichever is asked for."""
    exchange.recorded.target = re.sub("([?&]page)=[0-9]+", r"\1=1", exchange.recorded.target)
    exchange.recorded.query = [(name, "1" if name == "page" else value) for name, value in exchange.recorded.query]
    exchange.answer(exchange.normal())


def test_a_page_that_repeats_ends_a_stream(service, bridge, account_id):
    service.add_many(account_id, 25)
    service.fail("GET", page_for_ever, times=None)
    result = bridge.result("credentials.stream", {"page_size": 10})
    rows = [row["id"] for part in bridge.parts for row in part["nats_credentials"]]
    assert len(rows) == len(set(rows)) and result["complete"] is False
    assert len(service.requests) < 20


def test_new_rows_for_ever_are_a_stream_that_can_be_left(service, bridge, account_id):
    """As many as there are, a cursor after each page: only the reader can say that it is enough."""

    def more(exchange):
        with service.changed:
            service.add_many(account_id, 50)
        exchange.answer(exchange.normal())

    service.fail("GET", more, times=None)
    result = bridge.result("credentials.stream", {"page_size": 10, "max_pages": 20})
    assert (result["items"], result["complete"]) == (200, False) and result["cursor"]
    assert len(service.requests) < 30


def test_more_rows_than_were_asked_for_are_refused(service, bridge, account_id):
    service.add_many(account_id, 25)
    everything = service.matching("fr-par", "credentials", None, None, "created_at_asc")
    body = b'{"nats_credentials":[%s],"total_count":25}' % b",".join(row.json() for row in everything)
    service.fail("GET", whole(body), times=2)
    assert bridge.error(LIST, {"page_size": 10})["data"]["kind"] == "bad_response"
    assert bridge.error("credentials.stream", {"page_size": 10})["data"]["kind"] == "bad_response"


@pytest.mark.parametrize("method", [GET, DELETE])
def test_an_answer_that_nobody_asked_for_is_never_another_requests(service, bridge, account_id, victim, method):
    """It comes behind the right one, on the same connection, which is not used again."""
    forged = json.dumps({**victim, "name": "forged"}).encode()
    behind = JSON_HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(forged), forged)
    other = service.add_credentials(account_id, "other", mint=False)["id"]

    def how(exchange):
        head, body = exchange.wire(exchange.normal())
        exchange.send(head + body + behind)

    service.fail(method.split(".")[1].upper(), how)
    assert "result" in bridge.call(method, {"nats_credentials_id": other})
    assert bridge.result(GET, {"nats_credentials_id": victim["id"]})["name"] == "victim"
