import pytest

from scaleway_client import Client


@pytest.fixture
def client(service):
    made = Client(service)
    yield made
    made.connection.close()
