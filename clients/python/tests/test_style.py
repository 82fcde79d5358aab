"""The source: of Python 3.9, without dependencies, in small modules, and clean."""

import ast
import subprocess
import sys

import pytest
from conftest import SOURCE

MODULES = sorted((SOURCE / "nats_credentials_bridge").glob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_is_of_python_3_9_and_of_the_standard_library(path):
    tree = ast.parse(path.read_text(), feature_version=(3, 9))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert all(alias.name.split(".")[0] in sys.stdlib_module_names for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level or node.module.split(".")[0] in sys.stdlib_module_names
    if path.stem != "_generated":
        assert len(path.read_text().splitlines()) <= 225


def test_every_public_name_has_a_docstring():
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            is_public = isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and node.name[0] != "_"
            if is_public and not path.stem.endswith("_version"):
                assert ast.get_docstring(node), f"{path.name}: {node.name}"


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=["check", "format"])
def test_ruff(command):
    result = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--no-cache", SOURCE.parent],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 0, result.stdout
