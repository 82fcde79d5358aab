"""The faults of the stand-in are the ones they say."""

import gzip
import http.client
import json
import select
import socket
import threading
import time
import zlib

import pytest

import http_compression
from scaleway_client import ACCOUNTS, BASE, CREDENTIALS, NOTHING, TYPE, missing
from scaleway_service import (
    answer, bare_429, carried_out_then, chunked, close, compressed, declared, delay, drip, endless_body, endless_headers, gateway_html,
    namespace_404, permissions_403, raw, redirect, reset, reshape, silence, transform,
)  # fmt: skip


@pytest.mark.parametrize("when, hits", [
    ("*", 4), ("GET", 3), ("POST", 1), ("GET /nats-credentials", 2), ("GET /nats-credentials$", 1), ("GET /nats-credentials/", 1),
    ("/nats-accounts", 2), (f"GET /nats-credentials/{NOTHING}$", 1), ("DELETE", 0), (lambda recorded: recorded.query, 1),
])  # fmt: skip
def test_which_requests_a_fault_meets(service, client, when, hits):
    rule = service.fail(when, answer(503), times=None)
    requests = [("GET", CREDENTIALS + "?page=1", None), ("GET", f"{CREDENTIALS}/{NOTHING}", None), ("GET", ACCOUNTS, None)]
    statuses = [client(*request)[0] for request in (*requests, ("POST", ACCOUNTS, {"name": "x"}))]
    assert statuses.count(503) == hits == rule.hits


def test_faults_are_used_up_in_order(service, client):
    service.fail("GET", answer(500), times=2)
    service.fail("*", answer(502))
    assert [client("GET", CREDENTIALS)[0] for _ in range(4)] == [500, 500, 502, 200]
    assert service.rules == []


def test_a_fault_is_not_carried_out(service, client):
    service.fail("POST", answer(500, {"message": "x"}))
    assert client("POST", ACCOUNTS, {"name": "x"}) == (500, {"message": "x"})
    assert not service.accounts and service.requests[0].status == 500


def test_ready_made_answers(service, client, account):
    credential = service.add_credentials(account["id"])["id"]
    service.fail("*", bare_429())
    status, headers, body = client.whole("GET", CREDENTIALS)
    assert (status, body, headers["Content-Type"], headers["Retry-After"], headers["x-envoy-ratelimited"]) == (429, b"", None, None, "true")
    assert headers["Content-Length"] == "0" and headers["X-Request-Id"]
    for method, path, sent in (
        ("GET", f"{CREDENTIALS}/{credential}", None), ("GET", f"{ACCOUNTS}/{account['id']}", None),
        ("GET", f"{CREDENTIALS}?nats_account_id={account['id']}", None), ("POST", CREDENTIALS, {"nats_account_id": account["id"], "name": "x"}),
    ):  # fmt: skip
        service.fail("*", namespace_404())
        assert client(method, path, sent) == missing("namespace", account["id"])
    service.fail("*", permissions_403())
    status, page = client("GET", CREDENTIALS)
    assert (status, page["type"], page["details"]) == (403, "permissions_denied", [{"action": "read", "resource": "namespace"}])
    service.fail("*", gateway_html(503))
    status, headers, body = client.whole("GET", CREDENTIALS)
    assert (status, headers["Content-Type"], body[:6]) == (503, "text/html", b"<html>")
    service.fail("*", redirect(307, "http://elsewhere.invalid/"))
    assert client.whole("GET", CREDENTIALS)[1]["Location"] == "http://elsewhere.invalid/"
    service.fail("*", answer(200, b"x", headers=[("Content-Type", "text/plain"), ("Server", None), ("Set-Cookie", "a=b")]))
    _, headers, _ = client.whole("GET", CREDENTIALS)
    assert (headers["Content-Type"], headers["Server"], headers["Set-Cookie"]) == ("text/plain", None, "a=b")


def received(service, method="GET", path=CREDENTIALS, body=b""):
    """Every byte of an answer until the connection's end, and how that came: "FIN" or "RST"."""
    head = [f"{method} {BASE}{path} HTTP/1.1", "Host: x", f"X-Auth-Token: {service.key}", *TYPE, f"Content-Length: {len(body)}"]
    data = b""
    try:
        # A connection that is reset at once may be so before it counts as made.
        with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
            connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
            while chunk := connection.recv(1 << 16):
                data += chunk
    except (ConnectionResetError, BrokenPipeError):
        return data, "RST"
    return data, "FIN"


