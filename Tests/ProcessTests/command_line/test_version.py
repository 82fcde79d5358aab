"""The version is in one place, BridgeVersion.swift; every other place that names it says the same."""

import json
import re

import pytest

from pages import ROOT
from process_tools import call, run

SOURCE = (ROOT / "Sources" / "Bridge" / "BridgeVersion.swift").read_text()
VERSION = re.search(r'static let text = "(\d+\.\d+\.\d+)"', SOURCE)[1]


def test_the_program_says_it(home):
    assert run(home, "--version").stdout.decode().split()[-1] == VERSION
    assert json.loads(call(home, "bridge.info").stdout)["version"] == VERSION
    assert json.loads(call(home, "rpc.discover").stdout)["info"]["version"] == VERSION


def test_the_python_package_has_it():
    text = (ROOT / "clients" / "python" / "src" / "nats_credentials_bridge" / "_version.py").read_text()
    assert re.findall(r'^__version__ = "(.+)"$', text, re.MULTILINE) == [VERSION]
    project = (ROOT / "clients" / "python" / "pyproject.toml").read_text()
    section = project.split("[project]")[1].split("\n[")[0]
    assert re.search(r'^dynamic = \[.*"version"', section, re.MULTILINE) and not re.search(r"^version = ", section, re.MULTILINE)


def test_the_node_packages_have_it():
    package = json.loads((ROOT / "clients" / "node" / "package.json").read_text())
    assert package["version"] == VERSION
    assert len(package["optionalDependencies"]) == 4 and set(package["optionalDependencies"].values()) == {VERSION}


def test_the_library_for_bash_begins_with_it():
    assert (ROOT / "clients" / "shell" / "natscreds.sh").read_text().splitlines()[1].startswith(f"# natscreds.sh {VERSION} ")


def test_the_extension_for_neovim_has_it():
    extension = ROOT / "clients" / "editors" / "neovim"
    assert re.findall(r'version = "(.+?)"', (extension / "lua" / "natscreds" / "init.lua").read_text()) == [VERSION]
    assert f"\nVersion: {VERSION}\n" in (extension / "doc" / "natscreds.txt").read_text()


def test_the_examples_in_the_schemas_have_it():
    found = [version for path in (ROOT / "schemas").glob("*.json") for version in re.findall(r'"version": "(.*?)"', path.read_text())]
    assert len(found) >= 5 and set(found) == {VERSION}


@pytest.mark.parametrize("folder", [".github", "clients/node", "clients/python"])
def test_the_changes_begin_with_it(folder):
    changes = (ROOT / folder / "CHANGELOG.md").read_text()
    assert re.findall(r"^## (\S+),", changes, re.MULTILINE)[0] == VERSION
