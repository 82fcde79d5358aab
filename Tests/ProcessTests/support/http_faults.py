"""Faults of the HTTP server: each is given an Exchange and sends what it will."""

import json

from listener import Connection, Gone
from scaleway_http import BEFORE_REQUESTS, chunks, has, head_bytes


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
