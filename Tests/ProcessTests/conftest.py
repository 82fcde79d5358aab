import pytest

# What these assert of an answer is told, as in a test, when it does not hold. So it is before anybody imports them.
pytest.register_assert_rewrite(
    "account_changes", "backends", "cancelling", "local_streams", "messages", "migration", "pending_deletions", "saving", "scaleway_calls",
    "scaleway_client", "scaleway_errors", "scaleway_requests", "scaleway_retries", "scaleway_settings", "scaleway_streams", "scaleway_tls",
    "undelivered",
)  # fmt: skip

from bridge import Bridge  # noqa: E402
from nats_server import Port  # noqa: E402

pytest_plugins = ["sanitizer"]


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
