"""The running program: its process, the three threads that serve its pipes, and its end.

The threads are the same for Bridge and AsyncBridge, so that the pipes are drained also while an event loop is busy,
stopped or gone. They are daemons and know nothing of Bridge, so that one that is forgotten is collected, which ends
the program.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import os
import queue
import signal
import subprocess
import threading
import weakref
from collections.abc import Mapping, Sequence
from typing import Any

from ._core import Core, Deliver, MakeError, logger
from ._stderr import StderrReader
from .errors import BinaryNotUsable, BridgeClosed, BridgeDied, BridgeError, BridgeForked, ProtocolError

# How long close() waits after it closed stdin, and after SIGTERM; the bridge needs up to 5 s to undo what nobody was
# told of.
EXIT_SECONDS = 2.0
TERM_SECONDS = 6.0

_engines: weakref.WeakSet[Engine] = weakref.WeakSet()


class Engine:
    """One running program."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str] | None) -> None:
        self.core = Core()
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
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self._stderr = StderrReader(self._process.stderr)
        # Lines to write, ids of requests to give up, and None for the end.
        self._outbox: queue.SimpleQueue[bytes | int | None] = queue.SimpleQueue()
        self._outbox.put(self.core.hello())
        self._closing = False
        self._gone = threading.Event()
        self.forked = False
        self._stderr_thread = self._start("stderr", self._stderr.run)
        self._start("reader", self._read)
        self._start("writer", self._write)
        _engines.add(self)

    @property
    def pid(self) -> int:
        """Of the program."""
        return self._process.pid

    @property
    def state(self) -> str:
        """For people: open, closed or ended."""
        return "closed" if self._closing else "ended" if self._gone.is_set() else "open"

    def send(self, number: int, method: str, params: Mapping[str, Any], deliver: Deliver) -> None:
        """Sends a request. Never waits: a thread of its own writes."""
        self.check_process()
        if self._closing:
            raise BridgeClosed
        self._outbox.put(self.core.request(number, method, params, deliver))

    def check_process(self) -> None:
        """Raises in a child that was made by fork()."""
        if self.forked:
            raise BridgeForked("this Bridge belongs to the parent of this process; make a new one after fork()")

    def abandon(self, number: int) -> bool:
        """Gives a request up and cancels it. False: its last event has been delivered already."""
        line = None if self.forked else self.core.abandon(number)
        if line:
            self._outbox.put(line)
        return line is not None

    def abandon_later(self, number: int) -> None:
        """The same for finalizers, which may run in the middle of anything: takes no lock."""
        if not self.forked:
            self._outbox.put(number)

    def close(self) -> None:
        """Ends the program: end of input, then SIGTERM, then SIGKILL. Returns when it is gone and reaped."""
        self.begin_close()
        for seconds, number in ((EXIT_SECONDS, signal.SIGTERM), (TERM_SECONDS, signal.SIGKILL), (TERM_SECONDS, None)):
            if self.forked or self._gone.wait(seconds):
                return
            if number is not None:
                self._kill(number)

    def begin_close(self) -> None:
        """The end of input; waits for nothing."""
        if not self.forked:
            self._closing = True
            self._outbox.put(None)

    def leave_to_parent(self) -> None:
        """After fork(), in the child.

        Its copies of the pipes are closed, or the program would not see the parent's end.
        """
        self.forked = True
        for stream in (self._stdin, self._stdout, self._process.stderr):
            with contextlib.suppress(OSError, AttributeError):
                stream.close()  # type: ignore[union-attr]
        self._process.returncode = 0  # It is no child of this process: there is nothing to wait for.

    def _start(self, name: str, run: Any) -> threading.Thread:
        thread = threading.Thread(target=run, name=f"nats-credentials-bridge {name}", daemon=True)
        thread.start()
        return thread

    def _write(self) -> None:
        """The writer thread."""
        with contextlib.suppress(OSError):  # The program is gone: the reader sees it too.
            while (item := self._outbox.get()) is not None:
                line = self.core.abandon(item) if isinstance(item, int) else item
                while line:
                    line = line[self._stdin.write(line) :]
        with contextlib.suppress(OSError):
            self._stdin.close()

    def _read(self) -> None:
        """The reader thread; it also reaps the program."""
        problem: BridgeError | None = None
        try:
            while chunk := self._stdout.read(1 << 16):
                self.core.feed(chunk)
        except BridgeError as error:
            problem = error
        except Exception as error:
            logger.exception("the reader of the bridge failed")
            problem = ProtocolError(f"the reader of the bridge failed: {type(error).__name__}")
        if problem is not None:
            self._kill(signal.SIGKILL)
        try:
            self._process.wait(EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            self._kill(signal.SIGKILL)
            self._process.wait()
        self._stderr_thread.join(0.5)
        self.core.end(self._make_error(problem))
        self._outbox.put(None)
        self._stdout.close()
        self._gone.set()

    def _make_error(self, problem: BridgeError | None) -> MakeError:
        if problem is not None:
            kind, text = type(problem), str(problem)
            return lambda outcome: kind(text)
        if self._closing:
            return BridgeClosed
        status, tail = self._process.returncode, tuple(self._stderr.tail)
        return lambda outcome: BridgeDied(status, tail, outcome, self.core.recognised)

    def _kill(self, number: int) -> None:
        # The group, because a wrapper script may stand between. The reader alone reaps, after stdout has ended, so the
        # group is ours.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self._process.returncode is None:
                os.killpg(self._process.pid, number)


def release(engine: Engine) -> None:
    """For an engine whose Bridge was forgotten: ends it beside everything else."""
    engine.begin_close()
    with contextlib.suppress(RuntimeError):  # The interpreter is ending: atexit does it.
        threading.Thread(target=engine.close, name="nats-credentials-bridge closer", daemon=True).start()


@atexit.register
def _close_all() -> None:
    engines = list(_engines)
    for engine in engines:
        engine.begin_close()
    for engine in engines:
        engine.close()


def _after_fork_in_child() -> None:
    for engine in list(_engines):
        engine.leave_to_parent()
    _engines.clear()


os.register_at_fork(after_in_child=_after_fork_in_child)
