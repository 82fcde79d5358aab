"""The running program: the threads that serve its pipes, and its end.

The threads are the same for Bridge and AsyncBridge, so that the pipes are drained also while an event loop is busy,
stopped or gone. They are daemons and know nothing of Bridge, so that one that is forgotten is collected, which ends
the program.
"""

from __future__ import annotations

import functools
import logging
import queue
import signal
import threading
from collections.abc import Mapping
from typing import Any, Callable

from ._core import Core
from ._deaths import death_by, own_death
from ._end_pipe import EndPipe
from ._events import Deliver, MakeError
from ._lifetimes import watch_over
from ._log import log
from ._outbox import Outbox
from ._program import Program
from ._stderr import StderrReader
from ._stdin import StdinWriter
from ._stdout import StdoutReader
from ._threads import Threads
from .errors import BridgeClosed, BridgeError, BridgeForked, NotABridge, Outcome, ProtocolError

# How long close() waits after it closed stdin, and after SIGTERM; the bridge needs up to 5 s to undo what nobody was
# told of.
EXIT_SECONDS = 2.0
TERM_SECONDS = 6.0


class Engine:
    """One running program."""

    def __init__(self, start: Callable[[], Program], owner: object) -> None:
        """Starts the program. When nothing holds the owner any more, it is ended."""
        self.core = Core()
        self._outbox = Outbox()
        # Whether the program has said who it is. Lines wait for that, so that another one gets no request. A queue, and
        # no event, because begin_close() takes no lock.
        self._is_greeted: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._is_writing = False
        self._closing = False
        self._gone = threading.Event()
        self.forked = False
        self._threads = Threads()
        self._end_pipe = EndPipe()  # Before there is a process that would be left over if this failed.
        try:
            self._program = start()
            watch_over(self, owner)
            self._stdin = StdinWriter(self._program.stdin, self._end_pipe.for_writer)
            self._stdout = StdoutReader(self._program.stdout, self._end_pipe.for_reader)
            self._stderr = StderrReader(self._program.stderr)
            self._threads.add("stderr", self._stderr.run)
            self._threads.add("watcher", functools.partial(self._program.watch, self._end_pipe.tell))
            self._threads.add("reader", self._read)
            self._threads.add("writer", functools.partial(self._write, self.core.hello()))
            self._threads.begin()
        except BaseException:
            self._discard()
            raise

    @property
    def pid(self) -> int:
        """Of the program."""
        return self._program.pid

    @property
    def state(self) -> str:
        """For people: open, closed or ended."""
        return "closed" if self._closing else "ended" if self._gone.is_set() else "open"

    def take(self, number: int, method: str, params: Mapping[str, Any], deliver: Deliver) -> None:
        """Takes a request to be sent. The end of the program ends it from here on."""
        self.check_process()
        if self._closing:
            raise BridgeClosed
        self.core.request(number, method, params, deliver)

    def send(self, number: int) -> None:
        """Sends it. Never waits: what the pipe does not take at once, a thread of its own writes."""
        if not (self._is_writing and self.core.write_now(number, self._outbox.is_empty, self._stdin.write_now)):
            self._outbox.put(functools.partial(self.core.take_line, number))

    def check_process(self) -> None:
        """Raises in a child that was made by fork(), and in a thread of the system beside green ones."""
        if self.forked:
            raise BridgeForked("this Bridge belongs to the parent of this process; make a new one after fork()")
        self._program.check_thread()

    def abandon(self, number: int) -> Outcome | None:
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
        """Ends the program: end of input, then SIGTERM, then SIGKILL. Returns when it is gone and reaped.

        Waits for nothing in a thread of this engine, where a finalizer may have called it: that would be for itself.
        """
        self.begin_close()
        if self._threads.have_this_one():
            return
        for seconds, number in ((EXIT_SECONDS, signal.SIGTERM), (TERM_SECONDS, signal.SIGKILL), (TERM_SECONDS, None)):
            if self.forked or self._gone.wait(seconds):
                return
            if number is not None:
                self._program.kill(number)

    def begin_close(self) -> None:
        """The end of input; waits for nothing, and takes no lock."""
        if not self.forked:
            self._closing = True
            self._write_no_more()

    def leave_to_parent(self) -> None:
        """After fork(), in the child."""
        self.forked = True
        self._program.forget()
        self._end_pipe.close()

    def _discard(self) -> None:
        """Undoes an __init__ that failed or was interrupted."""
        if not self._threads.call_off():
            self._program.kill(signal.SIGKILL)
            self.close()
            return
        if hasattr(self, "_program"):
            self._program.discard(TERM_SECONDS)
        self._end_pipe.close()
        self._gone.set()

    def _write_no_more(self) -> None:
        """What was put into the outbox is still written, but not if the program has not said yet who it is."""
        self._is_greeted.put(False)
        self._outbox.end()

    def _stop_writing(self) -> None:
        """Also in the middle of a line."""
        self._write_no_more()
        self._end_pipe.tell()

    def _write(self, hello: bytes) -> None:
        """The writer thread."""
        try:
            try:
                self._stdin.write(hello)
                self._is_writing = self._is_greeted.get()
                if self._is_writing:
                    for line in self._outbox.lines():
                        self._stdin.write(line)
            finally:
                self.core.write_no_more(self._stdin.close)
        except OSError:
            # It reads no more. Mostly it is gone, and the reader sees that too; if not, nobody would ever be answered.
            if not self._program.ended.wait(TERM_SECONDS):
                self._program.kill(signal.SIGKILL)

    def _cancel_now(self, number: int) -> bytes:
        abandoned = self.core.abandon(number)
        return abandoned.cancel if abandoned is not None else b""

    def _read(self) -> None:
        """The reader thread; it also reaps the program."""
        problem: BridgeError | None = None
        try:
            is_greeted = False
            for chunk in self._stdout.chunks():
                self.core.feed(chunk)
                if self.core.recognised and not is_greeted:
                    is_greeted = True
                    self._is_greeted.put(True)
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
                # The end of input too: a program of another user cannot be killed.
                self._stop_writing()
                self._program.kill(signal.SIGKILL)
                if not self._program.ended.wait(TERM_SECONDS):
                    problem = problem or ProtocolError("the bridge has closed its stdout, and cannot be killed")
            self._threads.join("stderr", self._stdout.seconds_left())
            if self._program.ended.is_set():
                self._program.reap()
            self.core.end(self._make_error(problem))
        finally:
            self._stop_writing()
            self._threads.join("writer", TERM_SECONDS)
            self._program.stdout.close()
            self._end_pipe.close()
            self._gone.set()

    def _make_error(self, problem: BridgeError | None) -> MakeError:
        if problem is not None:
            return death_by(problem)
        if self._closing:
            return BridgeClosed
        return own_death(self._program, tuple(self._stderr.tail.copy()), self.core.recognised)
