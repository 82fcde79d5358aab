import pytest

from bridge import Bridge
from nats_server import Port


@pytest.fixture
def home(tmp_path):
    """A home folder of this test's own; the bridge finds its state and contexts below it."""
    return tmp_path


@pytest.fixture
def bridge(home):
    with Bridge(home) as running:
        yield running


@pytest.fixture(scope="module")
def port():
    """Where nobody listens until a test starts a nats-server there."""
    with Port() as port:
        yield port


@pytest.fixture(scope="module")
def running(request, tmp_path_factory):
    """Waits for one of the file's `SCENARIOS` by its name."""
    with request.module.SCENARIOS.running(request, tmp_path_factory) as result:
        yield result
