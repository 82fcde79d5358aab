import pytest

from scaleway_service import Scaleway


@pytest.fixture
def service(good_tls):
    with Scaleway(tls=good_tls) as running:
        yield running


@pytest.fixture
def row(service):
    return service.add_credentials(service.add_account("mine")["id"], "mine", mint=False)
