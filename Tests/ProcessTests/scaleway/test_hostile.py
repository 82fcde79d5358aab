"""A hostile or broken service cannot hang, kill or bloat the bridge and is never believed; the key goes to its own address only, and the next
line is served.

All misdeeds run beside each other, before the first test; that takes about twenty seconds, nearly all of it waiting for changes whose answer
might still come."""

import concurrent.futures
import json
import re
import time

import pytest

from bridge import LIMIT, Bridge
from misdeeds import (
    BRIEFLY, CREATE, DELETE, GET, JSON_HEAD, LIST, LONG, METHODS, NAME, after_interim, chunks, echo, elsewhere, endless_chunk_extension,
    endless_trailers, interim_for_ever, kind, of_type, says, whole, with_body, with_headers, with_length, with_no_length, with_row,
)  # fmt: skip
from process_tools import process_status
from scaleway_service import (
    Scaleway, answer, chunked, close, compressed, declared, drip, endless_body, endless_headers, raw, reset, silence, transform,
)  # fmt: skip
from shown_secrets import contains

# What a change may take beyond its own time, and what a slow machine may.
GRACE_SECONDS, SLOWNESS_SECONDS = 15, 8
MOST_KILOBYTES = 200_000
# Four attempts of each call, and the looks after the two changes.
MOST_REQUESTS = 24
AT_ONCE = 40
PREFIX = "/mnq/v1beta1/regions/"
FOREIGN = "canary-of-the-service"
# libcurl has one code for chunks that are none and for a connection that is lost.
BROKEN = ("bad_response", "network")


class Misdeed:
    """What the service does to every request, and what the bridge makes of it: a kind of error, `result`, or one of several."""

    def __init__(self, how, of_reads, create=None, delete=None, milliseconds=LONG):
        self.how, self.milliseconds = how, milliseconds
        self.wanted = {GET: of_reads, LIST: of_reads, CREATE: create or of_reads, DELETE: delete or create or of_reads}


def hangs(how, **others):
    return Misdeed(how, "timeout", milliseconds=BRIEFLY, **others)


def bad(how, **others):
    return Misdeed(how, "bad_response", **others)


def lost(how, **others):
    return Misdeed(how, "network", **others)


def harmless(how, **others):
    return Misdeed(how, "result", **others)


