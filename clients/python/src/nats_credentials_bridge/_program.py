"""The process of the program."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from typing import Callable

from .errors import BinaryNotUsable


class Program:
    """The running process, with its pipes. It is the leader of a process group of its own."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str] | None) -> None:
        self.ended = threading.Event()
        # A session of its own is a process group of its own, which Ctrl-C in a terminal does not reach.
        try:
            self._process = subprocess.Popen(
                command,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=env,
                start_new_session=True,
            )
        except OSError as problem:
            reason = "its loader or interpreter is missing" if problem.errno == errno.ENOENT else problem.strerror
            raise BinaryNotUsable(f"{command[0]} could not be started: {reason}") from problem
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self.stdin, self.stdout, self.stderr = self._process.stdin, self._process.stdout, self._process.stderr

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """As subprocess has it; None before it is reaped."""
        return self._process.returncode

    def watch(self, tell: Callable[[], None]) -> None:
        """The watcher thread: tells when the process has ended, whoever else still holds its pipes."""
        # Not wait(): the number of a process that is not reaped yet belongs to nobody else. So kill() could hit another
        # one only if this were reaped, and its number given away, between the look and the signal; send_signal() of
        # subprocess has the same gap. macOS has waitid since Python 3.13.
        if hasattr(os, "waitid"):
            with contextlib.suppress(ChildProcessError):  # Somebody else has reaped it.
                os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        else:
            self._process.wait()
        tell()
        self.ended.set()

    def kill(self, number: int) -> None:
        """A signal to the whole group, because a wrapper script may stand between; to nobody if it is reaped.

        It does not reach a program that runs as another user.
        """
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self._process.returncode is None:
                os.killpg(self.pid, number)

    def reap(self) -> int:
        """The exit status of a process that has ended."""
        return self._process.wait()

    def discard(self, seconds: float) -> None:
        """Ends a process that nobody serves, and waits so long for that: one of another user may go on."""
        self.kill(signal.SIGKILL)
        self.close_pipes()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)

    def forget(self) -> None:
        """After fork(), in the child, of which it is no child.

        The copies of its pipes are closed, or it would not see the parent's end.
        """
        self.close_pipes()
        self._process.returncode = 0  # There is nothing to wait for.

    def close_pipes(self) -> None:
        """Those that are still open."""
        for stream in (self.stdin, self.stdout, self.stderr):
            with contextlib.suppress(OSError):
                stream.close()
