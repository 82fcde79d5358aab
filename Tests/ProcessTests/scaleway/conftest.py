import pytest

from bridge import Bridge
from scaleway_service import TLS, Scaleway


@pytest.fixture
def service():
    """A stand-in for Scaleway's API of this test's own."""
    with Scaleway() as running:
        yield running


@pytest.fixture
def bridge(home, service):
    """A bridge that knows the service and nothing else."""
    with Bridge(home, env=service.environment) as running:
        yield running


@pytest.fixture
def account(service):
    return service.add_account("mine")


@pytest.fixture
def account_id(account):
    return account["id"]


@pytest.fixture
def credential(service, account_id):
    return service.add_credentials(account_id, "of mine")["id"]


@pytest.fixture(scope="module")
def good_tls():
    return TLS.good()
