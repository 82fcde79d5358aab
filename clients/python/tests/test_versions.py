"""The library on the oldest and the newest Python at hand: its own tests, run there by a pytest of theirs.

Python is looked for with pyenv and in PATH. A version that runs this very test needs no other run. With
BRIDGE_TEST_VENVS set, the environments with pytest are kept in that folder for the next time.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import SOURCE

OLDEST = (3, 9)
TESTS = Path(__file__).parent
# Without what needs more packages than pytest, what asks the same of every Python, and this file.
NOT_THERE = {"test_green", "test_style", "test_typing", "test_wheel", "test_in_your_tests", "test_versions"}
PYTEST = "pytest>=8,<10"
INSTALL_SECONDS = 120
RUN_SECONDS = 300


def output(*command):
    """What a command prints; nothing if it fails."""
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return result.stdout if result.returncode == 0 else ""


def pythons():
    """Every Python at hand that is new enough and can make environments, by its version; this one among them."""
    root = output("pyenv", "root").strip()
    commands = [f"{root}/versions/{name}/bin/python" for name in output("pyenv", "versions", "--bare").split() if root]
    commands += filter(None, (shutil.which(f"python3.{minor}") for minor in range(OLDEST[1], 40)))
    found = {}
    for command in commands:
        text = output(command, "-c", "import sys, venv, ensurepip; print(*sys.version_info)")
        match = re.fullmatch(r"(\d+) (\d+) (\d+) final 0\n", text)
        if match and (version := tuple(map(int, match.groups()))) >= OLDEST:
            found.setdefault(version, command)
    return {**found, sys.version_info[:3]: sys.executable}


def environment_of(python, version, folder):
    """The Python of an environment that has pytest; made if it is not in the folder yet."""
    place = folder / f"python-{version}"
    inside, done = place / "bin" / "python", place / "has pytest"
    if not done.exists():
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        install = [inside, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PYTEST]
        for command in ([python, "-m", "venv", "--clear", place], install):
            result = subprocess.run(command, env=clean, capture_output=True, text=True, timeout=INSTALL_SECONDS)
            assert result.returncode == 0, f"no pytest for Python {version}:\n{result.stdout}{result.stderr}"
        done.touch()
    return inside


@pytest.mark.parametrize("end", [min, max], ids=["oldest", "newest"])
def test_the_tests_pass_on(end, tmp_path, record_property):
    found = pythons()
    version = end(found)
    word, name = {min: "oldest", max: "newest"}[end], ".".join(map(str, version))
    if version[:2] == sys.version_info[:2]:
        # This very run tests it.
        record_property("told", f"The {word} Python at hand is this one: {name}")
        return
    kept = os.environ.get("BRIDGE_TEST_VENVS")
    python = environment_of(found[version], name, Path(kept) if kept else tmp_path)
    files = sorted(path for path in TESTS.glob("test_*.py") if path.stem not in NOT_THERE)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON"))}
    options = ["-q", "-m", "not long", "-p", "no:cacheprovider", "-c", SOURCE.parent / "pyproject.toml"]
    result = subprocess.run(
        [python, "-B", "-m", "pytest", *options, *files],
        env=clean, cwd=tmp_path, capture_output=True, text=True, timeout=RUN_SECONDS,
    )  # fmt: skip
    assert result.returncode == 0, f"Python {name}:\n{result.stdout}{result.stderr}"
    summary = re.search(r"(\d+) passed.*", result.stdout)
    assert summary
    assert int(summary[1]) > 100
    record_property("told", f"The {word} Python at hand, {name}: {summary[0]}")
