import pytest

from issued import local


@pytest.fixture
def folder(home):
    """Where a test saves; the bridge's working folder, too."""
    path = home / "work"
    path.mkdir()
    return path


@pytest.fixture
def bridge(home, folder, port):
    with local(home, port, cwd=folder) as running:
        yield running
