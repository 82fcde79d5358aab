"""One run of the program whose stdout or stderr, or both, is a terminal, as somebody would have it open."""

import contextlib
import fcntl
import os
import select
import struct
import subprocess
import termios
import time
from dataclasses import dataclass

from bridge import LIMIT, PROGRAM, clean_environment

# What a person's shell has set.
PERSON = {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}


@dataclass
class Seen:
    """What came through each, a terminal's line ends as the program wrote them."""

    status: int
    stdout: str
    stderr: str


@contextlib.contextmanager
def terminal(columns):
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    try:
        yield ours, theirs
    finally:
        os.close(ours)


def run_on_terminal(home, *arguments, env=None, columns=80, looked_at=("stdout", "stderr"), input=subprocess.DEVNULL):
    """`looked_at` are terminals, each its own, and the others pipes."""
    with contextlib.ExitStack() as stack:
        ends = {}
        for name in ("stdout", "stderr"):
            ends[name] = stack.enter_context(terminal(columns)) if name in looked_at else os.pipe()
        process = subprocess.Popen(
            [PROGRAM, *arguments], env=clean_environment(home, {**PERSON, **(env or {})}), stdin=input, start_new_session=True,
            **{name: theirs for name, (_, theirs) in ends.items()},
        )  # fmt: skip
        for _, theirs in ends.values():
            os.close(theirs)
        try:
            seen = read_all({name: ours for name, (ours, _) in ends.items()})
            status = process.wait(LIMIT)
        finally:
            process.kill()
            process.wait(LIMIT)
            for name, (ours, _) in ends.items():
                if name not in looked_at:
                    os.close(ours)
    return Seen(status, **{name: text.decode().replace("\r\n", "\n") for name, text in seen.items()})


def read_all(descriptors):
    """Everything that comes through each, to its end."""
    seen, open_ones, deadline = {name: b"" for name in descriptors}, dict(descriptors), time.monotonic() + LIMIT
    while open_ones:
        ready = select.select(list(open_ones.values()), [], [], max(0, deadline - time.monotonic()))[0]
        assert ready, f"it does not come to an end: {seen}"
        for name, descriptor in list(open_ones.items()):
            if descriptor in ready:
                try:
                    chunk = os.read(descriptor, 1 << 16)
                except OSError:
                    # How Linux says that the other end of a terminal is gone.
                    chunk = b""
                seen[name] += chunk
                if not chunk:
                    del open_ones[name]
    return seen