STAGES = {
    "accept": (b"", None), "handshake": (b"", None), "request": (b"", None), "headers": (b"HTTP/1.1 200 OK\r\n", False),
    "body-start": (b"HTTP/1.1 200 OK\r\n", True), "mid-body": (b"HTTP/1.1 200 OK\r\n", True),
}  # fmt: skip


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("how, end", [(reset, "RST"), (close, "FIN")])
def test_ends_at_every_stage(service, how, end, stage):
    service.fail("*", how(after=stage))
    data, came = received(service)
    start, has_head = STAGES[stage]
    assert came == end and data.startswith(start) and bool(data) == bool(start)
    if has_head is not None:
        head, _, body = data.partition(b"\r\n\r\n")
        wanted = b'{"nats_credentials":[],"total_count":0}'
        assert (b"\r\n\r\n" in data) == has_head
        assert body == (wanted[: len(wanted) // 2] if stage == "mid-body" else b"")
    assert len(service.requests) == (stage not in ("accept", "handshake"))
    service.wait_for(lambda s: s.open_connections == 0)


@pytest.mark.parametrize("stage", STAGES)
def test_silence_at_every_stage(service, stage):
    rule = service.fail("*", silence(after=stage))
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.sendall(f"GET {BASE}{CREDENTIALS} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {service.key}\r\n\r\n".encode())
        if STAGES[stage][0]:
            data = connection.recv(1 << 16)
            assert data.startswith(STAGES[stage][0])
        else:
            service.wait_for(lambda s: rule.hits)
        assert select.select([connection], [], [], 0)[0] == []
    service.wait_for(lambda s: s.open_connections == 0)


LOST = {"reset": reset(), "close": close(), "503": answer(503), "429": bare_429(), "half": reset("mid-body")}


def ask_for_one(service, account):
    """The bytes that a client gets, to the connection's end."""
    service.close_connections = True
    return received(service, "POST", CREDENTIALS, json.dumps({"nats_account_id": account["id"], "name": "x"}).encode())[0]


@pytest.mark.parametrize("how", LOST.values(), ids=LOST)
def test_a_lost_answer(service, account, how):
    service.fail("POST /nats-credentials", carried_out_then(how))
    got_it_all = b"END USER NKEY SEED" in ask_for_one(service, account)
    (row,) = service.credentials.values()
    assert row["name"] == "x" and list(service.issued) == [row["id"]] and not got_it_all


@pytest.mark.parametrize("how", [reset(), close(), answer(503)], ids=["reset", "close", "503"])
def test_a_request_that_was_not_carried_out(service, account, how):
    service.fail("POST", how)
    ask_for_one(service, account)
    assert not service.credentials and not service.issued


def test_a_delay_waits_before_the_route(service, client, account):
    gate = threading.Event()
    rule = service.fail("POST", delay(gate))
    thread = threading.Thread(target=client, args=("POST", CREDENTIALS, {"nats_account_id": account["id"], "name": "x"}))
    thread.start()
    service.wait_for(lambda s: rule.hits)
    assert not service.credentials
    gate.set()
    thread.join(10)
    assert len(service.credentials) == 1


@pytest.mark.parametrize("of", ["all", "body"])
def test_a_drip_is_the_whole_answer(service, client, of):
    service.fail("*", drip(0, of))
    assert client("GET", CREDENTIALS) == (200, {"nats_credentials": [], "total_count": 0})


def test_a_drip_waits_after_each_byte(service, client):
    service.fail("*", drip(0.001))
    start = time.monotonic()
    _, headers, body = client.whole("GET", CREDENTIALS)
    assert time.monotonic() - start > 0.001 * len(body)


def test_every_normal_answer_can_take_its_time(service, client):
    service.lag = 0.05
    start = time.monotonic()
    client("GET", CREDENTIALS)
    assert time.monotonic() - start > 0.05


def test_raw_bytes(service, client):
    service.fail("*", raw(b"HTTP/1.1 200 Fine\r\nX: y\r\n\r\nrest"))
    assert received(service) == (b"HTTP/1.1 200 Fine\r\nX: y\r\n\r\nrest", "FIN")
    service.fail("*", raw(b"HTTP/1.1 200 Fine\r\nContent-Length: 2\r\n\r\n{}", end="keep"))
    assert [client("GET", CREDENTIALS)[0], client("GET", CREDENTIALS)[0]] == [200, 200]
    assert service.requests[-1].connection == service.requests[-2].connection


@pytest.mark.parametrize("how, start", [
    (endless_body(), b"HTTP/1.1 200 OK"), (endless_body("close"), b"HTTP/1.1 200 OK"), (endless_headers(), b"HTTP/1.1 200 OK"),
    (endless_headers(b"x" * 999), b"HTTP/1.1 200 OK"),
], ids=["chunked", "until the end", "headers", "one header"])  # fmt: skip
def test_what_never_ends(service, how, start):
    service.fail("*", how)
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.sendall(f"GET {BASE}{CREDENTIALS} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {service.key}\r\n\r\n".encode())
        data = b""
        while len(data) < 5_000_000:
            chunk = connection.recv(1 << 20)
            assert chunk
            data += chunk
    assert data.startswith(start)
    service.wait_for(lambda s: s.open_connections == 0)
    assert service.connections[0].sent > 4_000_000


def test_a_length_that_is_only_declared(service):
    service.fail("*", declared(1 << 32, b"{ }", end="close"))
    data, end = received(service)
    assert b"\r\nContent-Length: 4294967296\r\n" in data and data.endswith(b"\r\n\r\n{ }") and end == "FIN"


def test_one_fault_before_the_next_connection_is_its_own(service, client):
    client("GET", CREDENTIALS)
    service.fail("accept", reset("accept"))
    # The connection that is open is none of its business.
    assert client.names() == []
    assert received(service) == (b"", "RST")
    service.close_connections = True
    assert received(service)[1] == "FIN"


@pytest.mark.parametrize("encoding, unpack", [("gzip", gzip.decompress), ("deflate", zlib.decompress)])
@pytest.mark.parametrize("size", [0, 1, 3_000_000])
def test_compression(service, client, encoding, unpack, size):
    service.fail("*", compressed(encoding, size))
    _, headers, data = client.whole("GET", CREDENTIALS)
    plain = unpack(data)
    assert headers["Content-Encoding"] == encoding and len(data) < 10_000 and len(plain) == size + 39
    assert plain.strip(b" ") == b'{"nats_credentials":[],"total_count":0}'


@pytest.mark.parametrize("pack, wanted", [
    ("br_pack", "f43d49004080c4af0178ee100000004000205b315d03"),
    ("zstd_pack", "28b52ffd00380200102002001020029f04201800005b315d010000"),
])  # fmt: skip
def test_compression_that_python_cannot_undo(pack, wanted):
    """What the brotli of Node 20 and zstd 1.5 unpack to 300,000 spaces and [1]."""
    assert getattr(http_compression, pack)(300_000, b"[1]").hex() == wanted


@pytest.mark.parametrize("encoding, most", [("gzip", 1_000_000), ("deflate", 1_000_000), ("br", 1_000), ("zstd", 31_000)])
def test_a_bomb_is_small(service, client, encoding, most):
    service.fail("*", compressed(encoding, 1_000_000_000))
    _, headers, data = client.whole("GET", CREDENTIALS)
    assert len(data) < most and headers["Content-Encoding"] == encoding


def test_a_transform_changes_the_normal_answer(service, client):
    service.fail("*", transform(lambda status, headers, body: (206, [*headers, ("X", "y")], body + b" ")))
    status, headers, body = client.whole("GET", CREDENTIALS)
    assert (status, headers["X"], headers["Content-Length"]) == (206, "y", "40") and len(body) == 40
    assert client.names() == [] and service.requests[-1].connection == 0


@pytest.mark.parametrize("length, wanted", [(None, 39), (20, 20), (60, None)])
def test_a_transform_may_lie_about_the_length(service, client, length, wanted):
    def change(status, headers, body):
        kept = [pair for pair in headers if pair[0] != "Content-Length"]
        return status, kept if length is None else [*kept, ("Content-Length", length)], body

    service.fail("*", transform(change))
    if wanted is None:
        with pytest.raises(http.client.IncompleteRead):
            client.whole("GET", CREDENTIALS)
    else:
        assert len(client.whole("GET", CREDENTIALS)[2]) == wanted
    service.wait_for(lambda s: s.open_connections == 0)


def test_a_transform_of_a_delete(service, client, account):
    service.fail("DELETE", transform(lambda status, headers, body: (status, headers, body)))
    assert client("DELETE", f"{ACCOUNTS}/{account['id']}") == (204, b"")
    service.fail("DELETE", transform(lambda status, headers, body: (200, [*headers, ("Content-Length", 2)], b"{}")))
    assert client("DELETE", f"{ACCOUNTS}/{service.add_account()['id']}") == (200, {})


def test_json_written_in_other_ways(service, client):
    service.add_account("\N{PARTY POPPER}")
    service.fail("*", reshape(lambda page: {**page, "more": 1}, separators=(" , ", " : "), sort_keys=True, ensure_ascii=True))
    body = client.whole("GET", ACCOUNTS)[2]
    assert body.startswith(b'{"more" : 1 , "nats_accounts" : [{"created_at" : ') and b"\\ud83c\\udf89" in body
    assert "\N{PARTY POPPER}".encode() in client.whole("GET", ACCOUNTS)[2]


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_chunks(service, client, size):
    service.fail("*", chunked(size, extension=b";a=b", trailers=[("X", "y")]))
    assert client.names() == [] and client.names() == []
    assert service.requests[-1].connection == 0


def test_a_row_that_is_not_utf8(service, client, account):
    service.add_credentials(account["id"], "\ud800", mint=False)
    assert b'"name":"\xed\xa0\x80"' in client.whole("GET", CREDENTIALS)[2]
