"""The logger of this package."""

from __future__ import annotations

import contextlib
import functools
import logging

from .errors import BridgeError
from .rpc_errors import RPCError

logger = logging.getLogger("nats_credentials_bridge")


def log(level: int, message: str, *arguments: object) -> None:
    """One record. A handler of somebody else's that fails must not end the thread that serves a pipe."""
    with contextlib.suppress(Exception):
        logger.log(level, message, *arguments)


# Whether anybody wants to know of every request.
is_debugged = functools.partial(logger.isEnabledFor, logging.DEBUG)


def log_request(method: str, number: int, seconds: float, error: BaseException | None) -> None:
    """The record of a request that is over. Its params and its result may have secrets, and are not in it."""
    if error is None:
        kind = "result"
    elif isinstance(error, RPCError):
        kind = error.kind or str(error.code)
    else:
        kind = type(error).__name__ if isinstance(error, BridgeError) else "given up"
    values = {"method": method, "id": number, "milliseconds": round(seconds * 1000, 3), "kind": kind}
    with contextlib.suppress(Exception):
        logger.debug("%(method)s, id %(id)d: %(kind)s after %(milliseconds).1f ms", values, extra=values)
