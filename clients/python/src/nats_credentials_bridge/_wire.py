"""What the generated classes need to be made of messages."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any, TypeVar

Class = TypeVar("Class", bound=type)


def unknown_members(cls: Any, wire: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a message that the dataclass has no field for."""
    return {name: value for name, value in wire.items() if name not in cls.__dataclass_fields__}


class EmptyRaw:
    """The member `raw` of a row that was made without one, from when it is first asked for.

    A dict in each row would also make the garbage collector look into the row's own: a list of 10,000 takes 6 % longer.
    """

    def __get__(self, row: object, cls: type) -> dict[str, Any]:
        if row is None:
            raise AttributeError("raw")  # As other members that have no default.
        raw: dict[str, Any] = vars(row).setdefault("raw", {})
        return raw


def has_rows(cls: Class) -> Class:
    """Decorates a dataclass whose objects are made by rows_of."""
    cls.raw = EmptyRaw()  # type: ignore[attr-defined]
    return cls


def rows_of(cls: Any, wires: list[dict[str, Any]]) -> tuple[Any, ...]:
    """The objects of a page's rows, for a dataclass that takes all members as they come.

    The rows of a page have the same members, and no other than the dataclass: then the dict of each, which json has
    made, becomes that of its object; `raw` is made when it is asked for. That takes a seventh of the time of from_wire,
    which judges all others.
    """
    required, known = _names(cls)
    try:
        shapes = set(map(tuple, wires))
    except TypeError:  # Something that is no row.
        shapes = set()
    names = set(shapes.pop()) if len(shapes) == 1 else set()
    if not required <= names <= known:
        return tuple(map(cls.from_wire, wires))
    absent = dict.fromkeys(known - names)
    rows = tuple([object.__new__(cls) for _ in wires])
    set_members = cls.__dict__["__dict__"].__set__  # Past the __setattr__ of a frozen class.
    for row, wire in zip(rows, wires):
        if absent:
            wire.update(absent)
        set_members(row, wire)
    return rows


@functools.cache
def _names(cls: Any) -> tuple[frozenset[str], frozenset[str]]:
    """The members that a row must have, and all that it may have."""
    fields = [field for field in dataclasses.fields(cls) if field.name != "raw"]
    required = frozenset(field.name for field in fields if field.default is dataclasses.MISSING)
    return required, frozenset(field.name for field in fields)
