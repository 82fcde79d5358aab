"""A nats-server of our own: where its program is, and where it listens."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path
from typing import Any, Union

from ._guard import Guard
from .errors import NatsServerError

NatsServer = Union[bool, str, "os.PathLike[str]"]

NAME = "nats-server"
# Where Debian has it, and what is not in the PATH of its users.
MORE_FOLDERS = "/usr/local/sbin", "/usr/sbin"
START_SECONDS = 30.0
LOOK_SECONDS = 0.01
TAIL_LINES = 10


def find_nats_server(program: NatsServer) -> str:
    """The absolute path of a path or name; of True, that of nats-server in PATH, /usr/local/sbin or /usr/sbin."""
    name = NAME if isinstance(program, bool) else os.fspath(program)
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), *MORE_FOLDERS))
    found = shutil.which(name, path=path)
    if found is None:
        where = f"in {path}" if os.path.basename(name) == name else "there that can be run"
        hint = "install nats-server, or say where it is: nats_server='/opt/bin/nats-server'"
        raise NatsServerError(f"there is no program {name} {where}; {hint}")
    return os.path.abspath(found)


def arguments(state: Path) -> list[str]:
    """On a free port of loopback, which the server finds itself: nobody can take it in between."""
    return ["-c", str(state / "nats-server.conf"), "-a", "127.0.0.1", "-p", "-1"]


def wait_until_ready(guard: Guard, folder: Path, state: Path) -> str:
    """The URL of a server that was just started; an error with its last lines if it ends or is silent for 30 s."""
    end = time.monotonic() + START_SECONDS
    while (url := _url(state)) is None:
        has_ended = guard.program_has_ended(LOOK_SECONDS)
        if has_ended or time.monotonic() > end:
            how = "ended before it listened" if has_ended else f"did not listen within {START_SECONDS:g} s"
            raise NatsServerError(f"nats-server {how}", _tail(folder / "nats-server.log"))
    return url


def _url(state: Path) -> str | None:
    """What its ports file says, which it writes when it listens. None: there is none, or a part of one."""
    for path in state.glob("*.ports"):
        try:
            ports: Any = json.loads(path.read_bytes())
        except (FileNotFoundError, ValueError):
            continue
        for url in ports.get("nats") or ():
            return str(url)
    return None


def _tail(log: Path) -> tuple[str, ...]:
    """The log has no secret: the server knows public keys and what was signed by them only."""
    try:
        return tuple(log.read_text("utf-8", "backslashreplace").splitlines()[-TAIL_LINES:])
    except FileNotFoundError:
        return ()
