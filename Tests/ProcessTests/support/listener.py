"""Connections on loopback that can be ended in every way, each served by a thread of its own."""

import contextlib
import socket
import ssl
import struct
import threading
import time
import traceback

FAREWELL = 2.0


class Gone(Exception):
    """The connection has come to its end."""


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
