"""Drives the built program as a client would: lines in, lines out, every wait with a limit."""

import json
import os
import re
import selectors
import subprocess
import time

from traffic import Traffic, check, loads

__all__ = ["Bridge", "LIMIT", "PROGRAM", "check", "clean_environment", "loads"]

PROGRAM = os.environ["NATS_CREDENTIALS_BRIDGE"]
LIMIT = 20.0


def masked(answer):
    """An answer as a failed test may print it: without the secret."""
    return re.sub(r'"content": "[^"]*"', '"content": "…"', json.dumps(answer))


class Bridge:
    """One running bridge over pipes. Everything it reads is kept as bytes, as it came, and held against the schemas."""

    def __init__(self, home, *arguments, env=None, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **more):
        self.environment = clean_environment(home, env)
        self.process = subprocess.Popen(
            [PROGRAM, *arguments], stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, env=self.environment, **more
        )
        self.buffer = b""
        self.lines = []
        self.traffic = Traffic()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(LIMIT)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream and not stream.closed:
                try:
                    stream.close()
                except BrokenPipeError:
                    pass

    def send(self, *lines):
        for line in lines:
            data = line if isinstance(line, bytes) else line.encode() if isinstance(line, str) else json.dumps(line).encode()
            self.traffic.sent(data)
            self.process.stdin.write(data + b"\n")
        self.process.stdin.flush()

    def line(self, limit=LIMIT):
        """The next line, without its LF; None at the end."""
        deadline = time.monotonic() + limit
        pieces = [self.buffer]
        while b"\n" not in pieces[-1]:
            with selectors.DefaultSelector() as selector:
                selector.register(self.process.stdout, selectors.EVENT_READ)
                if not selector.select(max(0, deadline - time.monotonic())):
                    raise TimeoutError("no line came")
            chunk = os.read(self.process.stdout.fileno(), 1 << 16)
            if not chunk:
                assert not any(pieces), "half a line at the end"
                return None
            pieces.append(chunk)
        line, self.buffer = b"".join(pieces).split(b"\n", 1)
        self.value = self.traffic.came(line)
        return line

    def message(self, limit=LIMIT):
        return None if self.line(limit) is None else self.value

    def call(self, method, params=None, id="c"):
        """One request and its answer; parts of streams go to self.parts."""
        request = {"jsonrpc": "2.0", "id": id, "method": method}
        if params is not None:
            request["params"] = params
        self.send(request)
        self.parts = []
        while True:
            message = self.message()
            assert message is not None, "the bridge ended"
            if message.get("method") == "$/progress":
                self.parts.append(message["params"]["value"])
                continue
            assert message["id"] == id
            return message

    def result(self, method, params=None):
        answer = self.call(method, params)
        assert "result" in answer, masked(answer)
        return answer["result"]

    def error(self, method, params=None):
        answer = self.call(method, params)
        assert "error" in answer, masked(answer)
        return answer["error"]

    def end(self):
        """Closes stdin; gives the exit status, what was left on stdout, and stderr."""
        self.process.stdin.close()
        rest, errors = b"", b""
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ, "out")
            selector.register(self.process.stderr, selectors.EVENT_READ, "err")
            deadline = time.monotonic() + LIMIT
            while selector.get_map():
                ready = selector.select(max(0, deadline - time.monotonic()))
                assert ready, "the bridge does not end"
                for key, _ in ready:
                    chunk = os.read(key.fileobj.fileno(), 1 << 16)
                    if not chunk:
                        selector.unregister(key.fileobj)
                    elif key.data == "out":
                        rest += chunk
                    else:
                        errors += chunk
        output = self.buffer + rest
        for line in output.splitlines():
            self.traffic.came(line)
        return self.process.wait(LIMIT), output, errors


def clean_environment(home, more=None):
    """Nothing of the user's is read or touched."""
    names = ("PATH", "LANG", "LD_LIBRARY_PATH", "TSAN_OPTIONS", "ASAN_OPTIONS")
    kept = {name: value for name, value in os.environ.items() if name in names}
    folders = {"HOME": home, "XDG_STATE_HOME": home / "state", "XDG_CONFIG_HOME": home / "config"}
    return {**kept, **{name: str(path) for name, path in folders.items()}, **(more or {})}
