import contextlib
import sqlite3

import pytest

import version_1
from migration import look, make
from nats_server import Port
from process_tools import run, state_folder
from revoking import Home


@pytest.fixture(scope="module")
def newest(tmp_path_factory):
    """What a store that this program begins is made of."""
    home = tmp_path_factory.mktemp("newest")
    assert run(home, "--region", "local", "call", "credentials.list").returncode == 0
    with contextlib.closing(sqlite3.connect(state_folder(home) / "store.db")) as store:
        return version_1.schema(store)


@pytest.fixture
def alone(home):
    """A store of version 1, and no server was ever heard: an account with a credential to be changed and one that was deleted, and an
    account beside it that nobody touches."""
    with Port() as port:
        place = Home(home, port)
        make(place)
        version_1.turn_back(place.state)
        place.before = look(place.state)[2]
        yield place


@pytest.fixture
def told(alone):
    """As `alone`, and no server is to be told of anything: whoever serves would do it, which is a change and migrates."""
    with alone.store() as store:
        store.execute("DELETE FROM unheard")
    (alone.state / "pending").unlink()
    return alone


@pytest.fixture
def here(home):
    """As `alone`, and a server runs that has heard of all."""
    with Port() as port:
        place = Home(home, port)
        assert run(home, *place.arguments, "call", "credentials.list").returncode == 0
        with place.server:
            make(place)
            version_1.turn_back(place.state)
            place.before = look(place.state)[2]
            yield place
