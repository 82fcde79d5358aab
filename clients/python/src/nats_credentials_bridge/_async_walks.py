"""The pages of a list for asyncio: asked for in windows, one after the other."""

from __future__ import annotations

from typing import Generic, TypeVar

from ._calls import Walk, result_of
from ._engine import Engine
from ._events import Part
from ._mailbox import AsyncMailbox
from .pages import Page

Row = TypeVar("Row")


class AsyncPages(Generic[Row]):
    """Iterates pages. At the end of an ``async with`` block, or with aclose(), what is under way is cancelled."""

    def __init__(self, engine: Engine, walk: Walk[Row], seconds: float, owner: object) -> None:
        self._engine, self._walk, self._seconds = engine, walk, seconds
        self._owner = owner  # So that the program lives as long as this iterates.
        self._mailbox: AsyncMailbox | None = None
        self._closed = False

    @property
    def complete(self) -> bool | None:
        """After the end: whether surely no row was missed. None before."""
        return self._walk.complete

    @property
    def moved(self) -> bool:
        """Whether rows shifted under the pages, because others changed the list; none was given twice."""
        return self._walk.moved

    def __aiter__(self) -> AsyncPages[Row]:
        return self

    async def __anext__(self) -> Page[Row]:
        while not self._closed:
            if self._walk.ended and self._mailbox is None:
                break
            try:
                if self._mailbox is None:
                    self._mailbox = AsyncMailbox(self._engine, self._walk.method)
                    self._mailbox.send(self._walk.next_window())
                event = await self._mailbox.take(self._seconds)
                if isinstance(event, Part):
                    page = self._walk.part(event.value)
                else:
                    page = self._walk.sums(result_of(event))
                    self._mailbox = None
            except BaseException as error:
                self._close(error)
                raise
            if page is not None:
                return page
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Ends the iteration and cancels what is under way; waits for nothing."""
        self._close(GeneratorExit())

    def _close(self, error: BaseException) -> None:
        self._closed = True
        mailbox, self._mailbox = self._mailbox, None
        if mailbox is not None:
            mailbox.finish(error)

    async def __aenter__(self) -> AsyncPages[Row]:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __del__(self) -> None:
        if getattr(self, "_mailbox", None) is not None:
            self._mailbox.give_up_later()  # type: ignore[union-attr]
