"""`:checkhealth natscreds`."""

import os

import pytest

from bridge import PROGRAM
from nats_server import NATSServer


def report(editor):
    """All lines of the report, when it has come to its end."""
    editor.keys(":checkhealth natscreds<CR>")
    editor.shows("natscreds: the program nats-credentials-bridge")
    return "\n".join(line for line in editor.lines())


def test_all_is_well(here, editor):
    with NATSServer(here.state / "nats-server.conf", here.port):
        text = report(editor)
    assert f"found by the variable NATS_CREDENTIALS_BRIDGE: {PROGRAM}" in text
    assert "nats-credentials-bridge 0.1.0 answers, protocol 1" in text
    assert "nats-server: nats-credentials-bridge-" in text and "doctor ended with status 0: every check passed" in text
    assert "ERROR" not in text and "WARN" not in text


def test_what_doctor_finds_is_shown(editor):
    text = report(editor)
    assert "ERROR" in text and "Connection refused" in text and "doctor ended with status 1: not every check passed" in text


def test_the_program_is_missing(start):
    text = report(start(program=None, path="/usr/bin:/bin"))
    places = "the option program (not set), the variable NATS_CREDENTIALS_BRIDGE (not set), PATH (nats-credentials-bridge: not in PATH)"
    assert f"nats-credentials-bridge was not found. Looked at: {places}" in text
    assert "Build or install it" in text and "doctor" not in text


def test_the_program_is_found_by_path(start):
    text = report(start(program=None, path=f"{os.path.dirname(PROGRAM)}:/usr/bin:/bin"))
    assert f"found by PATH: {PROGRAM}" in text and "answers, protocol 1" in text


def test_the_option_wins_and_its_arguments_reach_doctor(here, start):
    editor = start(program="/nowhere")
    editor.setup(program=PROGRAM, region="local", args=["--state", str(here.folder / "elsewhere")])
    text = report(editor)
    assert f"found by the option program: {PROGRAM}" in text and f"{here.folder}/elsewhere" in text and "state: from --state" in text


@pytest.mark.parametrize(("kind", "said"), [("missing", "no such file"), ("plain", "not executable"), ("folder", "not a file")])
def test_a_place_that_is_named_and_wrong_is_not_passed_over(here, start, kind, said):
    path = here.folder / kind
    if kind == "plain":
        path.write_text("x")
    elif kind == "folder":
        path.mkdir()
    text = report(start(program=path))
    assert f"the variable NATS_CREDENTIALS_BRIDGE ({path}: {said}), PATH (not looked at)" in text


@pytest.mark.parametrize("content", ["#!/bin/sh\necho Hello\n", "#!/bin/sh\nexec cat\n", "#!/bin/sh\nexit 3\n", "#!/nowhere/sh\n"])
def test_a_program_that_is_not_ours(here, start, content):
    path = here.folder / "other"
    path.write_text(content)
    path.chmod(0o700)
    text = report(start(program=path))
    assert f"{path} is not nats-credentials-bridge" in text or f"{path} cannot be started: ENOENT" in text
    assert "doctor" not in text


def test_a_program_of_another_protocol(start, stand_in):
    assert "nats-credentials-bridge speaks protocol 9, this plugin 1" in report(start(program=stand_in("future")[0]))


@pytest.mark.parametrize("command", ["list", "accounts", "create app", "delete app", "info"])
def test_every_command_says_where_the_program_was_looked_for(start, command):
    editor = start(program=None, path="/usr/bin:/bin")
    editor.command(command)
    editor.says("PATH (nats-credentials-bridge: not in PATH)")
