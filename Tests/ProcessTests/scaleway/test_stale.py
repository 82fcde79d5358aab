"""An answer too many on a kept connection is never another request's: it would shift every later answer by one, so that a list of one account
shows another's rows for ever. A kept connection with unread bytes is not used, and none is after an answer that cannot be believed."""

import json
import threading

import h2.config
import h2.connection
import h2.events
import hyperframe.frame
import pytest

from bridge import Bridge
from scaleway_http import Recorded
from scaleway_http2 import HTTP2
from scaleway_service import TLS, Scaleway, answer, reshape, trusting

LIST = "credentials.list"
# More than one record of TLS holds, so that the last one is read for what it promises and no more.
LONG_NAME = "x" * 400


@pytest.fixture(params=["http", "https"])
def service(request):
    with Scaleway(tls=TLS.good() if request.param == "https" else None) as running:
        yield running


@pytest.fixture
def bridge(home, service):
    with Bridge(home, env=trusting(service) if service.tls else service.environment) as running:
        yield running


@pytest.fixture
def accounts(service):
    """Two accounts with as many rows, told apart by their names."""
    made = {name: service.add_account(name)["id"] for name in "ab"}
    for name, id in made.items():
        service.add_many(id, 100, name + "-{:03d}" + LONG_NAME)
    return made


def letters(bridge, account, size=100):
    """Whose rows a list of the account shows."""
    result = bridge.result(LIST, {"nats_account_id": account, "page_size": size})
    assert len(result["nats_credentials"]) == size
    return {row["name"][0] for row in result["nats_credentials"]}


def twice(parts, sent=None):
    """The normal answer, and then the same again, both divided as `parts` says: a function of both that gives what is sent at a time. Sets
    `sent` when all of it is."""

    def how(exchange):
        head, body = exchange.wire(exchange.normal())
        for part in parts(head, body):
            exchange.send(part)
        if sent:
            sent.set()

    return how


EARLY = {
    "in one piece": lambda head, body: [head + body + head + body],
    "one after the other": lambda head, body: [head + body, head + body],
    "beginning in the last piece": lambda head, body: [head, body[:-10], body[-10:] + head + body],
    "the body's end and the head": lambda head, body: [head + body[:-10], body[-10:] + head, body],
    "in halves": lambda head, body: [head + body + head[:50], head[50:] + body],
    "five of them": lambda head, body: [head + body] * 5,
    "only its beginning": lambda head, body: [head + body, head[:20]],
    "an end of line": lambda head, body: [head + body, b"\r\n"],
}


@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize("size", [100, 1])
@pytest.mark.parametrize("how", EARLY)
def test_an_answer_too_many_is_not_the_next_request_s(service, bridge, accounts, how, size, framing):
    service.framing = framing
    for _ in range(3):
        sent = threading.Event()
        service.fail("GET", twice(EARLY[how], sent))
        assert letters(bridge, accounts["a"], size) == {"a"}
        assert sent.wait(20)
        for _ in range(3):
            assert letters(bridge, accounts["b"], size) == {"b"}
            assert letters(bridge, accounts["a"], size) == {"a"}


@pytest.mark.parametrize("size", [100, 1])
def test_an_answer_too_many_that_crosses_the_next_request_shows_nobody_s_rows(service, bridge, accounts, size):
    """Over HTTP/1.1 nobody can tell it from the right one but by what stands in it. The request after that has its own answer."""
    for _ in range(20):
        service.fail("GET", twice(lambda head, body: [head + body, head + body]))
        assert letters(bridge, accounts["a"], size) == {"a"}
        answered = bridge.call(LIST, {"nats_account_id": accounts["b"], "page_size": size})
        if "error" in answered:
            assert answered["error"]["data"]["kind"] == "bad_response"
        else:
            assert {row["name"][0] for row in answered["result"]["nats_credentials"]} == {"b"}
        assert letters(bridge, accounts["b"], size) == {"b"}


