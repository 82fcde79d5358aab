"""Clients of a real nats-server that hold their connection and tell how it ended, leaf nodes, clusters, paused servers, and a proxy that
records what goes through it."""

import contextlib
import json
import os
import re
import select
import signal
import socket
import subprocess
import threading
import time

from nats_server import NATS_SERVER, NATSServer
from revoking import LIMIT, eventually, log_in
from traced import STRACE

# What a 2.9 server says to whom it cuts off.
REVOKED = b"-ERR 'User Authentication Revoked'\r\n"


class Client:
    """One login with a .creds text."""

    def __init__(self, port, creds):
        self.socket = log_in(port, creds)
        assert self.socket is not None, "the server refuses the credential"
        self.buffer, self.messages = b"", []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, text):
        self.socket.sendall(text.encode())

    def bytes(self, is_enough):
        while not is_enough():
            chunk = self.socket.recv(1 << 16)
            if not chunk:
                raise ConnectionError("the server has ended the connection")
            self.buffer += chunk

    def operation(self):
        """The next thing the server says; of a message its text, which goes to self.messages."""
        self.bytes(lambda: b"\r\n" in self.buffer)
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        if line == b"PING":
            self.send("PONG\r\n")
        elif line.startswith(b"MSG "):
            count = int(line.split()[-1])
            self.bytes(lambda: len(self.buffer) >= count + 2)
            self.messages.append(self.buffer[:count].decode())
            self.buffer = self.buffer[count + 2 :]
        return line

    def awaits_pong(self):
        """What the server did before it answered a ping is done when this returns."""
        self.send("PING\r\n")
        while self.operation() != b"PONG":
            pass

    def hears(self, subject):
        self.send(f"SUB {subject} 1\r\n")
        self.awaits_pong()

    def says(self, subject, text):
        self.send(f"PUB {subject} {len(text)}\r\n{text}\r\n")
        self.awaits_pong()

    def next(self):
        """The next message's text."""
        while not self.messages:
            self.operation()
        return self.messages.pop(0)

    def has_ended(self, limit=0):
        """Whether the end of the connection is here, or comes within the limit; without one this waits for nothing."""
        deadline = time.monotonic() + limit
        while select.select([self.socket], [], [], max(0, deadline - time.monotonic()))[0]:
            try:
                chunk = self.socket.recv(1 << 16)
            except ConnectionResetError:
                return True
            if not chunk:
                return True
            self.buffer += chunk
        return False


def hear_each_other(speaker, hearer, subject="a.b", text="hello"):
    """From one client to another, or to itself."""
    hearer.hears(subject)
    speaker.says(subject, text)
    assert hearer.next() == text
    hearer.send("UNSUB 1\r\n")


@contextlib.contextmanager
def paused(server):
    """A nats-server that keeps its connections and its port, and does nothing until the end of this, or until `go_on` is called."""
    process = server.process

    def go_on():
        process.send_signal(signal.SIGCONT)

    process.send_signal(signal.SIGSTOP)
    try:
        # A signal is not there at once.
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        yield go_on
    finally:
        go_on()


@contextlib.contextmanager
def slow_to_listen(server, folder, seconds=4):
    """The server has read what it reads at its start, and opens its port some seconds later. Gives a function that waits for that."""
    log = folder / "bind.log"
    options = ["-f", "-qq", "-o", str(log), "-e", "trace=bind", "-e", f"inject=bind:delay_enter={seconds * 1_000_000}"]
    command = [STRACE, *options, NATS_SERVER, "-c", str(server.configuration)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        eventually(lambda: log.exists() and b"bind(" in log.read_bytes(), "the server does not come to listening")
        yield lambda: eventually(lambda: listens(server.port), "the server does not listen")
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(LIMIT)


def listens(port):
    with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port.number), LIMIT):
        return True
    return False


