import pytest

from nats_server import Port
from revoking import Home


@pytest.fixture
def here(home):
    """A home with a server of its generated configuration, which is not started."""
    with Port() as port:
        place = Home(home, port)
        yield place
        place.server.stop()
