"""AsyncBridge: for programs with asyncio."""

from __future__ import annotations

import asyncio
import functools
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ._async_accounts import AsyncAccounts
from ._async_credentials import AsyncCredentials
from ._callers import AsyncCaller
from ._calls import Defaults, raw_timeout
from ._decode import hide_secret
from ._find import find_binary
from ._generated import Info
from ._program import Program

if TYPE_CHECKING:
    from ._async_start import Start
    from ._nats_server import NatsServer


class AsyncBridge:
    """A running nats-credentials-bridge, for asyncio. Many tasks may share one, also those of several loops.

    binary: the program; left out, it is taken from NATS_CREDENTIALS_BRIDGE, this package, or PATH.
    region: for every call that names none; left out, the program's own configuration says.
    timeout: seconds, for every call that names none.
    max_retries: how often a call is tried again whose error is ``retryable`` and has changed nothing, after the time
        that the error names and within the call's timeout. A create only with `if_exists` "fail" or "replace".
    arguments: more options of the program, such as ``["--state", "/var/lib/app"]``.
    env: the environment of the program instead of this process's.
    cwd: the folder that the program runs in instead of this process's; OSError if it cannot be entered. A relative
        `save_to` begins in it; without it, where this process is at the call.

    The program is started here and ended by :meth:`close`, at the end of an ``async with`` block, when this object is
    forgotten, or at the end of Python. What it writes to stderr goes to the logger "nats_credentials_bridge".
    """

    def __init__(
        self,
        binary: str | os.PathLike[str] | None = None,
        *,
        region: str | None = None,
        timeout: float = 30.0,
        max_retries: int = 0,
        arguments: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
    ) -> None:
        defaults = Defaults(region, timeout, max_retries, cwd is not None)
        command = [find_binary(binary), *arguments]
        self._caller = AsyncCaller(functools.partial(Program, command, env, cwd), defaults)
        self._engine = self._caller.engine
        self.credentials = AsyncCredentials(self._caller)
        self.accounts = AsyncAccounts(self._caller)

    @classmethod
    def temporary(
        cls,
        *,
        nats_server: NatsServer = False,
        binary: str | os.PathLike[str] | None = None,
        timeout: float = 30.0,
        max_retries: int = 0,
        arguments: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
    ) -> Start:
        """A bridge for tests, with a folder of its own: for ``async with``, or to be awaited.

        nats_server: True starts nats-server from PATH (or from /usr/local/sbin or /usr/sbin, where Debian has it); a
        path or name starts that one. It listens on a free port of 127.0.0.1, see ``nats_url``, and trusts the
        credentials of this bridge alone.
        All else is as for :class:`AsyncBridge`. The user's state folder and other nats-servers are not touched.

        Everything is gone when the bridge is closed, and also when this process ends in whatever way. Raises
        NatsServerError if there is no nats-server, or it does not start.
        """
        from ._async_start import Start
        from ._async_temporary import AsyncTemporaryBridge

        return Start(
            functools.partial(
                AsyncTemporaryBridge,
                nats_server=nats_server,
                binary=binary,
                timeout=timeout,
                max_retries=max_retries,
                arguments=arguments,
                env=env,
                cwd=cwd,
            )
        )

    async def info(self, *, timeout: float | None = None) -> Info:
        """Versions, limits, backends, and where each setting came from."""
        return await self._caller.call("bridge.info", {}, timeout, Info.from_wire)

    async def ping(self, *, timeout: float | None = None) -> None:
        """Returns when the program has answered."""
        await self._caller.call("bridge.ping", {}, timeout, lambda result: None)

    async def call(self, method: str, params: Mapping[str, Any] | None = None, *, timeout: float | None = None) -> Any:
        """Any method by the protocol's names; its result as json.loads makes it.

        A relative `save_to` begins where that of ``credentials.create()`` does.
        Only the secret of credentials.create is a :class:`Secret`, which prints as ``***`` and is no JSON: take
        ``result["credentials"]["content"].reveal()``. Parts of a stream are dropped.
        """
        return await self._caller.call(method, params or {}, raw_timeout(params, timeout), hide_secret)

    async def close(self) -> None:
        """Ends the program: what it has read is still answered for 2 s, then it is told to end, then killed.

        Calls that wait until the program has said who it is are not sent any more. It waits in a thread, so that other
        tasks go on. May be called again.
        """
        await asyncio.get_running_loop().run_in_executor(None, self._engine.close)

    async def __aenter__(self) -> AsyncBridge:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._engine.state}, pid {self._engine.pid}>"
