"""For a program that was built with a sanitizer: `Tests/run --sanitize` sets SANITIZER, to `thread` or `address`, and SANITIZER_REPORTS, a folder.
What the sanitizer reports fails the test that ran, or the one that ran beside it; what measures is left out."""

import os
from pathlib import Path

import pytest

SANITIZER = os.environ.get("SANITIZER")
OPTIONS = {
    "thread": ("TSAN_OPTIONS", "exitcode=66"),
    # What lives as long as the process is no leak: the threads of actors, and the method table they hold.
    "address": ("ASAN_OPTIONS", "exitcode=66:detect_leaks=0"),
}


def reports():
    """Those of this worker's programs, which may write at any time."""
    return sorted(Path(os.environ["SANITIZER_REPORTS"]).glob(os.environ.get("PYTEST_XDIST_WORKER", "main") + ".*"))


def pytest_configure(config):
    config.addinivalue_line("markers", "measures(what): memory, time or descriptors, to which a sanitizer adds; left out under one")
    if SANITIZER:
        name, options = OPTIONS[SANITIZER]
        path = Path(os.environ["SANITIZER_REPORTS"]) / os.environ.get("PYTEST_XDIST_WORKER", "main")
        os.environ[name] = f"log_path={path}:{options}"


def pytest_collection_modifyitems(items):
    for item in items:
        if SANITIZER and (mark := item.get_closest_marker("measures")):
            item.add_marker(pytest.mark.skip(reason=f"measures {mark.args[0]}, and the {SANITIZER} sanitizer adds to it"))


@pytest.fixture(autouse=bool(SANITIZER))
def nothing_is_reported():
    """Made before every other fixture, so it looks when all programs of the test have ended."""
    before = set(reports()) if SANITIZER else set()
    yield
    found = [path.read_text(errors="replace") for path in reports() if path not in before]
    if found:
        pytest.fail(f"the {SANITIZER} sanitizer reports:\n" + "\n".join(found), pytrace=False)
