"""Whether a request that failed is sent again, and when."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

from ._generated import METHODS
from .rpc_errors import RPCError, ShuttingDown

# Where the bridge does not say when.
USUAL_PAUSE = 1.0


class Retries:
    """The next request of one call: its params, how long to wait before it, and the seconds that it then has.

    All requests and pauses of the call share the call's time.
    """

    def __init__(self, most: int, method: str, params: Mapping[str, Any], seconds: float) -> None:
        self.params, self.pause, self.seconds = params, 0.0, seconds
        self._left = most if most and _may_be_repeated(method, params) else 0
        self._end = time.monotonic() + seconds if self._left else 0.0

    def allow(self, error: RPCError) -> bool:
        """Whether there is a next one after this error. If not, the error is the call's."""
        # One that shuts down answers nothing more.
        passes = error.retryable and error.outcome == "none" and not isinstance(error, ShuttingDown)
        if not passes or not self._left:
            return False
        self._left -= 1
        self.pause = USUAL_PAUSE if error.retry_after is None else error.retry_after
        self.seconds = self._end - time.monotonic() - self.pause
        if "timeout_ms" in self.params:
            self.params = {**self.params, "timeout_ms": math.ceil(self.seconds * 1000)}
        return self.seconds > 0


def _may_be_repeated(method: str, params: Mapping[str, Any]) -> bool:
    """Not a create that makes one more each time, and nothing that this version of the library does not know.

    An outcome of "none" says that nothing was made. But this is about secrets: a second one is worse than an error.
    """
    if method not in METHODS:
        return False
    return not method.endswith(".create") or params.get("if_exists", "allow") != "allow"
