"""Where the program is."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ._unusable import why_not_executable
from .errors import BinaryNotFound, BinaryNotUsable

NAME = "nats-credentials-bridge"
VARIABLE = "NATS_CREDENTIALS_BRIDGE"
WAY_OUT = f"Install a wheel that has it inside, or install {NAME} itself, so that it is in PATH or {VARIABLE} names it."
SHIPPED = Path(__file__).parent / "_bin" / NAME


def find_binary(argument: str | os.PathLike[str] | None = None) -> str:
    """The absolute path of the program: of the argument, the variable, this package, or PATH.

    The first place that names a program is final: another one is never taken instead of one that was asked for.
    """
    named = None if argument is None else os.fspath(argument)
    variable = os.environ.get(VARIABLE) or None
    # Each place, what to say of it if it names nothing, what it names, and where that is.
    places = [
        ("the argument binary", "not set", named, _given(named)),
        (f"the environment variable {VARIABLE}", "not set", variable, _given(variable)),
        ("this package", f"{SHIPPED} does not exist", None, str(SHIPPED) if SHIPPED.exists() else None),
        ("PATH", f"no {NAME} in {os.environ.get('PATH') or 'it, it is not set'}", None, shutil.which(NAME)),
    ]
    report: list[str] = []
    wrong: str | None = None
    for place, nothing, name, path in places:
        if wrong is not None:
            report.append(f"{place}: not looked at, because {wrong} names a program")
        elif path is not None:
            _check(path)
            return os.path.abspath(path)
        elif name is not None:
            report.append(f"{place}: {name!r} does not exist")
            wrong = place
        else:
            report.append(f"{place}: {nothing}")
    looked_at = "".join(f"\n    {each}" for each in report)
    raise BinaryNotFound(f"the program {NAME} was not found; looked at:{looked_at}\n{WAY_OUT}")


def _given(name: str | None) -> str | None:
    """Where a program is that somebody named, by a path or by a name to look for in PATH."""
    if name is None or os.path.exists(name):
        return name
    return shutil.which(name) if os.path.basename(name) == name else None


def _check(path: str) -> None:
    if not os.path.isfile(path):
        raise BinaryNotUsable(f"{path} is not a file")
    if not os.access(path, os.X_OK):
        raise BinaryNotUsable(why_not_executable(path))
