"""The program on descriptors of every sort: pipes, sockets and terminals, written to by somebody who may not read meanwhile."""

import contextlib
import os
import select
import socket
import subprocess
import termios
import threading
import time
import tty

import pytest

from bridge import LIMIT, PROGRAM, clean_environment
from process_tools import most_memory, process_status


def pipes():
    (input_read, input_write), (output_read, output_write) = os.pipe(), os.pipe()
    return input_write, output_read, input_read, output_write


def socket_pair():
    ours, theirs = (end.detach() for end in socket.socketpair())
    return ours, os.dup(ours), theirs, os.dup(theirs)


def terminal():
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    return ours, os.dup(ours), theirs, os.dup(theirs)


def close_all(*descriptors):
    for descriptor in descriptors:
        try:
            os.close(descriptor)
        except OSError:
            pass


every_channel = pytest.mark.parametrize("channel", [pipes, socket_pair, terminal], ids=lambda channel: channel.__name__)


class Wire:
    """The program on descriptors of one sort, a writer in a thread of its own that may block, and everything that was read."""

    def __init__(self, home, channel, **more):
        self.input, self.output, *theirs = channel()
        command = [PROGRAM, "--region", "local"]
        self.process = subprocess.Popen(command, env=clean_environment(home), stdin=theirs[0], stdout=theirs[1], **more)
        close_all(*theirs)
        self.written, self.thread = 0, None
        self.is_terminal = channel is terminal

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(LIMIT)
        # Nobody has the other ends any more, so a writer that is stuck gets an error.
        if self.is_terminal:
            termios.tcflush(self.input, termios.TCIOFLUSH)
        close_all(self.output)
        if self.thread:
            self.thread.join(LIMIT)
        close_all(self.input)
        if self.process.stderr:
            self.process.stderr.close()

    def write(self, pieces):
        """Starts to write all of it, as somebody who does not read meanwhile."""
        self.thread = threading.Thread(target=self.push, args=(pieces,), daemon=True)
        self.thread.start()

    def push(self, pieces):
        with contextlib.suppress(OSError):
            for piece in pieces:
                while piece:
                    count = os.write(self.input, piece)
                    self.written += count
                    piece = piece[count:]

    def is_stuck(self):
        """Waits until the wire's thread rests and the writer gets no further; whether the writer has more to write."""
        deadline = time.monotonic() + LIMIT
        while self.thread.is_alive():
            before = self.progress()
            select.select([], [], [], 0.2)
            if before == self.progress() and before[0] > 0 and before[1].startswith("S"):
                return True
            assert time.monotonic() < deadline, "the writer never comes to rest"
        return False

    def progress(self):
        """The store's thread may be awake: it tries again and again to open what somebody else holds."""
        pid = self.process.pid
        return self.written, process_status(pid, "State")[str(pid)], process_status(pid, "voluntary_ctxt_switches")[str(pid)]

    def lines(self, count):
        """So many lines, as they come."""
        pieces = []
        while count:
            assert select.select([self.output], [], [], LIMIT)[0], "nothing came"
            chunk = os.read(self.output, 64 << 10)
            assert chunk, "it ended early"
            pieces.append(chunk)
            if b"\n" in chunk:
                *lines, rest = b"".join(pieces).split(b"\n")
                count, pieces = count - len(lines), [rest]
                yield from lines
        assert count == 0 and pieces == [b""], "more came than was asked for"

    def memory(self):
        return most_memory(self)


def in_pieces(lines):
    """Joined, so that a write is worth its call."""
    piece = []
    for line in lines:
        piece.append(line)
        if len(piece) == 256:
            yield b"".join(piece)
            piece = []
    yield b"".join(piece)


def batch(lines):
    return b"[" + b",".join(line.strip() for line in lines) + b"]\n"
