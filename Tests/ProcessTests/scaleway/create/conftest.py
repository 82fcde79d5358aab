import pytest


@pytest.fixture
def folder(home):
    (home / "work").mkdir()
    return home / "work"