MISDEEDS = {
    "none, which shows that the others are misdeeds": harmless(lambda exchange: exchange.answer(exchange.normal())),
    # Silence, and what comes too slowly.
    "silence after accept": hangs(silence("accept")),
    "silence after the request": hangs(silence()),
    "silence in the headers": hangs(silence("headers")),
    "silence after the headers": hangs(silence("body-start"), delete="result"),
    "silence in mid-body": hangs(silence("mid-body"), delete="result"),
    "one byte a second": hangs(drip(1)),
    "one byte of the body a second": hangs(drip(1, of="body"), delete="result"),
    "8 MB declared and never sent": hangs(declared(8_000_000)),
    "no length and no end": hangs(with_no_length(b'{"id":', "silence")),
    "a chunk that does not come": hangs(chunks(b"ff\r\n{", "silence")),
    "an interim answer now and then": hangs(interim_for_ever(0.2)),
    "another protocol, which nobody asked for": Misdeed(
        raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n", "silence"),
        ("timeout", "bad_response"), milliseconds=BRIEFLY),
    # Connections that end.
    "reset after accept": lost(reset("accept")),
    "reset after the request": lost(reset()),
    "reset in the headers": lost(reset("headers")),
    "reset after the headers": lost(reset("body-start"), delete="result"),
    "reset in mid-body": lost(reset("mid-body"), delete="result"),
    "close after accept": lost(close("accept")),
    "close after the request": lost(close()),
    "close in the headers": bad(close("headers")),
    "close after the headers": bad(close("body-start"), delete="result"),
    "close in mid-body": bad(close("mid-body"), delete="result"),
    # Lengths.
    "4 GB declared": bad(declared(4 << 30)),
    "more declared than there are numbers": bad(declared(10**30)),
    "a negative length": bad(declared(-1)),
    "a length that is no number": bad(declared("many")),
    "two lengths": bad(raw(JSON_HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ")),
    "a longer length": bad(with_length(lambda length: length + 5), delete="result"),
    "a shorter length": bad(with_length(lambda length: length - 5), delete="result"),
    "no length": harmless(transform(lambda status, headers, body: (status, [pair for pair in headers if pair[0] != "Content-Length"], body))),
    "length and chunks": bad(raw(JSON_HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n")),
    "endless body": bad(endless_body()),
    "endless body without chunks": bad(endless_body("close")),
    # Chunks.
    "small chunks": harmless(chunked(1, extension=b';a="b"', trailers=[("X-Trailer", "y")]), delete=("result", "bad_response")),
    "a chunk whose size is no number": Misdeed(chunks(b"zz\r\n{}\r\n0\r\n\r\n"), BROKEN),
    "a chunk of negative size": Misdeed(chunks(b"-2\r\n{}\r\n0\r\n\r\n"), BROKEN),
    "a chunk larger than numbers": Misdeed(chunks(b"ffffffffffffffffffff\r\n{}\r\n0\r\n\r\n"), BROKEN),
    "a chunk longer than its size": Misdeed(chunks(b"1\r\n{}\r\n0\r\n\r\n"), BROKEN),
    "no last chunk": bad(chunks(b"2\r\n{}\r\n")),
    "endless trailers": bad(endless_trailers),
    "endless chunk extension": Misdeed(endless_chunk_extension, ("timeout", "bad_response"), milliseconds=BRIEFLY),
    # Compression.
    "gzip": harmless(compressed("gzip"), delete=("result", "bad_response")),
    **{f"{coding} that nobody asked for": Misdeed(compressed(coding), ("result", "bad_response")) for coding in ("deflate", "br", "zstd")},
    **{f"{coding} bomb": bad(compressed(coding, 256 << 20), delete=("result", "bad_response")) for coding in ("gzip", "deflate", "br", "zstd")},
    "gzip that is none": bad(with_headers(("Content-Encoding", "gzip")), delete=("result", "bad_response")),
    "a coding nobody knows": bad(with_headers(("Content-Encoding", "magic")), delete=("result", "bad_response")),
    "gzip in gzip in gzip": bad(with_headers(("Content-Encoding", ", ".join(["gzip"] * 20))), delete=("result", "bad_response")),
    # Not HTTP.
    "HTTP/0.9": bad(raw(b'{"id":"x"}')),
    "a greeting of another server": bad(raw(b'INFO {"server_id":"N"}\r\n')),
    "zeros": bad(raw(bytes(4096))),
    "every byte": bad(raw(bytes(range(256)) * 16)),
    "a status that is no number": bad(raw(b"HTTP/1.1 abc OK\r\n\r\n{}")),
    "a version that is none": bad(raw(b"HTTP/9.9 200 OK\r\nContent-Type: application/json\r\n\r\n{}")),
    "status 0": bad(raw(b"HTTP/1.1 000 OK\r\nContent-Length: 0\r\n\r\n")),
    "status 999": bad(raw(b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n")),
    "ICY": bad(raw(b"ICY 200 OK\r\nContent-Type: application/json\r\n\r\n{}")),
    # Headers.
    "100,000 headers": bad(with_headers(*[(f"X-{number}", "y") for number in range(100_000)])),
    "a header of 10 MB": bad(with_headers(("X-Long", "y" * 10_000_000))),
    "a header's name of 10 MB": bad(with_headers(("X" * 10_000_000, "y"))),
    "endless headers": bad(endless_headers()),
    "one endless header": bad(endless_headers(b"filler")),
    "one endless status line": bad(lambda exchange: (exchange.send(b"HTTP/1.1 200 "), [exchange.send(b"O" * 65536) for _ in range(10**6)])),
    "interim answers for ever": bad(interim_for_ever()),
    "some interim answers": harmless(after_interim(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 20)),
    "NUL in a header": bad(with_headers(("X-Nul", b"a\0b"))),
    "line ends in a header": harmless(with_headers(("X-Odd", b"a\r\nX-Injected: b\nX-More: c\r\n folded"))),
    "binary in a header": harmless(with_headers(("X-Odd", bytes(range(0x80, 0x100))), ("X-Escape", b"\x1b[2J\x07"))),
    "X-Request-Id of garbage": harmless(with_headers(("X-Request-Id", b"\x1b[2J" + b"y" * 30_000))),
    # Bodies.
    "empty 200": bad(whole(b"")),
    "HTML": bad(answer(200, f"<html>{FOREIGN}</html>".encode(), [("Content-Type", "text/html")])),
    "HTML that is called JSON": bad(whole(f"<html>{FOREIGN}</html>".encode())),
    "JSON that is called HTML": harmless(of_type("text/html")),
    "JSON that is called nothing": harmless(of_type(None)),
    "JSON that is called something longer": harmless(of_type("application/json-seq")),
    "null": bad(whole(b"null")),
    "an array": bad(whole(b"[]")),
    "a text": bad(whole(b'"text"')),
    "an empty object": bad(whole(b"{}")),
    "two values": bad(with_body(lambda body: body + body), delete="result"),
    "half of the JSON": bad(with_body(lambda body: body[: len(body) // 2]), delete="result"),
    "a comma too many": bad(with_body(lambda body: body[:-1] + b",}"), delete="result"),
    "a byte order mark": bad(with_body(lambda body: b"\xef\xbb\xbf" + body), delete="result"),
    "UTF-16": bad(with_body(lambda body: body.decode().encode("utf-16")), delete="result"),
    "invalid UTF-8": bad(with_row(b'"extra":"\xff\xfe"'), delete="result"),
    "a lone surrogate in UTF-8": bad(with_row(b'"extra":"\xed\xa0\x80"'), delete="result"),
    "a raw NUL": bad(with_row(b'"extra":"a\0b"'), delete="result"),
    "a lone surrogate": bad(with_row(rb'"extra":"\ud800"'), delete="result"),
    "NaN": bad(with_row(b'"extra":NaN'), delete="result"),
    "depth 100,000": bad(with_row(b'"extra":' + b"[" * 100_000 + b"]" * 100_000), delete="result"),
    "depth 100,000 and no end": bad(whole(b'{"a":' * 100_000)),
    "a member twice": bad(with_row(NAME), delete="result"),
    "8 MB of spaces": bad(with_body(lambda body: b" " * (8 << 20) + body), delete="result"),
    # Statuses.
    "201 with the right body": Misdeed(with_headers(status=201), "bad_response"),
    "206": Misdeed(with_headers(("Content-Range", "bytes 0-1/2"), status=206), "bad_response"),
    "204": bad(with_headers(status=204), delete="result"),
    "205": bad(with_headers(status=205)),
    **{
        f"{status} to {where}": bad(elsewhere(status, location))
        for status in (300, 301, 302, 303, 304, 307, 308)
        for where, location in {
            "another port": "http://127.0.0.1:{port}/", "another host": "http://localhost:{port}" + PREFIX + "fr-par/nats-credentials",
            "another scheme": "https://127.0.0.1:{port}/", "a relative place": "//127.0.0.1:{port}/", "itself": "/again",
            "a user": "http://user:password@127.0.0.1:{port}/", "a file": "file:///etc/passwd", "nowhere": "",
        }.items()
    },
    "two places to go": bad(answer(302, headers=[("Location", "/again"), ("Location", "/and-again")])),
    "a refresh, another service, cookies": harmless(with_headers(
        ("Refresh", "0; url=/again"), ("Alt-Svc", 'h2=":1"; persist=1'), ("Content-Location", "/again"), ("Set-Cookie", "a=b; Path=/"),
        ("Set-Cookie", "c=d"), ("Strict-Transport-Security", "max-age=9999999999; includeSubDomains"))),
    "401 that wants a password": Misdeed(
        answer(401, headers=[("WWW-Authenticate", scheme) for scheme in ("Basic realm=x", "Digest realm=x, nonce=y", "NTLM", "Negotiate")]),
        "unauthenticated"),
    "407 without a proxy": bad(answer(407, headers=[("Proxy-Authenticate", "Basic realm=x")])),
    "429 for 30 years": Misdeed(answer(429, headers=[("Retry-After", 10**9)]), ("rate_limited", "timeout"), milliseconds=BRIEFLY),
    "503 for 30 years": Misdeed(answer(503, headers=[("Retry-After", 10**9)]), ("backend_unavailable", "timeout"), milliseconds=BRIEFLY),
    "429 for ever": Misdeed(answer(429, headers=[("Retry-After", "9" * 1000)]), "rate_limited"),
    "429 until yesterday": Misdeed(answer(429, headers=[("Retry-After", "-1")]), "rate_limited"),
    # The key, repeated.
    "the key in a 400": Misdeed(
        echo(400, says("invalid_arguments", details=[{"argument_name": "<key>", "reason": "<key>", "help_message": "<key>"}])), "invalid_params"),
    "the key in a 401": Misdeed(echo(401, says("denied_authentication", method="<key>", reason="<key>")), "unauthenticated"),
    "the key in a 403": Misdeed(
        echo(403, says("permissions_denied", details=[{"action": "<key>", "resource": "<key>", "<key>": 1}])), "permission_denied"),
    "the key in a quota": Misdeed(
        echo(403, says("quotas_exceeded", details=[{"resource": "<key>", "quota": 1, "current": 1, "project_id": "<key>"}])), "quota_exceeded"),
    "the key in a 404": Misdeed(echo(404, says("not_found", resource="<key>")), "not_found"),
    "the key in a 404 about something else": Misdeed(
        echo(404, says("not_found", resource="<key>", resource_id="<key>")), ("bad_response", "not_found")),
    "the key in a 409": Misdeed(echo(409, says("transient_state", resource="x", resource_id="<key>", current_state="<key>")), "transient_state"),
    "the key in a conflict": Misdeed(echo(409, says("already_exists", resource="<key>", resource_id="<key>")), "already_exists"),
    "the key in a 410": Misdeed(echo(410, says("expired", resource="x", resource_id="<key>", expired_since="<key>")), "resource_expired"),
    "the key in a 412": Misdeed(echo(412, says("precondition_failed", precondition="<key>")), "precondition_failed"),
    "the key in a 423": Misdeed(echo(423, says("locked", resource="<key>", resource_id="<key>")), "resource_locked"),
    "the key in a 429": Misdeed(echo(429, says("too_many_requests", limit={"<key>": 1})), "rate_limited"),
    "the key in a 500": Misdeed(echo(500, says("<key>")), "backend_unavailable"),
    "the key in a 302": Misdeed(echo(302, says("<key>"), [("Location", "/<key>")]), "bad_response"),
    "the key in HTML": Misdeed(echo(200, "<html>X-Auth-Token: <key></html>", [("Content-Type", "text/html")], encode=str), "bad_response"),
    "the key in headers": Misdeed(
        echo(400, says("invalid_arguments", details=[]), [("X-Request-Id", "<key>"), ("Server", "<key>"), ("X-Auth-Token", "<key>")]),
        "invalid_params"),
    "the key at the place where texts are cut": Misdeed(echo(400, {"type": "invalid_arguments", "message": "x" * 985 + "<key>"}), "invalid_params"),
    "the key, spaced": Misdeed(
        echo(400, says("invalid_arguments"), encode=lambda members: json.dumps(members).replace("-", " - ")), "invalid_params"),
    "500 of 8 MB": Misdeed(answer(500, FOREIGN.encode() * 400_000), ("backend_unavailable", "bad_response")),
}  # fmt: skip


class Outcome:
    """What one misdeed led to: all four calls are sent at once, each change to a region of its own."""

    def __init__(self, home, misdeed):
        with Scaleway() as elsewhere, Scaleway() as service:
            service.elsewhere, service.allow_problems = elsewhere, True
            account = service.add_account("mine")["id"]
            victim = service.add_credentials(account, "victim", mint=False)["id"]
            far = service.add_account("far", region="nl-ams")["id"]
            goner = service.add_credentials(far, "goner", mint=False)["id"]
            with Bridge(home, "--log-level", "trace", env=service.environment) as bridge:
                rule = service.fail("*", misdeed.how, times=None)
                self.ask(bridge, misdeed, account, victim, goner)
                self.done = {CREATE: len(service.credentials.keys() - {victim, goner}) > 0, DELETE: goner not in service.credentials}
                service.rules.remove(rule)
                self.next = kind(bridge.call(GET, {"nats_credentials_id": victim}))
                self.kilobytes = max(int(peak.split()[0]) for peak in process_status(bridge.process.pid, "VmHWM").values())
                self.status, self.output, self.errors = bridge.end()
            self.key, self.problems, self.requests = service.key, [*service.problems], [*service.requests]
            self.heard_elsewhere = len(elsewhere.connections)

    def ask(self, bridge, misdeed, account, victim, goner):
        params = {
            GET: {"nats_credentials_id": victim}, LIST: {}, CREATE: {"nats_account_id": account, "name": "victim"},
            DELETE: {"nats_credentials_id": goner, "region": "nl-ams"},
        }  # fmt: skip
        begun = time.monotonic()
        for method, more in params.items():
            bridge.send({"jsonrpc": "2.0", "id": method, "method": method, "params": {**more, "timeout_ms": misdeed.milliseconds}})
        self.answers, self.lines, self.seconds = {}, {}, {}
        while len(self.answers) < len(params):
            line = bridge.line(misdeed.milliseconds / 1000 + 2 * LIMIT)
            found = json.loads(line)
            self.answers[found["id"]], self.lines[found["id"]], self.seconds[found["id"]] = found, line, time.monotonic() - begun


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("homes")
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        # Those that only wait come first.
        ordered = sorted(MISDEEDS, key=lambda name: MISDEEDS[name].milliseconds)
        return {name: pool.submit(Outcome, folder / str(number), MISDEEDS[name]) for number, name in enumerate(ordered)}


@pytest.fixture(params=MISDEEDS)
def outcome(request, outcomes):
    found = outcomes[request.param].result()
    found.misdeed = MISDEEDS[request.param]
    return found


def test_each_answer_is_of_the_right_kind(outcome):
    kinds = {method: kind(found) for method, found in outcome.answers.items()}
    wanted = {method: kinds if isinstance(kinds, tuple) else (kinds,) for method, kinds in outcome.misdeed.wanted.items()}
    assert {method: kinds[method] for method in METHODS if kinds[method] not in wanted[method]} == {}
    if kinds[GET] == "result":
        assert outcome.answers[GET]["result"]["name"] == "victim"


def test_each_answer_comes_in_time(outcome):
    most = {method: outcome.misdeed.milliseconds / 1000 + SLOWNESS_SECONDS + GRACE_SECONDS * (method in (CREATE, DELETE)) for method in METHODS}
    assert {method: seconds for method, seconds in outcome.seconds.items() if seconds > most[method]} == {}


def test_no_outcome_is_a_lie(outcome):
    outcomes = {method: found["error"]["data"]["outcome"] if "error" in found else "done" for method, found in outcome.answers.items()}
    assert outcomes[GET] in ("none", "done") and outcomes[LIST] in ("none", "done")
    for method, is_done in outcome.done.items():
        assert outcomes[method] in (("done", "unknown") if is_done else ("none", "unknown")), method


def test_the_bridge_stays_small_and_serves_on(outcome):
    assert outcome.kilobytes < MOST_KILOBYTES
    assert (outcome.next, outcome.status, outcome.output) == ("result", 0, b"")


def test_it_asks_its_own_service_only_and_not_for_ever(outcome):
    assert outcome.heard_elsewhere == 0 and outcome.problems == []
    assert len(outcome.requests) <= MOST_REQUESTS
    for request in outcome.requests:
        assert request.target.startswith(PREFIX) and request.all("X-Auth-Token") == [outcome.key]
        assert not {name for name, _ in request.headers} & {"Cookie", "Authorization", "Proxy-Authorization"}
        is_nowhere_else = request.head.count(outcome.key.encode()) == 1 and outcome.key.encode() not in request.body
        assert is_nowhere_else


def test_the_key_and_what_is_foreign_are_not_repeated(outcome):
    """Errors are short and printable; stderr has the bridge's own lines only, at its highest level."""
    for line in (*outcome.lines.values(), outcome.errors):
        digits = re.sub(b"[^0-9a-f]", b"", line.lower())
        is_hidden = not contains(line, [outcome.key.encode()]) and outcome.key.replace("-", "")[:12].encode() not in digits
        assert is_hidden and FOREIGN.encode() not in line
    for found in outcome.answers.values():
        if "error" in found:
            assert re.fullmatch("[\x20-\x7e]+", found["error"]["message"]) and len(json.dumps(found)) < 8000
    own = rb"nats-credentials-bridge: debug: answered method=[a-z.]+ id=string code=-?[0-9]+ ms=[0-9]+ bytes=[0-9]+\n"
    assert re.fullmatch(rb"(" + own + rb")*", outcome.errors)


@pytest.mark.parametrize("name", ["401 that wants a password", *(name for name in MISDEEDS if name.startswith("30"))])
def test_what_nothing_would_mend_is_asked_once(outcomes, name):
    """Each call once, a look after each change that may have happened, and the next call."""
    looks = 0 if name.startswith("401") else 2
    assert len(outcomes[name].result().requests) == len(METHODS) + looks + 1
