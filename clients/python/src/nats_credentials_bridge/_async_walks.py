"""The pages of a list for asyncio: asked for in windows, one after the other."""

from __future__ import annotations

from typing import Generic, TypeVar

from ._callers import AsyncCaller
from ._calls import Walk, grace
from ._events import Part, result_of
from ._mailbox import AsyncMailbox
from ._retries import Retries
from .pages import Page
from .rpc_errors import RPCError

Row = TypeVar("Row")


class AsyncPages(Generic[Row]):
    """Iterates pages. At the end of an ``async with`` block, or with aclose(), what is under way is cancelled."""

    def __init__(self, caller: AsyncCaller, walk: Walk[Row], seconds: float) -> None:
        # The caller also so that the program lives as long as this iterates.
        self._caller, self._walk, self._seconds = caller, walk, seconds
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
        method = self._walk.method
        retries = Retries(self._caller.defaults.max_retries, method, {}, self._seconds)
        while not self._closed:
            if self._walk.ended and self._mailbox is None:
                break
            try:
                if self._mailbox is None:
                    self._mailbox = AsyncMailbox(self._caller.engine, method)
                    await self._mailbox.send(self._walk.next_window(), retries.pause)
                event = await self._mailbox.take(retries.seconds + grace(method))
                if isinstance(event, Part):
                    page = self._walk.part(event.value)
                else:
                    page = self._walk.sums(result_of(event))
                    self._finish(None)
            except BaseException as error:
                self._finish(error)
                if not (isinstance(error, RPCError) and retries.allow(error)):
                    self._closed = True
                    raise
                page = None
            if page is not None:
                return page
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Ends the iteration and cancels what is under way; waits for nothing."""
        self._closed = True
        self._finish(GeneratorExit())

    def _finish(self, error: BaseException | None) -> None:
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
