import pytest

from bridge import Bridge
from process_tools import held_store, make_store


@pytest.fixture
def held(home):
    """A bridge whose changes wait, and a function that lets them go."""
    make_store(home)
    with held_store(home) as release, Bridge(home) as bridge:
        yield bridge, release
