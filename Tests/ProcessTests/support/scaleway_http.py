"""A small HTTP/1.1 server on loopback, over threads and sockets, so that every byte of an answer can be made wrong; faults, TLS, a proxy."""

import contextlib
import datetime
import functools
import json
import shutil
import socket
import ssl
import struct
import tempfile
import threading
import time
import traceback
import uuid
import weakref
import zlib
from collections import namedtuple
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PHRASES = {status.value: status.phrase for status in HTTPStatus}
FAREWELL = 2.0
# Faults at these stages come before there is a request.
BEFORE_REQUESTS = ("accept", "handshake")


class Gone(Exception):
    """The connection has come to its end."""


class Malformed(Exception):
    """What came is not a request that a right client sends."""


# --- connections --------------------------------------------------------------------------------------------------------------------------


class Connection:
    """One TCP connection; only its own thread closes it. `error` says how it ended if that was not orderly."""

    def __init__(self, owner, number, accepted):
        self.owner, self.number, self.socket = owner, number, accepted
        self.buffer, self.sent, self.received = b"", 0, 0
        self.closed, self.resets, self.error, self.tls_version = False, False, None, None
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def start_tls(self, context):
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        if self.owner.ending.is_set():
            raise Gone
        self.socket.do_handshake()
        self.tls_version = self.socket.version()

    def fill(self):
        # Whoever stops the server first says so and then wakes what waits in a socket: one of the two is seen.
        if self.owner.ending.is_set():
            raise Gone
        chunk = self.socket.recv(1 << 16)
        if not chunk:
            raise Gone
        self.received += len(chunk)
        self.buffer += chunk

    def send(self, data):
        self.socket.sendall(data)
        self.sent += len(data)

    def head(self):
        """Up to and without the empty line."""
        while (end := self.buffer.find(b"\r\n\r\n")) < 0:
            self.fill()
        head, self.buffer = self.buffer[:end], self.buffer[end + 4 :]
        return head

    def line(self):
        while (end := self.buffer.find(b"\r\n")) < 0:
            self.fill()
        line, self.buffer = self.buffer[:end], self.buffer[end + 2 :]
        return line

    def take(self, count):
        while len(self.buffer) < count:
            self.fill()
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def wait_gone(self):
        """Hears the client out, until it goes or the server stops."""
        while True:
            self.buffer = b""
            self.fill()

    def reset(self):
        """RST instead of FIN."""
        self.resets = True
        raise Gone

    def fin(self):
        """FIN, whatever TLS would have to say; then hears the client out, as closing over unread bytes would be a RST."""
        self.shut(socket.SHUT_WR)
        self.wait_gone()

    def shut(self, how):
        # Not SSLSocket's own: that one takes TLS away from a thread that may be reading.
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.socket, how)

    def close(self):
        with contextlib.suppress(OSError):
            if self.resets:
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif self.tls_version and not self.owner.ending.is_set():
                # Says goodbye, but does not wait for the client's.
                self.socket.settimeout(0)
                with contextlib.suppress(ssl.SSLError):
                    self.socket.unwrap()
        self.socket.close()