def keeps_a_stream(client):
    """Makes its account have JetStream data, for which a server reads the account's claims when it starts, not at the first login."""
    client.hears("_INBOX.made")
    body = json.dumps({"name": "orders", "subjects": ["orders.*"], "retention": "limits", "storage": "file", "num_replicas": 1})
    client.send(f"PUB $JS.API.STREAM.CREATE.orders _INBOX.made {len(body)}\r\n{body}\r\n")
    assert "error" not in json.loads(client.next())
    client.send("UNSUB 1\r\n")


def beside(here, name, text, without=()):
    """A configuration that takes in the generated one, without some of its lines, and says more."""
    generated = (here.state / "nats-server.conf").read_text().splitlines()
    kept = [line for line in generated if not line.startswith(tuple(without))]
    path = here.folder / f"{name}.conf"
    path.write_text("\n".join([*kept, text, ""]))
    return path


def cluster_of_two(here, other, routes):
    """Two servers that find each other, on the generated configuration: the first as it stands, the second with what must be its own. It
    writes no ports file into the state folder, as one of another machine."""
    mine, yours = routes
    first = beside(here, "first", f'cluster {{ name: both, listen: "127.0.0.1:{mine.number}", routes: ["{yours.url}"] }}')
    own = f"""
listen: "127.0.0.1:{other.number}"
server_name: "second"
resolver: {{ type: full, dir: "{here.folder}/second-resolver", allow_delete: false, interval: "30s", timeout: "1.9s" }}
jetstream {{ store_dir: "{here.folder}/second-jetstream" }}
cluster {{ name: both, listen: "127.0.0.1:{yours.number}", routes: ["{mine.url}"] }}"""
    second = beside(here, "second", own, without=("listen", "server_name", "resolver:", "jetstream", "ports_file_dir"))
    (here.folder / "second-resolver").mkdir(mode=0o700)
    return NATSServer(first, here.port), NATSServer(second, other)


def takes_leaf_nodes(here, leaves):
    """The server of the generated configuration, which lets leaf nodes in at a port."""
    return NATSServer(beside(here, "hub", f'leafnodes {{ listen: "127.0.0.1:{leaves.number}" }}'), here.port)


def leaf_node(here, leaves, port, creds):
    """A server that is a leaf node of another one by a .creds file, and lets anybody in."""
    remote = f'{{ url: "nats-leaf://127.0.0.1:{leaves.number}", credentials: "{creds}" }}'
    path = here.folder / f"leaf-{port.number}.conf"
    listen = f'listen: "127.0.0.1:{port.number}"\nserver_name: leaf-{port.number}\n'
    path.write_text(f"{listen}leafnodes {{ reconnect: 1, remotes: [{remote}] }}\n")
    return NATSServer(path, port)


def server_name(here):
    return re.search(r'^server_name: "(.*)"$', (here.state / "nats-server.conf").read_text(), re.MULTILINE)[1]


class Proxy:
    """Takes connections on one port, makes one to another for each, and keeps every byte the client sends."""

    def __init__(self, port, behind):
        self.port, self.behind = port, behind
        self.chunks, self.connections, self.sockets = [], 0, []

    @property
    def heard(self):
        return b"".join(list(self.chunks))

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", self.port.number))
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        for one in [self.listener, *self.sockets]:
            end(one)

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client = self.listener.accept()[0]
                self.connections += 1
                server = socket.create_connection(("127.0.0.1", self.behind.number), LIMIT)
                self.sockets += [client, server]
                threading.Thread(target=self.pass_on, args=(client, server, self.chunks.append), daemon=True).start()
                threading.Thread(target=self.pass_on, args=(server, client, lambda chunk: None), daemon=True).start()

    def pass_on(self, source, target, keep):
        with contextlib.suppress(OSError):
            while chunk := source.recv(1 << 16):
                keep(chunk)
                target.sendall(chunk)
        end(source)
        end(target)


def end(one):
    """A thread that waits at a socket keeps it open; shutting it down wakes it."""
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


def count_of(here, subject, member):
    """One number out of a server's answer about itself."""
    return json.loads(here.ask(subject, "{}"))["data"][member]
