"""An HTTP proxy on loopback, which may refuse and keeps what it was asked."""

import contextlib
import socket
from collections import namedtuple
from urllib.parse import urlsplit

from listener import Gone, Listener
from scaleway_http import head_bytes

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
