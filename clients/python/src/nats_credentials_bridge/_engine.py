"""The running program: the threads that serve its pipes, and its end.

The threads are the same for Bridge and AsyncBridge, so that the pipes are drained also while an event loop is busy,
stopped or gone. They are daemons and know nothing of Bridge, so that one that is forgotten is collected, which ends
the program.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import logging
import os
import queue
import signal
import threading
import time
import weakref
from collections.abc import Mapping, Sequence
from typing import Any, Callable

from ._core import Core
from ._events import Deliver, MakeError
from ._log import log
from ._program import Program
from ._stderr import StderrReader
from ._stdout import PIPE_SECONDS, StdoutReader
from .errors import BridgeClosed, BridgeDied, BridgeError, BridgeForked, NotABridge, ProtocolError

# How long close() waits after it closed stdin, and after SIGTERM; the bridge needs up to 5 s to undo what nobody was
# told of.
EXIT_SECONDS = 2.0
TERM_SECONDS = 6.0

_engines: weakref.WeakSet[Engine] = weakref.WeakSet()


class Engine:
    """One running program."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str] | None) -> None:
        self.core = Core()
        self._program = Program(command, env)
        self._stdout = StdoutReader(self._program)
        self._stderr = StderrReader(self._program.stderr)
        # What makes the next line, when its turn comes, or b"" if it is not wanted any more; and None for the end.
        self._outbox: queue.SimpleQueue[Callable[[], bytes] | None] = queue.SimpleQueue()
        # Lines wait until the program has said who it is, so that another one gets no request.
        self._greeted = threading.Event()
        self._closing = False
        self._gone = threading.Event()
        self.forked = False
        self._stderr_thread = self._start("stderr", self._stderr.run)
        hello = self.core.hello()  # Before anything can end.
        self._start("watcher", functools.partial(self._program.watch, self._stdout.wake))
        self._start("reader", self._read)
        self._start("writer", functools.partial(self._write, hello))
        _engines.add(self)

    @property
    def pid(self) -> int:
        """Of the program."""
        return self._program.pid

    @property
    def state(self) -> str:
        """For people: open, closed or ended."""
        return "closed" if self._closing else "ended" if self._gone.is_set() else "open"

    def send(self, number: int, method: str, params: Mapping[str, Any], deliver: Deliver) -> None:
        """Sends a request. Never waits: a thread of its own writes."""
        self.check_process()
        if self._closing:
            raise BridgeClosed
        self.core.request(number, method, params, deliver)
        self._outbox.put(functools.partial(self.core.take_line, number))

    def check_process(self) -> None:
        """Raises in a child that was made by fork()."""
        if self.forked:
            raise BridgeForked("this Bridge belongs to the parent of this process; make a new one after fork()")

    def abandon(self, number: int) -> str | None:
        """Gives a request up and cancels it; what it may have done to the world.

        None: its last event has been delivered already.
        """
        abandoned = None if self.forked else self.core.abandon(number)
        if abandoned is None:
            return None
        if abandoned.cancel:
            self._outbox.put(lambda: abandoned.cancel)
        return abandoned.outcome

    def abandon_later(self, number: int) -> None:
        """The same for finalizers, which may run in the middle of anything: takes no lock."""
        if not self.forked:
            self._outbox.put(functools.partial(self._cancel_now, number))

    def close(self) -> None:
        """Ends the program: end of input, then SIGTERM, then SIGKILL. Returns when it is gone and reaped."""
        self.begin_close()
        for seconds, number in ((EXIT_SECONDS, signal.SIGTERM), (TERM_SECONDS, signal.SIGKILL), (TERM_SECONDS, None)):
            if self.forked or self._gone.wait(seconds):
                return
            if number is not None:
                self._program.kill(number)

    def begin_close(self) -> None:
        """The end of input; waits for nothing."""
        if not self.forked:
            self._closing = True
            self._outbox.put(None)

    def leave_to_parent(self) -> None:
        """After fork(), in the child."""
        self.forked = True
        self._program.forget()
        self._stdout.forget()

    def _start(self, name: str, run: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=run, name=f"nats-credentials-bridge {name}", daemon=True)
        thread.start()
        return thread

    def _write(self, hello: bytes) -> None:
        """The writer thread."""
        try:
            self._write_line(hello)
            self._greeted.wait()
            while (make_line := self._outbox.get()) is not None:
                self._write_line(make_line())
        except OSError:
            # It reads no more. Mostly it is gone, and the reader sees that too; if not, nobody would ever be answered.
            if not self._program.ended.wait(TERM_SECONDS):
                self._program.kill(signal.SIGKILL)
        with contextlib.suppress(OSError):
            self._program.stdin.close()

    def _write_line(self, line: bytes) -> None:
        while line:
            line = line[self._program.stdin.write(line) :]

    def _cancel_now(self, number: int) -> bytes:
        abandoned = self.core.abandon(number)
        return abandoned.cancel if abandoned is not None else b""

    def _read(self) -> None:
        """The reader thread; it also reaps the program."""
        problem: BridgeError | None = None
        try:
            for chunk in self._stdout.chunks():
                self.core.feed(chunk)
                if self.core.recognised:
                    self._greeted.set()
        except (NotABridge, ProtocolError) as error:
            problem = error
        except Exception as error:
            # Its text is not shown: it may have a secret.
            problem = ProtocolError(f"the reader of the bridge failed: {type(error).__name__}")
            log(logging.ERROR, "%s", problem)
        finally:
            self._end(problem)

    def _end(self, problem: BridgeError | None) -> None:
        """Whatever happens on the way, nobody waits for ever afterwards."""
        try:
            if problem is not None or not self._program.ended.wait(EXIT_SECONDS):
                self._program.kill(signal.SIGKILL)
                self._program.ended.wait()
            self._stderr_thread.join(max(0.0, self._program.ended_at + PIPE_SECONDS - time.monotonic()))
            self._program.reap()
            self.core.end(self._make_error(problem))
        finally:
            self._greeted.set()
            self._outbox.put(None)
            self._stdout.close()
            self._gone.set()

    def _make_error(self, problem: BridgeError | None) -> MakeError:
        text = str(problem)
        if isinstance(problem, NotABridge):
            return lambda outcome: NotABridge(text)
        if problem is not None:
            return lambda outcome: ProtocolError(text, outcome)
        if self._closing:
            return BridgeClosed
        status, tail = self._program.reap(), tuple(self._stderr.tail.copy())
        return lambda outcome: BridgeDied(status, tail, outcome, self.core.recognised)


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