class Listener:
    """Accepts on loopback, a thread for each connection; all of them end with it."""

    def __init__(self):
        self.changed = threading.Condition(threading.RLock())
        self.ending, self.gates, self.connections, self.problems, self.threads = threading.Event(), [], [], [], set()
        self.port = self.listener = None

    def __enter__(self):
        self.up()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.down()
        deadline = time.monotonic() + FAREWELL
        with self.changed:
            for gate in self.gates:
                gate.set()
            for connection in self.connections:
                if not connection.closed:
                    connection.shut(socket.SHUT_RDWR)
            threads = list(self.threads)
        for thread in threads:
            thread.join(max(0, deadline - time.monotonic()))
            if thread.is_alive():
                self.problem(f"a thread of the stand-in does not end: {thread.name}")

    def up(self):
        """Listens; on the same port as before, if there was one."""
        self.listener = socket.create_server(("127.0.0.1", self.port or 0), backlog=1024)
        self.port = self.listener.getsockname()[1]
        self.start(self.accept, self.listener)

    def down(self):
        """New connections are refused; those that are open stay."""
        listener, self.listener = self.listener, None
        if listener:
            # A thread that waits in accept holds the socket open; shutting it down wakes it.
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def start(self, work, *arguments):
        thread = threading.Thread(target=self.run, args=(work, *arguments), daemon=True, name=work.__name__)
        # The end, which waits for all threads, is to see none that has not begun.
        with self.changed:
            self.threads.add(thread)
            thread.start()

    def run(self, work, *arguments):
        try:
            work(*arguments)
        except Exception:
            self.problem(traceback.format_exc())
        with self.changed:
            self.threads.discard(threading.current_thread())

    def accept(self, listener):
        while True:
            try:
                accepted = listener.accept()[0]
            except OSError:
                return
            with self.changed:
                if self.ending.is_set():
                    accepted.close()
                    return
                connection = Connection(self, len(self.connections), accepted)
                self.connections.append(connection)
                self.start(self.serve, connection)
                self.changed.notify_all()

    def serve(self, connection):
        try:
            self.converse(connection)
        except Gone:
            pass
        except OSError as error:
            connection.error = error
        finally:
            connection.close()
            with self.changed:
                connection.closed = True
                self.changed.notify_all()

    def problem(self, text):
        with self.changed:
            self.problems.append(text)
            self.changed.notify_all()

    def wait_for(self, predicate, limit=10):
        """Blocks until `predicate(self)` holds, looked at after every event; gives what it gave."""
        with self.changed:
            found = self.changed.wait_for(lambda: predicate(self), limit)
        assert found, "it never came to be"
        return found

    @property
    def open_connections(self):
        with self.changed:
            return sum(not connection.closed for connection in self.connections)

    @property
    def tls_errors(self):
        """Of clients that went away in the handshake."""
        with self.changed:
            return [connection.error for connection in self.connections if isinstance(connection.error, ssl.SSLError)]


# --- requests and answers -----------------------------------------------------------------------------------------------------------------


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


# --- faults: each is given an Exchange and sends what it will -----------------------------------------------------------------------------


def answer(status, body=b"", headers=()):
    """Nothing is carried out, and this is the answer. A header replaces the usual one of that name; None takes it away."""

    def how(exchange):
        made = exchange.server.json_answer(exchange.recorded, status, body)
        replaced = {name.lower() for name, _ in headers}
        if body == b"":
            replaced.add("content-type")
        made.headers = [pair for pair in made.headers if pair[0].lower() not in replaced] + [pair for pair in headers if pair[1] is not None]
        exchange.answer(made)

    return how


def redirect(status, location, body=b""):
    return answer(status, body, headers=[("Location", location)])


