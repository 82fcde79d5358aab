"""A home folder with the bridge's state, a port for its nats-server, and editors in it."""

import shutil
import sys
import tempfile
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[3] / "Tests" / "ProcessTests" / "support"))

from bridge import PROGRAM  # noqa: E402
from editor import Editor  # noqa: E402
from nats_server import Port  # noqa: E402
from revoking import Home  # noqa: E402


@pytest.fixture
def folder():
    """In memory where there is one, so that thousands of creates take seconds."""
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    path = Path(tempfile.mkdtemp(dir=memory))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def port():
    with Port() as port:
        yield port


@pytest.fixture
def here(folder, port):
    """A home whose store and server configuration are there."""
    here = Home(folder, port)
    with here.bridge() as bridge:
        bridge.result("credentials.list")
        assert bridge.end()[0] == 0
    return here


@pytest.fixture
def start(here):
    """Starts editors; they, and with them their bridges, are gone at the end of the test."""
    editors = []

    def start(**more):
        editors.append(Editor(here, **more))
        return editors[-1]

    yield start
    for editor in editors:
        editor.end()


@pytest.fixture
def editor(start):
    return start()


@pytest.fixture
def warm(editor):
    """An editor whose bridge runs."""
    editor.command("list")
    editor.shows("0 credentials")
    return editor


@pytest.fixture
def wire(folder):
    """A program that is the bridge, and keeps each line that goes to it. Give its path to an editor, and read what was sent."""
    log, path = folder / "wire.log", folder / "wire"
    log.touch()
    path.write_text(f'#!/bin/sh\ntee -a "{log}" | "{PROGRAM}" "$@"\n')
    path.chmod(0o700)
    return path, log


@pytest.fixture
def stand_in(folder):
    """A program that speaks as the bridge does, in one of the modes of standin.py. Gives its path and the log of what it was sent."""

    def make(mode):
        path, log = folder / f"stand-in-{mode}", folder / f"{mode}.log"
        log.touch()
        path.write_text(f'#!/bin/sh\nexec {sys.executable} -SE "{HERE / "standin.py"}" {mode} "{log}"\n')
        path.chmod(0o700)
        return path, log

    return make
