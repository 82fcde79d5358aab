import pytest

from scaleway_service import TLS, Scaleway


@pytest.fixture(scope="module")
def good():
    return TLS.good()


@pytest.fixture
def service(good):
    with Scaleway(tls=good) as running:
        yield running


@pytest.fixture
def row(service):
    return service.add_credentials(service.add_account("mine")["id"], "mine", mint=False)
