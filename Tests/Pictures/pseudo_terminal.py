"""A program on a terminal of its own, as somebody sits before it: typed to, read, and drawn at the end."""

import contextlib
import fcntl
import os
import signal
import struct
import subprocess
import termios
import time

import pyte

from terminal import LIMIT, Terminal


class PseudoTerminal(Terminal):
    def __init__(self, command, folder, environment, rows, columns):
        self.rows, self.columns = rows, columns
        self.output = self.everything = b""
        self.descriptor, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen(
            command, cwd=folder, env={**environment, "TERM": "xterm-256color"}, stdin=theirs, stdout=theirs, stderr=theirs,
            start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(theirs)

    def __exit__(self, *_):
        # What an interactive bash has in the foreground is a process group of its own, and a hangup does not end a nats-server.
        with contextlib.suppress(OSError):
            os.killpg(os.tcgetpgrp(self.descriptor), signal.SIGKILL)
        self.process.kill()
        self.process.wait(LIMIT)
        # Once nobody has the other end any more, all are gone.
        deadline = time.monotonic() + LIMIT
        while self.read(deadline):
            pass
        os.close(self.descriptor)

    def type(self, text):
        os.write(self.descriptor, text.encode())

    def read(self, deadline):
        had = len(self.output)
        alive = super().read(deadline)
        self.everything += self.output[had:]
        return alive

    def await_screen(self, shows):
        """Reads until `shows` holds for the screen."""
        deadline = time.monotonic() + LIMIT
        while not shows(screen := self.screen()):
            assert self.read(deadline), "this is what the screen shows:\n" + "\n".join(screen.display)
        return screen

    def screen(self, shortened=None):
        """What the terminal shows now. `shortened`: for each text that names this machine, what stands in its place."""
        output = self.everything
        for text, instead in (shortened or {}).items():
            output = output.replace(text.encode(), instead.encode())
        screen = pyte.Screen(self.columns, self.rows)
        # Of bytes, because a read may end inside a character.
        pyte.ByteStream(screen).feed(output)
        return screen
