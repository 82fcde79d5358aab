"""The application of the README and its test: they pass as they stand, and fail where the application is wrong."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import LIMIT, SOURCE

README = (SOURCE.parent / "README.md").read_text()
FILES = {name: text for text, name in re.findall(r"^```python\n(# (\w+\.py)\n.+?)^```$", README, re.M | re.S)}


@pytest.fixture
def run(folder, environment):
    """Runs the test of the README on an application; its status and output."""
    path = os.pathsep.join((str(Path(os.environ["NATS_SERVER"]).parent), environment["PATH"]))
    (folder / "tmp").mkdir()
    environment = {**environment, "PATH": path, "TMPDIR": str(folder / "tmp")}

    def run(app, seconds=10):
        (folder / "test_app.py").write_text(FILES["test_app.py"].replace("main(), 10)", f"main(), {seconds})"))
        (folder / "app.py").write_text(app)
        options = ["-p", "pytest_nats_credentials_bridge", "-p", "no:cacheprovider", "--basetemp", folder / "base"]
        result = subprocess.run(
            [sys.executable, "-m", "pytest", *options, "test_app.py"],
            cwd=folder, env=environment, capture_output=True, text=True, timeout=3 * LIMIT,
        )  # fmt: skip
        assert list((folder / "tmp").iterdir()) == []
        return result.returncode, result.stdout + result.stderr

    return run


def test_the_example_passes(run):
    status, output = run(FILES["app.py"])
    assert status == 0, output
    assert "1 passed" in output


def test_the_example_finds_an_application_that_acknowledges_nothing(run):
    status, output = run(FILES["app.py"].replace('b"received " + order.data', 'b"no"'))
    assert status == 1, output
    assert "b'no' == b'received three pears'" in output


def test_the_example_finds_a_deletion_that_is_not_enforced(run):
    # The application logs in with a credential that nobody deletes.
    app = FILES["app.py"].replace("user_credentials=creds", "user_credentials=creds.replace('app.', 'shop.')")
    status, output = run(app, seconds=2)
    assert status == 1, output
    assert "TimeoutError" in output
