"""Where the program is."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from .errors import BinaryNotFound, BinaryNotUsable

NAME = "nats-credentials-bridge"
VARIABLE = "NATS_CREDENTIALS_BRIDGE"
SHIPPED = Path(__file__).parent / "_bin" / NAME


def find_binary(argument: str | os.PathLike[str] | None = None) -> str:
    """The absolute path of the program: of the argument, the variable, this package, or PATH.

    The first that is set or there is taken.
    """
    places = [
        _given("the argument binary", None if argument is None else os.fspath(argument)),
        _given(f"the environment variable {VARIABLE}", os.environ.get(VARIABLE) or None),
        _in_package(),
        _in_path(NAME),
    ]
    report: list[str] = []
    for place, path, is_final in places:
        if path is not None:
            _check(path)
            return os.path.abspath(path)
        report.append(place)
        if is_final:
            report.append("the other places were not looked at")
            break
    raise BinaryNotFound(f"the program {NAME} was not found; looked at: " + "; ".join(report))


def _given(name: str, value: str | None) -> tuple[str, str | None, bool]:
    """(what to say of this place, the path if something is there, whether nothing else may be taken)."""
    if value is None:
        return f"{name}: not set", None, False
    found = value if os.path.exists(value) else shutil.which(value) if os.path.basename(value) == value else None
    return f"{name}: {value}: not there", found, True


def _in_package() -> tuple[str, str | None, bool]:
    return f"this package: {SHIPPED}: not there", str(SHIPPED) if SHIPPED.exists() else None, False


def _in_path(name: str) -> tuple[str, str | None, bool]:
    return f"PATH: {os.environ.get('PATH', 'not set')}: not there", shutil.which(name), False


def _check(path: str) -> None:
    if not os.path.isfile(path):
        raise BinaryNotUsable(f"{path} is not a file")
    if not os.access(path, os.X_OK):
        raise BinaryNotUsable(f"{path} is not executable; chmod +x would make it so")
