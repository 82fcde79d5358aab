"""From messages to objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable, TypeVar

from .errors import ProtocolError

T = TypeVar("T")


def unknown_members(cls: Any, wire: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a message that the dataclass has no field for."""
    return {name: value for name, value in wire.items() if name not in cls.__dataclass_fields__}


def decode(make: Callable[[Any], T], result: object, method: str) -> T:
    """Makes an object of a result. The values are not shown if that fails: they may be secret."""
    try:
        return make(result)
    except (KeyError, TypeError, AttributeError) as problem:
        missing = f" ({problem} is missing)" if isinstance(problem, KeyError) else ""
        raise ProtocolError(f"{method}: the answer is not what the protocol promises{missing}") from None
