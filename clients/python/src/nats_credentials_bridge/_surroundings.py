"""What a temporary bridge stands on: a folder, its guard, and a nats-server if one is wanted."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import os
import tempfile
import threading
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path

from ._callers import Caller
from ._calls import Defaults
from ._engine import Engine
from ._find import find_binary
from ._guard import Guard
from ._nats_server import NatsServer, arguments, find_nats_server, wait_until_ready
from ._program import Program
from ._threads import is_ours

# Where nobody listens, so that a bridge without a nats-server finds none of somebody else's.
NOWHERE = "nats://127.0.0.1:1"
TIMEOUT = 30.0

_surroundings: weakref.WeakSet[Surroundings] = weakref.WeakSet()


class Surroundings:
    """They are there when this returns, and gone when :meth:`close` has."""

    def __init__(
        self,
        nats_server: NatsServer,
        binary: str | os.PathLike[str] | None,
        env: Mapping[str, str] | None,
        cwd: str | os.PathLike[str] | None,
    ) -> None:
        program = find_nats_server(nats_server) if nats_server else None
        self.folder = Path(tempfile.mkdtemp(prefix="nats-credentials-bridge-"))
        self.nats_url: str | None = None
        self._state = self.folder / "state"
        self._engine: Engine | None = None
        try:
            self._guard = Guard(str(self.folder), [program, *arguments(self._state)] if program else [])
        except BaseException:
            self.folder.rmdir()
            raise
        _surroundings.add(self)
        if program is not None:
            try:
                self._write_configuration(binary, env, cwd)
                self._guard.serve()
                self.nats_url = wait_until_ready(self._guard, self.folder, self._state)
            except BaseException:
                self.close()
                raise

    @property
    def arguments(self) -> Sequence[str]:
        """For the bridge. As options, the last ones count: nothing that stands before them leads to another folder."""
        url = self.nats_url or NOWHERE
        listen = ["--listen", url[len("nats://") :]] if self.nats_url else []
        return ["--region", "local", "--state", str(self._state), "--nats-url", url, *listen]

    def serve(self, engine: Engine, owner: object) -> None:
        """From now on these end with the bridge: with :meth:`close`, when nothing holds its owner, or with Python."""
        self._engine = engine
        self._guard.await_user(engine.pid)
        weakref.finalize(owner, self._close_beside).atexit = False

    def close(self) -> None:
        """Ends bridge and nats-server and removes the folder; returns when they are gone. May be called again."""
        if is_ours():
            self._close_beside()  # A finalizer: it would wait for itself.
        else:
            self._close()

    async def aclose(self) -> None:
        """The same beside other tasks."""
        await asyncio.get_running_loop().run_in_executor(None, self.close)

    def _close(self) -> None:
        if self._engine is not None:
            self._engine.close()
        self._guard.end()

    def _close_beside(self) -> None:
        # The interpreter is ending: atexit does it.
        with contextlib.suppress(RuntimeError):
            threading.Thread(target=self._close, name="nats-credentials-bridge closer", daemon=True).start()

    def _write_configuration(
        self,
        binary: str | os.PathLike[str] | None,
        env: Mapping[str, str] | None,
        cwd: str | os.PathLike[str] | None,
    ) -> None:
        """The bridge writes it with its store, which its first request makes."""
        start = functools.partial(Program, [find_binary(binary), *self.arguments], env, cwd)
        caller = Caller(start, Defaults("local", TIMEOUT))
        try:
            self._guard.await_user(caller.engine.pid)
            caller.call("accounts.list", {}, None, lambda result: None)
        finally:
            caller.engine.close()


@atexit.register
def _close_all() -> None:
    for surroundings in list(_surroundings):
        surroundings.close()
