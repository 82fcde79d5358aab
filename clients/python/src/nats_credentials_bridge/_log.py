"""The logger of this package."""

from __future__ import annotations

import contextlib
import logging

logger = logging.getLogger("nats_credentials_bridge")


def log(level: int, message: str, *arguments: object) -> None:
    """One record. A handler of somebody else's that fails must not end the thread that serves a pipe."""
    with contextlib.suppress(Exception):
        logger.log(level, message, *arguments)
