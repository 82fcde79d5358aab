import pytest

from scaleway_service import TLS


@pytest.fixture(scope="module")
def good_tls():
    return TLS.good()