@pytest.mark.parametrize("size", [100, 1])
def test_an_answer_that_comes_late_is_nobody_s(service, bridge, accounts, size):
    for _ in range(3):
        may, sent = threading.Event(), threading.Event()

        def how(exchange, may=may, sent=sent):
            head, body = exchange.wire(exchange.normal())
            exchange.send(head + body)
            may.wait(20)
            exchange.send(head + body)
            sent.set()

        service.fail("GET", how)
        assert letters(bridge, accounts["a"], size) == {"a"}
        stale = service.requests[-1].connection
        may.set()
        assert sent.wait(20)
        for _ in range(3):
            assert letters(bridge, accounts["b"], size) == {"b"}
        assert stale not in {request.connection for request in service.requests[-3:]}


def test_a_deletion_with_an_answer_too_many(service, bridge, accounts):
    """It has no body, so that all that follows its head is too many."""
    row = next(iter(service.credentials))
    sent = threading.Event()
    service.fail("DELETE", twice(lambda head, body: [head, head, b"HTTP/1.1 204 No Content\r\n\r\n" * 1000], sent))
    assert bridge.result("credentials.delete", {"nats_credentials_id": row})["deleted"]
    assert sent.wait(20)
    error = bridge.error("credentials.get", {"nats_credentials_id": row})
    assert error["data"]["kind"] == "not_found"
    assert letters(bridge, accounts["b"]) == {"b"}


def test_a_service_that_answers_before_it_is_asked(home):
    with Scaleway() as service:
        account, other = (service.add_account(name)["id"] for name in "ab")
        for id in (account, other):
            service.add_many(id, 3)
        forged = json.dumps({"nats_credentials": [], "total_count": 0}).encode()
        greeting = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(forged), forged)

        def speak(exchange):
            exchange.send(greeting)

        speak.stage = "accept"
        service.fail("accept", speak, times=3)
        with Bridge(home, env=service.environment) as bridge:
            # The greeting may come after the request has gone out: then nobody can tell, but it is the only one. Each request may then go out
            # before the response to the one before it comes, for a while.
            for number in range(500):
                if number >= 10 and len(service.connections) >= 2:
                    break
                answered = bridge.call(LIST, {"nats_account_id": account})
                assert answered.get("error", {"data": {"kind": "bad_response"}})["data"]["kind"] == "bad_response"
            service.wait_for(lambda s: len(s.connections) >= 2)
            assert letters(bridge, other, 3) == {"r"}


