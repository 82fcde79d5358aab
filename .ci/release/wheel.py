"""The package for Python: a wheel with the program, and an sdist, which says so where that wheel does not fit."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import venv
from pathlib import Path

from program import Program, run

BUILDER = "hatchling>=1.25,<2"


def write_wheel(folder: Path, root: Path, program: Program) -> None:
    """Writes both; neither holds any time but that of the release."""
    command = [python(root), "-m", "hatchling", "build", "-t", "sdist", "-t", "wheel", "-d", folder]
    environment = {**os.environ, "NATS_CREDENTIALS_BRIDGE_BINARY": str(program.path), "PYTHONDONTWRITEBYTECODE": "1"}
    result = subprocess.run(command, cwd=root / "clients/python", env=environment, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SystemExit(f"hatchling failed: {result.stdout}{result.stderr}")


def python(root: Path) -> str | Path:
    """One that has the builder: this one, or one in .build, which gets it."""
    if importlib.util.find_spec("hatchling"):
        return sys.executable
    folder = root / ".build/hatchling"
    if not (folder / "bin/hatchling").exists():
        venv.create(folder, clear=True, with_pip=True)
        run(folder / "bin/pip", "install", "--quiet", "--disable-pip-version-check", BUILDER)
    return folder / "bin/python"
