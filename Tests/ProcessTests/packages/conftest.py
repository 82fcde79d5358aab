import fcntl
import os
import subprocess
import sys

import pytest

from bridge import PROGRAM
from pages import ROOT

LIMIT = 600
# A time of its own, so that no test asks git, which a machine with the files alone lacks.
TIME = "1700000000"


def package(folder):
    environment = {**os.environ, "SOURCE_DATE_EPOCH": TIME}
    command = [sys.executable, ROOT / ".ci/package", "--out", folder, "--program", PROGRAM]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@pytest.fixture(scope="session")
def twice(tmp_path_factory, worker_id):
    """Two folders with the files of a release, from two runs on the same sources. They are made once for all workers."""
    base = tmp_path_factory.getbasetemp()
    base = base if worker_id == "master" else base.parent
    folders = [base / "packages" / name for name in ("first", "second")]
    with (base / "packages.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folders[0].exists():
            runs = [package(folder) for folder in folders]
            for run in runs:
                said, _ = run.communicate(timeout=LIMIT)
                assert run.returncode == 0, said
    return folders


@pytest.fixture(scope="session")
def packages(twice):
    return twice[0]


@pytest.fixture(scope="session")
def version():
    return subprocess.run([PROGRAM, "--version"], capture_output=True, check=True, text=True).stdout.split()[-1]
