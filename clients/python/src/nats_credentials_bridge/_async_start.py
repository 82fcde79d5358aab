"""How a temporary bridge is made beside other tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Callable

from ._async_temporary import AsyncTemporaryBridge


class Start:
    """What :meth:`AsyncBridge.temporary` returns: for ``async with``, or to be awaited.

    Nothing is started before, so one that is neither does nothing.
    """

    def __init__(self, make: Callable[[], AsyncTemporaryBridge]) -> None:
        self._make = make
        self._bridge: AsyncTemporaryBridge | None = None

    def __await__(self) -> Generator[object, None, AsyncTemporaryBridge]:
        return self._start().__await__()

    async def _start(self) -> AsyncTemporaryBridge:
        # If this is cancelled, the thread makes one all the same. Nobody holds it then, so it ends by itself.
        return await asyncio.get_running_loop().run_in_executor(None, self._make)

    async def __aenter__(self) -> AsyncTemporaryBridge:
        self._bridge = await self._start()
        return self._bridge

    async def __aexit__(self, *_: object) -> None:
        if self._bridge is not None:
            await self._bridge.close()
