"""What a sanitizer reports of the program fails the test in which it came, though the test itself passes."""

import os
import subprocess
import sys

import pytest

from bridge import LIMIT
from pages import ROOT

TESTS = """
import os
import pytest

def report(options):
    path = dict(pair.split("=") for pair in os.environ[options].split(":"))["log_path"]
    open(path + ".17", "w").write("WARNING: data race")

@pytest.mark.parametrize("options", [os.environ["OPTIONS"]])
def test_reports(options):
    report(options)

def test_reports_nothing():
    pass

@pytest.mark.measures("memory")
def test_measures():
    pass
"""


@pytest.mark.parametrize("sanitizer, options", [("thread", "TSAN_OPTIONS"), ("address", "ASAN_OPTIONS")])
def test_a_report_fails_the_test_and_what_measures_is_left_out_by_name(tmp_path, sanitizer, options):
    (tmp_path / "test_some.py").write_text(TESTS)
    environment = {
        **os.environ, "SANITIZER": sanitizer, "SANITIZER_REPORTS": str(tmp_path), "OPTIONS": options,
        "PYTHONPATH": str(ROOT / "Tests/ProcessTests/support"),
    }  # fmt: skip
    environment.pop("PYTEST_XDIST_WORKER", None)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "sanitizer", "-rs", "-q", "--rootdir", tmp_path, tmp_path]
    result = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=LIMIT)
    assert result.returncode == 1, result.stdout
    assert f"the {sanitizer} sanitizer reports:\nWARNING: data race" in result.stdout
    assert "2 passed, 1 skipped, 1 error" in result.stdout and f"measures memory, and the {sanitizer} sanitizer adds to it" in result.stdout
