"""Where the events of one request arrive, for a thread and for a task.

Both wait with a limit. As context managers both finish the request by what leaves the block.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import queue
import time
from collections.abc import Mapping
from typing import Any

from ._engine import Engine
from ._events import Answer, Event, result_of
from ._log import is_debugged, log_request
from .errors import BridgeError, BridgeTimeout, Outcome


class BaseMailbox:
    """What both have in common."""

    def __init__(self, engine: Engine, method: str) -> None:
        self._engine, self._method = engine, method
        self._number = engine.core.new_id()
        self._taken: Event | None = None
        self._sent_at: float | None = None  # If its record is wanted.

    def give_up(self) -> None:
        """Nobody waits any more: cancels the request, if it is still under way. Waits for nothing."""
        if self._engine.abandon(self._number) is None:
            unread = self._unread()
            if isinstance(self._taken, Answer):
                unread.append(self._taken)
            for event in unread:
                self._engine.core.orphan(self._method, event)

    def give_up_later(self) -> None:
        """The same for finalizers; only for reads."""
        self._engine.abandon_later(self._number)

    def finish(self, error: BaseException | None) -> None:
        """The request is over: by its response, or by an error, whatever it is, which gives it up.

        A Ctrl-C may come between any two steps, and a credential that was made then must not be forgotten without a
        word.
        """
        if error is not None:
            self.give_up()
        if isinstance(error, BridgeError):
            error.method = self._method
        if self._sent_at is not None:
            log_request(self._method, self._number, time.monotonic() - self._sent_at, error)

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, *more: object) -> None:
        if error is not None or self._sent_at is not None:
            self.finish(error)

    def _send(self) -> None:
        if is_debugged():
            self._sent_at = time.monotonic()
        self._engine.send(self._number)

    def _deliver(self, event: Event) -> bool:
        raise NotImplementedError

    def _unread(self) -> list[Event]:
        raise NotImplementedError

    def _timeout(self, seconds: float, outcome: Outcome) -> BridgeTimeout:
        hint = "" if self._engine.core.recognised else "; it has answered nothing since its start: is it the bridge?"
        return BridgeTimeout(self._method, seconds, outcome, hint)


class Mailbox(BaseMailbox):
    """For a thread."""

    def __init__(self, engine: Engine, method: str) -> None:
        super().__init__(engine, method)
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def send(self, params: Mapping[str, Any], pause: float = 0.0) -> None:
        """Sends the request, after a pause; the end of the program ends that, too."""
        self._engine.take(self._number, self._method, params, self._deliver)
        if pause:
            with contextlib.suppress(queue.Empty):
                result_of(self._events.get(timeout=pause))
        self._send()

    def take(self, seconds: float) -> Event:
        """The next event."""
        self._engine.check_process()
        try:
            self._taken = self._events.get(timeout=seconds)
        except queue.Empty:
            outcome = self._engine.abandon(self._number)
            if outcome is not None:
                raise self._timeout(seconds, outcome) from None
            self._taken = self._events.get()  # It came in this very moment.
        return self._taken

    def _deliver(self, event: Event) -> bool:
        self._events.put(event)
        return True

    def _unread(self) -> list[Event]:
        events: list[Event] = []
        with contextlib.suppress(queue.Empty):
            while True:
                events.append(self._events.get_nowait())
        return events


class AsyncMailbox(BaseMailbox):
    """For a task. Events come from the reader thread through the loop."""

    def __init__(self, engine: Engine, method: str) -> None:
        super().__init__(engine, method)
        self._loop = asyncio.get_running_loop()
        self._events: collections.deque[Event] = collections.deque()
        self._waiter: asyncio.Future[None] | None = None
        self._left = False

    async def send(self, params: Mapping[str, Any], pause: float = 0.0) -> None:
        """Sends the request, after a pause; the end of the program ends that, too."""
        self._engine.take(self._number, self._method, params, self._deliver)
        if pause and await self._comes_within(pause):
            result_of(self._events.popleft())
        self._send()

    async def take(self, seconds: float) -> Event:
        """The next event."""
        self._engine.check_process()
        if not await self._comes_within(seconds):
            outcome = self._engine.abandon(self._number)
            if outcome is not None:
                raise self._timeout(seconds, outcome)
            await self._wait()  # It comes in this very moment.
        self._taken = self._events.popleft()
        return self._taken

    def give_up(self) -> None:
        """Nobody waits any more: cancels the request, if it is still under way. Waits for nothing."""
        self._left = True
        super().give_up()

    async def _comes_within(self, seconds: float) -> bool:
        """Whether an event is there, so many seconds later at the latest."""
        if not self._events:
            alarm = self._loop.call_later(seconds, self._wake)
            try:
                await self._wait()
            finally:
                alarm.cancel()
        return bool(self._events)

    async def _wait(self) -> None:
        """Until an event or an alarm comes. Where a task is cancelled meanwhile, the event stays here, unread."""
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _deliver(self, event: Event) -> bool:
        return self._engine.core.arrivals.add(self._loop, self, event)

    def arrive(self, event: Event) -> None:
        """In the loop."""
        if self._left:
            self.arrive_nowhere(event)
        else:
            self._events.append(event)
            self._wake()

    def arrive_nowhere(self, event: Event) -> None:
        """Nobody is there any more."""
        self._engine.core.orphan(self._method, event)

    def _unread(self) -> list[Event]:
        events = list(self._events)
        self._events.clear()
        return events
