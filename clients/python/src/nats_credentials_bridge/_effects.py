"""What methods do to the world."""

from __future__ import annotations

from ._generated import METHODS


def effect(method: str) -> str:
    """none, read or mutation. Of an unknown method the worst is expected."""
    return METHODS[method][0] if method in METHODS else "mutation"


def doubtful(method: str) -> str:
    """The outcome of a request that was sent and not answered."""
    return "unknown" if effect(method) == "mutation" else "none"
