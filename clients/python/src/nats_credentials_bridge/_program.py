"""The process of the program."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from typing import IO, Callable

from ._green import green_library, wait_for_end
from ._unusable import why_not_started
from .errors import BinaryNotUsable, BridgeError


class Program:
    """The running process, with its pipes. It is the leader of a process group of its own."""

    def __init__(
        self, command: Sequence[str], env: Mapping[str, str] | None, cwd: str | os.PathLike[str] | None = None
    ) -> None:
        self.path = command[0]
        self.ended = threading.Event()
        self.returncode: int | None = None
        """As subprocess has it; None before the end, and also after it if the exit status is lost."""
        # A session of its own is a process group of its own, which Ctrl-C in a terminal does not reach.
        self._green = green_library()
        self._thread = threading.get_native_id()
        try:
            self._process = subprocess.Popen(
                command,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=env,
                cwd=cwd,
                start_new_session=True,
            )
        except OSError as problem:
            if cwd is not None and problem.filename == cwd:
                raise
            raise BinaryNotUsable(why_not_started(self.path, problem)) from problem
        self.stdin = _plain(self._process.stdin, "wb")
        self.stdout, self.stderr = _plain(self._process.stdout, "rb"), _plain(self._process.stderr, "rb")

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def watch(self, tell: Callable[[], None]) -> None:
        """The watcher thread: tells when the process has ended, whoever else still holds its pipes."""
        # Not wait(): the number of a process that is not reaped yet belongs to nobody else. So kill() could hit another
        # one only if this were reaped, and its number given away, between the look and the signal; send_signal() of
        # subprocess has the same gap. macOS has waitid since Python 3.13.
        try:
            if self._green == "gevent" or (self._green and not wait_for_end(self.pid)):
                # gevent reaps all children itself, and keeps the status for this; eventlet's looks until there is one.
                self.returncode = self._process.wait()
            elif hasattr(os, "waitid"):
                end = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
                assert end is not None
                self.returncode = end.si_status if end.si_code == os.CLD_EXITED else -end.si_status
            else:
                self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
                self._process.returncode = self.returncode
        except ChildProcessError:
            # Somebody else has reaped it, or the system has, because SIGCHLD is ignored. subprocess would say 0 then.
            self._process.returncode = 0  # There is nothing to wait for.
        tell()
        self.ended.set()

    def check_thread(self) -> None:
        """Raises in a thread of the system that has no part in the green ones: nothing would ever wake it."""
        if self._green and threading.get_native_id() != self._thread:
            raise BridgeError(
                f"with {self._green} a Bridge serves the green threads of the one thread in which it was made, and no "
                "other thread of the system; call it from a green thread"
            )

    def kill(self, number: int) -> None:
        """A signal to the whole group, because a wrapper script may stand between; to nobody if it is reaped.

        It does not reach a program that runs as another user.
        """
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self._process.returncode is None:
                os.killpg(self.pid, number)

    def reap(self) -> None:
        """A process that has ended is no zombie any more."""
        self._process.wait()

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


def _plain(pipe: IO[bytes] | None, mode: str) -> IO[bytes]:
    """The pipe as subprocess makes it; green ones have another kind of file, which waits where it must not."""
    assert pipe is not None
    if isinstance(pipe, io.FileIO):
        return pipe
    with pipe:
        return io.FileIO(os.dup(pipe.fileno()), mode)