def staged(after, end):
    """A fault that sends the answer up to a stage and then does `end`. `accept`: nothing was read, TLS has not begun; `handshake`: TLS is
    done, nothing was read; `request`: the request was read, nothing is sent and nothing carried out; and, carried out: `headers`: the
    status line and half of the headers are sent; `body-start`: all headers; `mid-body`: and half of the body."""
    assert after in (*BEFORE_REQUESTS, "request", "headers", "body-start", "mid-body"), after

    def how(exchange):
        if after in ("headers", "body-start", "mid-body"):
            head, body = exchange.wire(exchange.normal())
            exchange.send({"headers": head[: len(head) // 2], "body-start": head, "mid-body": head + body[: len(body) // 2]}[after])
        end(exchange.connection)

    how.stage = after
    return how


def reset(after="request"):
    """RST."""
    return staged(after, Connection.reset)


def close(after="request"):
    """FIN, and no goodbye of TLS."""
    return staged(after, Connection.fin)


def silence(after="request"):
    """Nothing more, until the client goes or the server stops."""
    return staged(after, Connection.wait_gone)


def drip(seconds_per_byte, of="all"):
    """The normal answer, a byte at a time: all of it, or only its `body`. 0: each byte in a packet of its own."""

    def how(exchange):
        made = exchange.normal()
        exchange.recorded.status = made.status
        head, body = exchange.wire(made)
        if of == "body":
            exchange.send(head)
        for byte in head * (of == "all") + body:
            exchange.send(bytes([byte]))
            if exchange.server.ending.wait(seconds_per_byte) if seconds_per_byte else exchange.server.ending.is_set():
                raise Gone

    return how


def carried_out_then(how):
    """The request is carried out, and its answer lost: instead of it comes `how`."""

    def both(exchange):
        exchange.normal()
        how(exchange)

    return both


def delay(gate, then=None):
    """Waits for a threading.Event, then goes on as if nothing was, or with another fault. The server's end sets the event."""

    def how(exchange):
        with exchange.server.changed:
            exchange.server.gates.append(gate)
        if exchange.server.ending.is_set():
            raise Gone
        gate.wait()
        if exchange.server.ending.is_set():
            raise Gone
        if then:
            then(exchange)
        else:
            exchange.answer(exchange.normal())

    return how


def raw(data, end="close"):
    """Exactly these bytes; then the connection is closed, left open for the next request ("keep"), or silent ("silence")."""

    def how(exchange):
        exchange.send(data)
        if end == "silence":
            exchange.connection.wait_gone()
        if end == "close":
            exchange.close()

    return how


def endless_body(framing="chunked", start=b'{"total_count":1,"nats_credentials":[', filler=b" " * 65536):
    """A 200 whose body never ends: `chunked`, or until the connection closes (`close`)."""

    def how(exchange):
        headers = [("Content-Type", "application/json"), *exchange.server.common_headers(exchange.recorded)]
        headers.append(("Transfer-Encoding", "chunked") if framing == "chunked" else ("Connection", "close"))
        block = b"%x\r\n%s\r\n" % (len(filler), filler) if framing == "chunked" else filler
        exchange.send(head_bytes(200, headers) + (b"%x\r\n%s\r\n" % (len(start), start) if framing == "chunked" else start))
        while True:
            exchange.send(block)

    return how


def endless_headers(line=None):
    """A 200 with one header after the other; with `line`: one header whose value goes on in those bytes for ever."""

    def how(exchange):
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + (b"X-Filler: " if line else b""))
        number = 0
        while True:
            exchange.send(line * 1000 if line else b"".join(b"X-Filler-%d: filler\r\n" % (number + next) for next in range(1000)))
            number += 1000

    return how


def declared(length, body=b"{", end="silence"):
    """A 200 that promises `length` bytes and sends little; then nothing ("silence") or a FIN ("close")."""

    def how(exchange):
        headers = [("Content-Type", "application/json"), *exchange.server.common_headers(exchange.recorded), ("Content-Length", length)]
        exchange.send(head_bytes(200, headers) + body)
        exchange.connection.wait_gone() if end == "silence" else exchange.connection.fin()

    return how


def transform(function):
    """The normal answer, changed by `function(status, headers, body)`, which gives the same three. Content-Length is among the headers; left
    as it was, it follows the body. Changed, it is sent as it is, and so is its absence: the connection then closes after the body."""

    def how(exchange):
        made = exchange.normal()
        length = [] if made.status in (204, 304) else [("Content-Length", len(made.body))]
        status, headers, body = function(made.status, [*made.headers, *length], made.body)
        exchange.recorded.status = status
        headers = list(headers)
        if length and length[0] in headers:
            headers[headers.index(length[0])] = ("Content-Length", len(body))
        elif status not in (204, 304) and not has(headers, "transfer-encoding"):
            exchange.close()
        exchange.send(head_bytes(status, headers) + body)

    return how


def reshape(change=None, **options):
    """The normal answer with its JSON changed by a function and written with other `options` of json.dumps."""

    def function(status, headers, body):
        value = json.loads(body)
        value = change(value) if change else value
        return status, headers, json.dumps(value, **{"ensure_ascii": False, **options}).encode("utf-8", "surrogatepass")

    return transform(function)


def chunked(size=7, extension=b"", trailers=()):
    """The normal answer in chunks of `size` bytes."""

    def function(status, headers, body):
        headers = [pair for pair in headers if pair[0] != "Content-Length"] + [("Transfer-Encoding", "chunked")]
        return status, headers, chunks(body, size, extension, trailers)

    return transform(function)


# --- compression: the normal answer after `spaces` spaces, which JSON allows --------------------------------------------------------------


def compressed(encoding, bomb_bytes=0):
    """The normal answer, compressed: gzip, deflate, br or zstd; valid, and after that many bytes of spaces, which take next to no room. It is
    sent whether the client asked for it or not."""
    pack = {"gzip": gzip_pack, "deflate": deflate_pack, "br": br_pack, "zstd": zstd_pack}[encoding]

    def function(status, headers, body):
        return status, [*headers, ("Content-Encoding", encoding)], pack(bomb_bytes, body)

    return transform(function)


BLOCK = b" " * (1 << 20)


@functools.lru_cache(4)
def spaces_checksum(checksum, start, spaces):
    for _ in range(spaces // len(BLOCK)):
        start = checksum(BLOCK, start)
    return checksum(BLOCK[: spaces % len(BLOCK)], start)


def raw_deflate(spaces, body):
    """A full flush ends on a whole byte and forgets what was, so one block can be sent again and again."""
    block = zlib.compressobj(9, zlib.DEFLATED, -15)
    repeated = block.compress(BLOCK) + block.flush(zlib.Z_FULL_FLUSH)
    rest = zlib.compressobj(9, zlib.DEFLATED, -15)
    end = rest.compress(BLOCK[: spaces % len(BLOCK)] + body) + rest.flush()
    return repeated * (spaces // len(BLOCK)) + end


def gzip_pack(spaces, body):
    checksum = zlib.crc32(body, spaces_checksum(zlib.crc32, 0, spaces))
    trailer = struct.pack("<II", checksum, (spaces + len(body)) % (1 << 32))
    return b"\x1f\x8b\x08\0\0\0\0\0\x02\xff" + raw_deflate(spaces, body) + trailer


def deflate_pack(spaces, body):
    checksum = zlib.adler32(body, spaces_checksum(zlib.adler32, 1, spaces))
    return b"\x78\xda" + raw_deflate(spaces, body) + struct.pack(">I", checksum)


def zstd_pack(spaces, body):
    """RFC 8878: blocks of one repeated byte and blocks as they are, in a window of 128 kB."""
    most = 1 << 17

    def block(kind, size, data, last=0):
        return (last | kind << 1 | size << 3).to_bytes(3, "little") + data

    repeated = block(1, most, b" ") * (spaces // most) + (block(1, spaces % most, b" ") if spaces % most else b"")
    parts = b"".join(block(0, len(part), part) for part in (body[start : start + most] for start in range(0, len(body), most)))
    return b"\x28\xb5\x2f\xfd\x00\x38" + repeated + parts + block(0, 0, b"", last=1)


def br_pack(spaces, body):
    """RFC 7932: meta-blocks whose only literal is a space, which then takes no bits, and meta-blocks as they are."""
    bits, count = 0, 0

    def put(*fields):
        nonlocal bits, count
        for width, value in fields:
            bits |= value << count
            count += width

    def length(size):
        nibbles = 4 if size <= 1 << 16 else 5 if size <= 1 << 20 else 6
        return (2, nibbles - 4), (nibbles * 4, size - 1)

    def plain(data):
        put((1, 0), *length(len(data)), (1, 1), (-count % 8, 0))
        return data

    # A window of 64 kB.
    put((1, 0))
    most, shortest = 1 << 24, 22594
    while spaces >= shortest:
        size = min(spaces, most)
        put((1, 0), *length(size), (1, 0))
        # One block type, no postfix, one context mode, one tree of each kind; each tree has one symbol: the space, the longest insert, a 0.
        put((3, 0), (6, 0), (2, 0), (2, 0), (2, 1), (2, 0), (8, 0x20), (2, 1), (2, 0), (10, 703), (2, 1), (2, 0), (6, 0))
        put((24, size - shortest), (24, 0))
        spaces -= size
    rest, done = b" " * spaces + body, b""
    for start in range(0, len(rest), 1 << 16):
        part = rest[start : start + (1 << 16)]
        put((1, 0), *length(len(part)), (1, 1))
        done += bits.to_bytes(-(-count // 8), "little") + part
        bits, count = 0, 0
    put((2, 3))
    return done + bits.to_bytes(-(-count // 8), "little")


# --- TLS ----------------------------------------------------------------------------------------------------------------------------------


class TLS:
    """A server's side of TLS, and `ca_file`, the only authority that a client is to trust."""

    def __init__(self, issue):
        self.folder = tempfile.mkdtemp(prefix="stand-in-")
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        authority = trustme.CA()
        self.ca_file = f"{self.folder}/ca.pem"
        authority.cert_pem.write_to_path(self.ca_file)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.set_alpn_protocols(["http/1.1"])
        issue(self, authority)

    @classmethod
    def good(cls):
        return cls(lambda tls, authority: authority.issue_cert("localhost", "127.0.0.1").configure_cert(tls.context))

    @classmethod
    def wrong_name(cls):
        return cls(lambda tls, authority: authority.issue_cert("elsewhere.invalid").configure_cert(tls.context))

    @classmethod
    def expired(cls):
        then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=2)
        dates = {"not_before": then - datetime.timedelta(days=9), "not_after": then}
        return cls(lambda tls, authority: authority.issue_cert("localhost", "127.0.0.1", **dates).configure_cert(tls.context))

    @classmethod
    def self_signed(cls):
        """The right name and date, but nobody's word for it."""
        return cls(lambda tls, _: tls.sign_itself())

    def sign_itself(self):
        key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        builder = builder.not_valid_after(now + datetime.timedelta(days=1))
        certificate = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False).sign(key, hashes.SHA256())
        form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        path = f"{self.folder}/server.pem"
        with open(path, "wb") as file:
            file.write(key.private_bytes(serialization.Encoding.PEM, *form) + certificate.public_bytes(serialization.Encoding.PEM))
        self.context.load_cert_chain(path)


# --- a proxy ------------------------------------------------------------------------------------------------------------------------------

Asked = namedtuple("Asked", "method target headers")


class Proxy(Listener):
    """An HTTP proxy: tunnels for CONNECT, and passes on requests for whole http URLs, one a connection. `asked` is what it was asked; `hosts`
    says where a "name:port" really is; `refusal`, if set, is sent instead of a tunnel."""

    def __init__(self):
        super().__init__()
        self.asked, self.hosts, self.refusal = [], {}, None
        self.tunnels = self.bytes_up = self.bytes_down = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def converse(self, connection):
        lines = connection.head().decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ")
        headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])]
        with self.changed:
            self.asked.append(Asked(method, target, headers))
            self.changed.notify_all()
        if self.refusal is not None:
            connection.send(self.refusal)
            return
        place = target if method == "CONNECT" else urlsplit(target).netloc
        place = place if place.rpartition(":")[0] else place + ":80"
        name, _, port = place.rpartition(":")
        try:
            upstream = socket.create_connection(self.hosts.get(place, (name.strip("[]"), int(port))), timeout=10)
        except OSError:
            connection.send(head_bytes(502, [("Content-Length", 0), ("Connection", "close")]))
            return
        with upstream:
            upstream.settimeout(None)
            upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.changed:
                self.tunnels += 1
                self.changed.notify_all()
            if method == "CONNECT":
                connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                parts = urlsplit(target)
                origin = (parts.path or "/") + ("?" + parts.query if parts.query else "")
                kept = [pair for pair in headers if pair[0].lower() not in ("connection", "proxy-connection", "proxy-authorization")]
                head = head_bytes(200, [*kept, ("Connection", "close")])
                upstream.sendall(f"{method} {origin} HTTP/1.1".encode() + head[head.index(b"\r\n") :])
            self.start(self.down_stream, upstream, connection)
            try:
                while True:
                    data, connection.buffer = connection.buffer, b""
                    upstream.sendall(data)
                    self.bytes_up += len(data)
                    connection.fill()
            except (Gone, OSError):
                # Wakes the other direction, too.
                with contextlib.suppress(OSError):
                    upstream.shutdown(socket.SHUT_RDWR)

    def down_stream(self, upstream, connection):
        with contextlib.suppress(OSError):
            while data := upstream.recv(1 << 16):
                connection.send(data)
                self.bytes_down += len(data)
        connection.shut(socket.SHUT_RDWR)
