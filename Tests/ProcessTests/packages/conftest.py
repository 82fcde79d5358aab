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


def package(folder, zone, umask):
    environment = {**os.environ, "SOURCE_DATE_EPOCH": TIME, "TZ": zone}
    command = [sys.executable, ROOT / ".ci/package", "--out", folder, "--program", PROGRAM]
    return subprocess.Popen(command, env=environment, umask=umask, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@pytest.fixture(scope="session")
def twice(tmp_path_factory, worker_id):
    """Two folders with the files of a release, from two runs on the same sources, in another zone of time and with another umask. They are made
    once for all workers."""
    base = tmp_path_factory.getbasetemp()
    base = base if worker_id == "master" else base.parent
    folders = [base / "packages" / name for name in ("first", "second")]
    with (base / "packages.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = base / "packages.made"
        if not made.exists():
            runs = [package(folders[0], "UTC", 0o022), package(folders[1], "AHEAD-14", 0o077)]
            try:
                for run in runs:
                    said, _ = run.communicate(timeout=LIMIT)
                    assert run.returncode == 0, said
            finally:
                for run in runs:
                    run.kill()
                    run.wait()
            made.touch()
    return folders


@pytest.fixture(scope="session")
def packages(twice):
    return twice[0]


@pytest.fixture(scope="session")
def version():
    return subprocess.run([PROGRAM, "--version"], capture_output=True, check=True, text=True).stdout.split()[-1]