BAD = {
    "another account's row": reshape(lambda value: {**value, "nats_credentials": [{**value["nats_credentials"][0], "nats_account_id": "A" * 56}]}),
    "not JSON": answer(200, b"<html>"), "not the API's 404": answer(404, b"nothing"), "a redirect": answer(302, headers=[("Location", "/")]),
    "another status": answer(202, b"{}"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BAD)
def test_after_a_bad_answer_its_connection_is_not_used_again(service, bridge, accounts, fault):
    assert letters(bridge, accounts["a"]) == {"a"}
    service.fail("GET", BAD[fault])
    assert bridge.error(LIST, {"nats_account_id": accounts["a"]})["data"]["kind"] == "bad_response"
    first = service.requests[-1].connection
    for _ in range(3):
        assert letters(bridge, accounts["a"]) == {"a"}
    assert {request.connection for request in service.requests[:2]} == {first}
    assert {request.connection for request in service.requests[2:]} == {1 + first}
    service.wait_for(lambda s: s.connections[first].closed)


def test_a_right_error_leaves_its_connection_in_use(service, bridge, accounts):
    for _ in range(3):
        bridge.error("credentials.get", {"nats_credentials_id": "11111111-1111-4111-8111-111111111111"})
        assert letters(bridge, accounts["a"]) == {"a"}
    assert len(service.connections) == 1


# --- HTTP/2 -------------------------------------------------------------------------------------------------------------------------------


class Eager(HTTP2):
    """What `extra` makes of the state, the stream and the answer is sent behind the next answer."""

    extra = None

    def converse(self, connection):
        connection.start_tls(self.tls.context)
        self.spoken.append(connection.socket.selected_alpn_protocol())
        state = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        state.initiate_connection()
        while True:
            connection.send(state.data_to_send())
            connection.buffer = b""
            connection.fill()
            for event in state.receive_data(connection.buffer):
                if isinstance(event, h2.events.RequestReceived):
                    self.answer(connection, state, event)

    def answer(self, connection, state, event):
        fields = dict(event.headers)
        headers = [pair for pair in event.headers if not pair[0].startswith(":")]
        recorded = Recorded(b"", fields[":method"], fields[":path"], headers, b"", connection.number)
        with self.changed:
            self.requests.append(recorded)
            extra, self.extra = self.extra, None
        made = self.routed(recorded)
        head = [(":status", str(made.status)), *((name.lower(), value) for name, value in made.headers)]
        state.send_headers(event.stream_id, head)
        for start in range(0, len(made.body), 16_000):
            state.send_data(event.stream_id, made.body[start : start + 16_000], end_stream=start + 16_000 >= len(made.body))
        connection.send(state.data_to_send())
        if extra:
            connection.send(extra(state, event.stream_id, head, made.body))


def frames(state, stream, head, body):
    """A whole answer on a stream, whatever the protocol says of it."""
    block = hyperframe.frame.HeadersFrame(stream, state.encoder.encode(head), flags=["END_HEADERS"])
    parts = [body[start : start + 16_000] for start in range(0, len(body), 16_000)]
    data = [hyperframe.frame.DataFrame(stream, part, flags=["END_STREAM"] if part is parts[-1] else []) for part in parts]
    return b"".join(frame.serialize() for frame in (block, *data))


def pushed(state, stream, head, body):
    request = [(":method", "GET"), (":path", "/mnq"), (":scheme", "https"), (":authority", "localhost")]
    promise = hyperframe.frame.PushPromiseFrame(stream, 2, state.encoder.encode(request), flags=["END_HEADERS"])
    return promise.serialize() + frames(state, 2, head, body)


EXTRA = {
    "on the same stream": frames, "on the next stream": lambda state, stream, head, body: frames(state, stream + 2, head, body),
    "on one of the server's": lambda state, stream, head, body: frames(state, 2, head, body), "pushed": pushed,
    "pings": lambda *_: hyperframe.frame.PingFrame(0, b"12345678").serialize() * 5,
    "an end": lambda *_: hyperframe.frame.GoAwayFrame(0, 1 << 30, 0).serialize(),
}  # fmt: skip


@pytest.mark.parametrize("extra", EXTRA)
def test_an_answer_too_many_over_http2_is_nobody_s(home, extra):
    with Eager() as service, Bridge(home, env=trusting(service)) as bridge:
        accounts = {name: service.add_account(name)["id"] for name in "ab"}
        for name, id in accounts.items():
            service.add_many(id, 100, name + "-{:03d}")
        for _ in range(3):
            service.extra = EXTRA[extra]
            assert letters(bridge, accounts["a"]) == {"a"}
            for _ in range(3):
                assert letters(bridge, accounts["b"]) == {"b"}
                assert letters(bridge, accounts["a"]) == {"a"}
        assert set(service.spoken) == {"h2"}
        if extra == "pings":
            assert len(service.connections) == 1


def test_after_a_bad_answer_over_http2_the_connection_goes_when_its_requests_are_done(home):
    """Those that are out on it have their answers."""
    with HTTP2() as service, Bridge(home, env=trusting(service)) as bridge:
        account = service.add_account("mine")["id"]
        ids = service.add_many(account, 10)
        assert bridge.result("credentials.get", {"nats_credentials_id": ids[0]})["name"] == "row-00000"
        service.together = 10
        service.credentials[ids[9]]["region"] = "nl-ams"
        for number, id in enumerate(ids):
            bridge.send({"jsonrpc": "2.0", "id": number, "method": "credentials.get", "params": {"nats_credentials_id": id}})
        found = {message["id"]: message for message in (bridge.message() for _ in ids)}
        assert [found[number]["result"]["name"] for number in range(9)] == [f"row-{number:05}" for number in range(9)]
        assert found[9]["error"]["data"]["kind"] == "bad_response"
        service.together = 1
        assert bridge.result("credentials.get", {"nats_credentials_id": ids[1]})["name"] == "row-00001"
        assert [request.connection for request in service.requests][-1] == 1
        service.wait_for(lambda s: s.connections[0].closed)
