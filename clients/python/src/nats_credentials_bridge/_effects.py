"""What methods do to the world."""

from __future__ import annotations

from ._generated import METHODS
from .errors import Outcome


def effect(method: str) -> str:
    """none, read or mutation. Of an unknown method the worst is expected."""
    return METHODS[method][0] if method in METHODS else "mutation"


def doubtful(method: str) -> Outcome:
    """The outcome of a request that was sent and not answered."""
    return "unknown" if effect(method) == "mutation" else "none"
