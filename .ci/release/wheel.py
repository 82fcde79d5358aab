"""The package for Python: a wheel with the program, and an sdist, which says so where that wheel does not fit."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import venv
from pathlib import Path

from program import Program, run

# This one alone, because a wheel says which version has built it.
BUILDER = "hatchling==1.33.0"


def write_wheel(folder: Path, root: Path, program: Program, python: str | Path) -> None:
    """Writes both, by a Python that has the builder; neither holds any time but that of the release."""
    command = [python, "-m", "hatchling", "build", "-t", "sdist", "-t", "wheel", "-d", folder]
    environment = {**os.environ, "NATS_CREDENTIALS_BRIDGE_BINARY": str(program.path), "PYTHONDONTWRITEBYTECODE": "1"}
    result = subprocess.run(command, cwd=root / "clients/python", env=environment, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SystemExit(f"hatchling failed: {result.stdout}{result.stderr}")


def python_with_builder(root: Path) -> str | Path:
    """This Python, if it has the builder, whichever version; or one in .build, which gets BUILDER from PyPI."""
    if importlib.util.find_spec("hatchling"):
        return sys.executable
    folder = root / ".build" / BUILDER
    if not (folder / "bin/hatchling").exists():
        venv.create(folder, clear=True, with_pip=True)
        run(folder / "bin/pip", "install", "--quiet", "--disable-pip-version-check", BUILDER)
    return folder / "bin/python"
