"""From results to what calls give."""

from __future__ import annotations

from typing import Any, Callable, TypeVar

from ._effects import doubtful
from ._secret import Secret
from .errors import ProtocolError

T = TypeVar("T")


def decode(make: Callable[[Any], T], result: object, method: str) -> T:
    """Makes an object of a result. The values are not shown if that fails: they may be secret."""
    try:
        return make(result)
    except (KeyError, TypeError, AttributeError) as problem:
        missing = f" ({problem} is missing)" if isinstance(problem, KeyError) else ""
        text = f"the response is not what the protocol promises{missing}"
        raise ProtocolError(text, doubtful(method)) from None


def hide_secret(result: Any) -> Any:
    """A result as it came, but the one member that the schemas mark as secret is wrapped."""
    issued = result.get("credentials") if isinstance(result, dict) else None
    if isinstance(issued, dict) and isinstance(issued.get("content"), str):
        issued["content"] = Secret(issued["content"])
    return result
