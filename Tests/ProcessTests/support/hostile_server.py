"""A nats-server that lies: it speaks the protocol as far as it needs to and does one misdeed. Loopback, a thread for each connection."""

import contextlib
import json
import socket
import threading

from bridge import LIMIT

INFO = {
    "server_id": "NABC", "server_name": "the liar", "version": "2.9.10", "proto": 1, "headers": True, "auth_required": True,
    "max_payload": 1 << 20, "nonce": "9f1UwtAclXDAMUE",
}  # fmt: skip
SERVER = {"name": "the liar", "id": "NABC", "ver": "2.9.10"}


class HostileServer:
    """Listens until its end; `misdeed` is called with a Peer for each connection."""

    def __init__(self, port, misdeed):
        self.port, self.misdeed = port, misdeed
        self.peers, self.claims, self.ending = [], b"", threading.Event()

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", self.port.number))
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        # A thread that waits in accept holds the socket open; shutting it down wakes it.
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for peer in list(self.peers):
            peer.close()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                peer = Peer(self, self.listener.accept()[0])
                self.peers.append(peer)
                threading.Thread(target=self.converse, args=(peer,), daemon=True).start()

    def converse(self, peer):
        with contextlib.suppress(OSError, ValueError):
            self.misdeed(peer)
        peer.close()

    @property
    def heard(self):
        """Every byte that any connection has brought."""
        return b"".join(bytes(peer.heard) for peer in list(self.peers))


class Peer:
    """One connection of a client."""

    def __init__(self, server, connection):
        self.server, self.socket, self.heard, self.buffer = server, connection, bytearray(), b""
        self.number = len(server.peers)
        self.socket.settimeout(LIMIT)

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data.encode() if isinstance(data, str) else data)

    def receive(self):
        chunk = self.socket.recv(1 << 16)
        if not chunk:
            raise ConnectionError("the client has gone")
        self.heard += chunk
        self.buffer += chunk

    def line(self):
        while b"\r\n" not in self.buffer:
            self.receive()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line.decode()

    def bytes(self, count):
        while len(self.buffer) < count:
            self.receive()
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def silence(self):
        """Hears the client out, until it goes."""
        while True:
            self.receive()

    def info(self, **changes):
        self.send("INFO " + json.dumps({name: value for name, value in {**INFO, **changes}.items() if value is not None}) + "\r\n")

    def log_in(self, **info):
        self.info(**info)
        while self.line() != "PING":
            pass
        self.send("PONG\r\n")

    def message(self, subject, payload):
        payload = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self.send(f"MSG {subject} 1 {len(payload)}\r\n".encode() + payload + b"\r\n")

    def serve(self, greeting=None, **answers):
        """Answers as an honest server does, but for `answers`: by the last word of the subject, a function of the peer, the inbox and the
        payload that sends something."""
        self.log_in(**(greeting or {}))
        while True:
            word, *words = self.line().split()
            if word == "PING":
                self.send("PONG\r\n")
            elif word == "PUB":
                payload = self.bytes(int(words[2]) + 2)[:-2]
                kind = words[0].rsplit(".", 1)[1].lower()
                answers.get(kind, HONEST[kind])(self, words[1], payload)


def ping(peer, inbox, _, servers=1):
    peer.message(inbox, {"server": SERVER, "statsz": {"active_servers": servers}})


def lookup(peer, inbox, _):
    peer.message(inbox, peer.server.claims)


def info(peer, inbox, _):
    """No client has loaded the account."""
    peer.message(inbox, {"server": SERVER, "data": None, "error": {"code": 500, "description": "Account A does not exist"}})


def update(peer, inbox, payload):
    peer.server.claims = payload
    peer.message(inbox, {"server": SERVER, "data": {"account": "A", "code": 200, "message": "jwt updated"}})


def connz(peer, inbox, _, connections=0):
    peer.message(inbox, {"server": SERVER, "data": {"num_connections": connections}})


HONEST = {"ping": ping, "lookup": lookup, "info": info, "update": update, "connz": connz}
