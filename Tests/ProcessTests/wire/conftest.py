import pytest

from bridge import Bridge
from cancelling import Stage
from local_streams import World, local
from process_tools import held_store, make_store


@pytest.fixture
def held(home):
    """A bridge whose changes wait, and a function that lets them go."""
    make_store(home)
    with held_store(home) as release, Bridge(home) as bridge:
        yield bridge, release


@pytest.fixture
def stage(home):
    return Stage(home)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("world"))


@pytest.fixture
def reader(world):
    with local(world.home) as bridge:
        yield bridge
