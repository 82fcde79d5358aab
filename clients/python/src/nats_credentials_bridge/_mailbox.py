"""Where the events of one request arrive, for a thread and for a task.

Both wait with a limit. As context managers both give the request up when an error leaves the block, whatever it is:
a Ctrl-C may come between any two steps, and a credential that was made then must not be forgotten without a word.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
from collections.abc import Mapping
from typing import Any

from ._engine import Engine
from ._events import Answer, Event
from .errors import BridgeTimeout


class BaseMailbox:
    """What both have in common."""

    def __init__(self, engine: Engine, method: str) -> None:
        self._engine, self._method = engine, method
        self._number = engine.core.new_id()
        self._taken: Event | None = None

    def send(self, params: Mapping[str, Any]) -> None:
        """Sends the request."""
        self._engine.send(self._number, self._method, params, self._deliver)

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

    def __enter__(self) -> None:
        pass

    def __exit__(self, error: object, *_: object) -> None:
        if error is not None:
            self.give_up()

    def _deliver(self, event: Event) -> bool:
        raise NotImplementedError

    def _unread(self) -> list[Event]:
        raise NotImplementedError

    def _timeout(self, seconds: float, outcome: str) -> BridgeTimeout:
        hint = "" if self._engine.core.recognised else "; it has answered nothing since its start: is it the bridge?"
        return BridgeTimeout(self._method, seconds, outcome, hint)


class Mailbox(BaseMailbox):
    """For a thread."""

    def __init__(self, engine: Engine, method: str) -> None:
        super().__init__(engine, method)
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()

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


class Late:
    """The event that time is up."""


class AsyncMailbox(BaseMailbox):
    """For a task. Events come from the reader thread through the loop."""

    def __init__(self, engine: Engine, method: str) -> None:
        super().__init__(engine, method)
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[Event | Late] = asyncio.Queue()
        self._left = False

    async def take(self, seconds: float) -> Event:
        """The next event."""
        self._engine.check_process()
        late = Late()
        alarm = self._loop.call_later(seconds, self._events.put_nowait, late)
        try:
            while True:
                event = await self._events.get()
                if not isinstance(event, Late):
                    self._taken = event
                    return event
                if event is not late:  # An alarm of an earlier call.
                    continue
                outcome = self._engine.abandon(self._number)
                if outcome is not None:  # Else the event comes in this very moment.
                    raise self._timeout(seconds, outcome)
        finally:
            alarm.cancel()

    def give_up(self) -> None:
        """Nobody waits any more: cancels the request, if it is still under way. Waits for nothing."""
        self._left = True
        super().give_up()

    def _deliver(self, event: Event) -> bool:
        try:
            self._loop.call_soon_threadsafe(self._arrive, event)
        except RuntimeError:  # The loop is closed.
            return False
        return True

    def _arrive(self, event: Event) -> None:
        if self._left:
            self._engine.core.orphan(self._method, event)
        else:
            self._events.put_nowait(event)

    def _unread(self) -> list[Event]:
        events: list[Event] = []
        while not self._events.empty():
            event = self._events.get_nowait()
            if not isinstance(event, Late):
                events.append(event)
        return events
