"""What the generated classes need to be made of messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def unknown_members(cls: Any, wire: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a message that the dataclass has no field for."""
    return {name: value for name, value in wire.items() if name not in cls.__dataclass_fields__}
