"""A real nats-server on loopback: started on a given configuration, awaited until it serves, stopped and started again."""

import os
import signal
import socket
import subprocess
import threading

NATS_SERVER = os.environ["NATS_SERVER"]
# Debian's, and the newest there is.
NATS_SERVERS = {"debian": NATS_SERVER, "newest": os.environ["NATS_SERVER_NEWEST"]}
LIMIT = 20.0


class Port:
    """A port of loopback's that nobody else is given while this lives. Connections to it are refused until a server listens there."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", 0))
        self.number = self.socket.getsockname()[1]
        self.url = f"nats://127.0.0.1:{self.number}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


class NATSServer:
    """One nats-server; `start` returns when it greets whoever connects."""

    def __init__(self, configuration, port, program=NATS_SERVER):
        self.configuration, self.port, self.program = configuration, port, program
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self.log, self.told = [], threading.Event()
        self.process = subprocess.Popen(
            [self.program, "-c", str(self.configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        self.reader = threading.Thread(target=self.drain, args=(self.process.stderr,), daemon=True)
        self.reader.start()
        assert self.told.wait(LIMIT), "nats-server says nothing"
        assert any(b"Server is ready" in line for line in self.log), self.log[-1]
        with socket.create_connection(("127.0.0.1", self.port.number), LIMIT) as connection:
            assert connection.recv(5) == b"INFO "

    def drain(self, stream):
        for line in stream:
            self.log.append(line)
            if b"Server is ready" in line:
                self.told.set()
        self.told.set()

    def stop(self, how=signal.SIGTERM):
        if self.process is None:
            return
        self.process.send_signal(how)
        try:
            self.process.wait(LIMIT)
        finally:
            self.process.kill()
            self.process.wait(LIMIT)
            self.reader.join(LIMIT)
            self.process.stderr.close()
            self.process = None
