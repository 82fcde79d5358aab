"""AsyncTemporaryBridge: for tests."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from ._async import AsyncBridge
from ._nats_server import NatsServer
from ._surroundings import Surroundings


class AsyncTemporaryBridge(AsyncBridge):
    """A bridge on the region local with a folder of its own, made by :meth:`AsyncBridge.temporary`.

    folder: private, and gone when the bridge is closed. It has the state folder (``state``), the log of the nats-server
    (``nats-server.log``), and room for a test's own files, such as those of ``save_to``.
    """

    def __init__(
        self,
        *,
        nats_server: NatsServer,
        binary: str | os.PathLike[str] | None,
        timeout: float,
        max_retries: int,
        arguments: Sequence[str],
        env: Mapping[str, str] | None,
        cwd: str | os.PathLike[str] | None,
    ) -> None:
        self._surroundings = Surroundings(nats_server, binary, env, cwd)
        self.folder: Path = self._surroundings.folder
        try:
            super().__init__(
                binary,
                region="local",
                timeout=timeout,
                max_retries=max_retries,
                arguments=[*arguments, *self._surroundings.arguments],
                env=env,
                cwd=cwd,
            )
            self._surroundings.serve(self._engine, self._caller)
        except BaseException:
            self._surroundings.close()
            raise

    @property
    def nats_url(self) -> str:
        """Where its nats-server listens, such as ``nats://127.0.0.1:40001``; a RuntimeError if it was made without."""
        if self._surroundings.nats_url is None:
            raise RuntimeError("this bridge has no nats-server: temporary(nats_server=True) starts one with it")
        return self._surroundings.nats_url

    async def close(self) -> None:
        """Ends bridge and nats-server and removes the folder; returns when all are gone. May be called again."""
        await self._surroundings.aclose()

    async def __aenter__(self) -> AsyncTemporaryBridge:
        return self
