"""The manual page: clean for both of the programs that show one, and complete."""

import json
import os
import re
import subprocess

import pytest

from bridge import LIMIT, clean_environment
from documents import COMMANDS, COMMITTED, METHODS, OPTIONS
from pages import Page, paths
from process_tools import run

# Every page about the program; those of the libraries have variables of their own.
VARIABLES = [path for path in paths() if not re.match(r"clients/.*/", path)]


@pytest.fixture
def page(home):
    file = home / "nats-credentials-bridge.1"
    file.write_bytes(run(home, "manual").stdout)
    return file


def shown(page, *command):
    environment = {**clean_environment(page.parent), "LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"], "MANWIDTH": "150"}
    result = subprocess.run([*command, page], env=environment, capture_output=True, text=True, timeout=LIMIT)
    assert (result.returncode, result.stderr) == (0, "")
    return re.sub(".\b", "", result.stdout)


def test_mandoc_finds_nothing_to_say(page):
    assert shown(page, "mandoc", "-T", "lint", "-W", "all") == ""


def test_man_shows_it_without_a_warning(page):
    text = shown(page, "man", "--warnings", "-l")
    for heading in ("NAME", "SYNOPSIS", "METHODS", "ENVIRONMENT", "EXIT STATUS", "EXAMPLES", "ERROR KINDS"):
        assert f"\n{heading}\n" in text


@pytest.mark.parametrize("viewer", [["man", "-l"], ["mandoc", "-T", "utf8"]], ids=" ".join)
def test_every_command_option_method_parameter_and_error_is_in_it(page, viewer):
    text = shown(page, *viewer)
    words = set(re.split(r"[\s,]+", text))
    for name in (*COMMANDS, *OPTIONS, "--all", "--forget-server", "--resolve", "--mirror", "--write", *METHODS, "SCW_SECRET_KEY", "NATS_URL"):
        assert name in words, name
    for method in METHODS:
        params = json.loads((COMMITTED / f"{method}.json").read_text())["properties"]["params"]
        for name in params["properties"]:
            assert name in words, name
    for line in (COMMITTED / "README.md").read_text().splitlines():
        if kind := re.match(r"\| (-?\d+) \| `(\w+)`", line):
            assert {kind[1], kind[2]} <= words, line


def test_what_a_shell_would_take_apart_is_shown_as_it_is_typed(page):
    example = """echo '{"jsonrpc":"2.0","id":1,"method":"bridge.ping"}' | nats-credentials-bridge"""
    assert example in shown(page, "man", "-l") and example in shown(page, "mandoc", "-T", "ascii")


def test_the_variables_are_those_of_the_pages(page):
    text = "".join(Page(path).text for path in VARIABLES)
    named = set(re.findall(r"`\$?((?:SCW|NATS|XDG|SSL|HTTPS|ALL|NO)_[A-Z_]+)[`/]", text)) - {"NATS_CREDENTIALS_BRIDGE"}
    section = shown(page, "man", "-l").split("\nENVIRONMENT\n")[1].split("\nFILES\n")[0]
    assert set(re.findall(r"\b[A-Z]+_[A-Z_]+\b", section)) == named
