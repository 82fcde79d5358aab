"""When engines end by themselves: with their owner, and with Python; and what they are after fork()."""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._engine import Engine

_engines: weakref.WeakSet[Engine] = weakref.WeakSet()


def watch_over(engine: Engine, owner: object) -> None:
    """Ends the engine when nothing holds its owner any more."""
    _engines.add(engine)
    weakref.finalize(owner, _release, engine).atexit = False


def _release(engine: Engine) -> None:
    engine.begin_close()
    # Beside everything else: a finalizer may run in the middle of anything.
    with contextlib.suppress(RuntimeError):  # The interpreter is ending: atexit does it.
        threading.Thread(target=engine.close, name="nats-credentials-bridge closer", daemon=True).start()


@atexit.register
def _close_all() -> None:
    engines = list(_engines)
    for engine in engines:
        engine.begin_close()
    for engine in engines:
        engine.close()


def _after_fork_in_child() -> None:
    for engine in list(_engines):
        engine.leave_to_parent()
    _engines.clear()


os.register_at_fork(after_in_child=_after_fork_in_child)
