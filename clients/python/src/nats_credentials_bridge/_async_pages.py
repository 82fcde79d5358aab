"""Lists for asyncio: lazy, in windows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Generic, TypeVar

from ._async_walks import AsyncPages
from ._callers import AsyncCaller
from ._calls import Listed, Walk

Row = TypeVar("Row")


class AsyncListing(Generic[Row]):
    """A list that is read while it is iterated. Each ``async for`` begins anew; nothing is asked for before.

    Four pages are asked for at a time, and the next four when these are used up. Leaving the loop early cancels what
    is under way.
    """

    def __init__(self, caller: AsyncCaller, listed: Listed[Row], params: Mapping[str, Any], seconds: float) -> None:
        self._caller, self._listed, self._params, self._seconds = caller, listed, params, seconds

    def __aiter__(self) -> AsyncIterator[Row]:
        return AsyncRows(self.pages())

    def pages(self) -> AsyncPages[Row]:
        """The same rows by pages, each with the total count and the cursor that goes on after it."""
        return AsyncPages(self._caller, Walk(self._listed, self._params), self._seconds)


class AsyncRows(Generic[Row]):
    """Iterates rows."""

    def __init__(self, pages: AsyncPages[Row]) -> None:
        self._pages = pages
        self._rows: Iterator[Row] = iter(())

    def __aiter__(self) -> AsyncRows[Row]:
        return self

    async def __anext__(self) -> Row:
        while True:
            for row in self._rows:  # The next that is left of its page.
                return row
            self._rows = iter((await self._pages.__anext__()).rows)

    async def aclose(self) -> None:
        """Ends the iteration and cancels what is under way."""
        self._rows = iter(())
        await self._pages.aclose()
