"""A small HTTP/1.1 server on loopback, over threads and sockets, so that every byte of an answer can be made wrong."""

import functools
import json
import socket
import time
import uuid
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import parse_qsl

from listener import Listener

PHRASES = {status.value: status.phrase for status in HTTPStatus}
# Faults at these stages come before there is a request.
BEFORE_REQUESTS = ("accept", "handshake")


class Malformed(Exception):
    """What came is not a request that a right client sends."""


class Recorded:
    """A request as it came. `request_id` is the X-Request-Id of its answer, `status` what was answered: None until then, and if nothing was."""

    __slots__ = ("method", "target", "path", "query", "headers", "body", "connection", "at", "head", "request_id", "status", "suffix")

    def __init__(self, head, method, target, headers, body, connection):
        self.head, self.method, self.target, self.headers, self.body, self.connection = head, method, target, headers, body, connection
        self.at, self.request_id, self.status = time.monotonic(), str(uuid.uuid4()), None
        self.path, _, query = target.partition("?")
        self.query = parse_qsl(query, keep_blank_values=True) if query else []
        parts = self.path.split("/", 5)
        self.suffix = "/" + parts[5] if len(parts) == 6 and parts[3] == "regions" else self.path

    def __repr__(self):
        # Without headers and body: a failed test prints this, and they hold secrets.
        return f"<{self.method} {self.target} on connection {self.connection}: {self.status}>"

    def all(self, name):
        """Every value of a header."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name):
        return next(iter(self.all(name)), None)

    @property
    def asks_close(self):
        return (self.header("Connection") or "").lower() == "close"

    @property
    def json(self):
        return json.loads(self.body)


class Answer:
    """Before it is bytes: Content-Length and the like are not among the headers yet."""

    __slots__ = ("status", "headers", "body")

    def __init__(self, status, headers, body=b""):
        self.status, self.headers, self.body = status, headers, body


def head_bytes(status, headers):
    """A status line and headers, and nothing is checked: a value may be bytes, and may hold line ends."""
    lines = [f"HTTP/1.1 {status} {PHRASES.get(status, 'Odd')}".encode()]
    for name, value in headers:
        value = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")
        lines.append(name.encode("utf-8", "surrogateescape") + b": " + value)
    return b"\r\n".join(lines) + b"\r\n\r\n"


def chunks(body, size=None, extension=b"", trailers=()):
    """A body in chunks, with its end."""
    size = size or max(1, len(body))
    parts = (body[start : start + size] for start in range(0, len(body), size))
    end = b"0\r\n" + b"".join(f"{name}: {value}\r\n".encode() for name, value in trailers) + b"\r\n"
    return b"".join(b"%x%s\r\n%s\r\n" % (len(part), extension, part) for part in parts) + end


def has(headers, name):
    return any(key.lower() == name for key, _ in headers)


class Exchange:
    """What a fault works with: one request, its connection, and the answer it would get. `recorded` is None before there is a request."""

    def __init__(self, server, connection, recorded):
        self.server, self.connection, self.recorded, self.made = server, connection, recorded, None
        self.keep = True
        self.send = connection.send

    def normal(self):
        """The answer of the route; carried out once, however often it is asked for."""
        if self.made is None:
            self.made = self.server.routed(self.recorded)
        return self.made

    def wire(self, answer):
        """Head and body of a right answer, as bytes."""
        headers, body, framing = answer.headers, answer.body, self.server.framing
        if answer.status in (204, 304):
            framing = "none"
        closes = self.server.close_connections or framing == "close" or self.recorded.asks_close
        if framing == "length":
            headers = [*headers, ("Content-Length", len(body))]
        elif framing == "chunked":
            headers, body = [*headers, ("Transfer-Encoding", "chunked")], chunks(body)
        if closes:
            self.keep = False
            headers = [*headers, ("Connection", "close")]
        return head_bytes(answer.status, headers), body

    def answer(self, answer):
        self.recorded.status = answer.status
        head, body = self.wire(answer)
        self.send(head + body)

    def close(self):
        """After what was sent, the connection ends in good order."""
        self.keep = False


class Rule:
    """A fault that waits for its requests; `hits` counts them."""

    def __init__(self, when, how, times):
        self.matches, self.how, self.times, self.hits = matcher(when), how, times, 0
        self.stage = getattr(how, "stage", None)


def matcher(when):
    """`*`, `GET`, `POST /nats-credentials` (what begins like that after the region; `$` at the end: only that), or a function."""
    if callable(when):
        return when
    if when in ("*", *BEFORE_REQUESTS):
        return lambda recorded: True
    method, _, suffix = when.partition(" ")
    if method.startswith("/"):
        method, suffix = "", method
    if suffix.endswith("$"):
        return lambda recorded: method in ("", recorded.method) and recorded.suffix == suffix[:-1]
    return lambda recorded: method in ("", recorded.method) and recorded.suffix.startswith(suffix)


class Server(Listener):
    """Reads requests, keeps them, and answers by `route`, unless a rule says otherwise."""

    def __init__(self, tls=None):
        super().__init__()
        self.tls, self.requests, self.rules = tls, [], []
        # "length", "chunked", or "close": a body that ends with its connection.
        self.framing = "length"
        self.close_connections = False
        self.on_request = None
        self.in_flight = self.most_in_flight = 0

    @property
    def url(self):
        return f"https://localhost:{self.port}" if self.tls else f"http://127.0.0.1:{self.port}"

    def fail(self, when, how, times=1):
        """The next `times` requests that match, or all of them (None), get `how`. Gives the rule."""
        rule = Rule(when, how, times)
        with self.changed:
            self.rules.append(rule)
        return rule

    def take(self, recorded, stage=None):
        """The first rule that matches; used up by one."""
        if not self.rules:
            return None
        with self.changed:
            for rule in self.rules:
                early = rule.stage in BEFORE_REQUESTS
                if rule.stage == stage if stage else not early and rule.matches(recorded):
                    rule.hits += 1
                    if rule.times is not None:
                        rule.times -= 1
                        if rule.times <= 0:
                            self.rules.remove(rule)
                    self.changed.notify_all()
                    return rule
        return None

    def close_idle(self, limit=10):
        """Waits until no request is under way, and closes every connection from the server's side, as one does that has been idle for long.
        Gives how many."""
        with self.changed:
            self.wait_for(lambda _: not self.in_flight, limit)
            idle = [connection for connection in self.connections if not connection.closed]
            for connection in idle:
                connection.shut(socket.SHUT_RD)
        self.wait_for(lambda _: all(connection.closed for connection in idle), limit)
        return len(idle)

    def converse(self, connection):
        if rule := self.take(None, "accept"):
            rule.how(Exchange(self, connection, None))
        if self.tls:
            connection.start_tls(self.tls.context)
        if rule := self.take(None, "handshake"):
            rule.how(Exchange(self, connection, None))
        keep = True
        while keep:
            try:
                recorded = self.read(connection)
            except (Malformed, ValueError) as error:
                self.problem(f"a malformed request: {error}")
                connection.send(head_bytes(400, [("Content-Length", 0), ("Connection", "close")]))
                return
            with self.changed:
                self.requests.append(recorded)
                self.in_flight += 1
                self.most_in_flight = max(self.most_in_flight, self.in_flight)
                self.changed.notify_all()
            try:
                keep = self.handle(connection, recorded)
            finally:
                with self.changed:
                    self.in_flight -= 1
                    self.changed.notify_all()

    def handle(self, connection, recorded):
        """Whether the connection goes on."""
        if self.on_request:
            self.on_request(recorded)
        exchange = Exchange(self, connection, recorded)
        if rule := self.take(recorded):
            rule.how(exchange)
        else:
            exchange.answer(exchange.normal())
        return exchange.keep and not recorded.asks_close

    def read(self, connection):
        head = connection.head()
        lines = head.decode("latin-1").split("\r\n")
        if head.count(b"\n") + 1 != len(lines) or head.count(b"\r") + 1 != len(lines) or b"\0" in head:
            raise Malformed("a stray control character in the head")
        words = lines[0].split(" ")
        if len(words) != 3 or words[2] != "HTTP/1.1" or not words[0].isalpha():
            raise Malformed("the request line")
        headers, lower = [], {}
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if not colon or not name or name.strip() != name:
                raise Malformed("a header line")
            value = value.strip(" \t")
            headers.append((name, value))
            lower.setdefault(name.lower(), []).append(value)
        if len(lower.get("host", ())) != 1:
            raise Malformed("not exactly one Host")
        lengths = lower.get("content-length", [])
        if len(lengths) > 1 or lengths and "transfer-encoding" in lower:
            raise Malformed("the length of the body is said twice")
        if lower.get("expect") == ["100-continue"]:
            connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = b""
        if lengths:
            body = connection.take(int(lengths[0]))
        elif lower.get("transfer-encoding") == ["chunked"]:
            while size := int(connection.line().split(b";")[0], 16):
                body += connection.take(size)
                connection.take(2)
            while connection.line():
                pass
        return Recorded(head, words[0], words[1], headers, body, connection.number)

    def routed(self, recorded):
        return self.route(recorded)

    def route(self, recorded):
        return self.json_answer(recorded, 404, {"message": "Not found"})

    def common_headers(self, recorded):
        return [*fresh_headers(int(time.time())), ("X-Request-Id", recorded.request_id)]

    def json_answer(self, recorded, status, value):
        body = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        return Answer(status, [("Content-Type", "application/json"), *self.common_headers(recorded)], body)


@functools.lru_cache(4)
def fresh_headers(second):
    """What every answer has, seen in recordings of the real service."""
    return (
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"), ("Date", formatdate(second, usegmt=True)),
        ("Server", "Scaleway API Gateway (fr-par-3;edge02)"), ("Strict-Transport-Security", "max-age=63072000"),
        ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"),
    )  # fmt: skip
