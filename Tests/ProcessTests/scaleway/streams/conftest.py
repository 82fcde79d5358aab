import pytest

from scaleway_streams import Service


@pytest.fixture
def service():
    with Service() as service:
        yield service
