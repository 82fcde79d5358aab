"""A line of progress on stderr where somebody looks and has waited for a second; it is gone at the end, and nowhere else is one."""

import re
import time

import pexpect
import pytest

from bridge import LIMIT, PROGRAM, clean_environment
from on_terminal import PERSON, run_on_terminal
from process_tools import call

ERASED = "\r\x1b[K"
LIST = ("credentials.list", "--all", "page_size=1")


@pytest.fixture
def slow(service, account_id):
    """A service that takes most of a second for each answer, and has three credentials."""
    for name in ("one", "two", "three"):
        service.add_credentials(account_id, name)
    service.lag = 0.7
    return service


def test_whoever_waits_sees_how_far_a_list_has_come(home, slow):
    seen = run_on_terminal(home, "call", *LIST, env=slow.environment, looked_at=["stderr"])
    assert seen.status == 0 and seen.stdout.count("\n") == 3
    assert re.search(r"\rcredentials\.list: [12] of 3 rows, \d+ s\x1b", seen.stderr) and seen.stderr.endswith(ERASED)
    # The cursor stands where the line begins, so that whatever comes covers it.
    drawn = seen.stderr.removesuffix(ERASED).split("\x1b[K\r")
    assert drawn[-1] == "" and all(re.fullmatch(r"\r[ -~]{1,50}", line) for line in drawn[:-1])


def test_before_an_error_it_is_gone(home, slow):
    slow.lag = 9
    seen = run_on_terminal(home, "call", "credentials.list", "timeout_ms=1500", env=slow.environment)
    assert seen.status == 6 and seen.stdout == ""
    drawn, error = seen.stderr.split(ERASED)
    assert re.search(r"\rcredentials\.list, \d s\x1b", drawn) and error.startswith("nats-credentials-bridge: timeout: ")


NOBODY = [({"TERM": "dumb"}, ["stderr"]), ({"TERM": ""}, ["stderr"]), ({}, ["stdout"]), ({}, [])]


@pytest.mark.parametrize("environment, looked_at", NOBODY, ids=["a dumb terminal", "no name of the terminal", "only stdout", "pipes"])
def test_where_nobody_looks_there_is_none(home, slow, environment, looked_at):
    seen = run_on_terminal(home, "call", *LIST, env={**slow.environment, **environment}, looked_at=looked_at)
    assert (seen.status, seen.stderr) == (0, "")


@pytest.mark.parametrize("job, is_drawn", [("", True), (" &", False)], ids=["in the foreground", "in the background"])
def test_a_job_in_the_background_leaves_the_terminal_to_others(home, slow, job, is_drawn):
    environment = clean_environment(home, {**PERSON, **slow.environment, "BRIDGE": PROGRAM})
    with pexpect.spawn("bash", ["--norc", "-m"], env=environment, encoding="utf-8", timeout=LIMIT, dimensions=(24, 200)) as shell:
        shell.sendline(f"$BRIDGE call {' '.join(LIST)} >{home}/rows{job}")
        shell.sendline("wait; echo it has $((1))ended; exit")
        shell.expect("it has 1ended")
        assert ("of 3 rows, " in shell.before) == is_drawn
    assert (home / "rows").read_text().count("\n") == 3


def test_what_is_quick_has_none(home, slow):
    slow.lag, begun = 0, time.monotonic()
    seen = run_on_terminal(home, "call", *LIST, env=slow.environment, looked_at=["stderr"])
    # On a machine that is busy enough nothing is quick.
    assert seen.status == 0 and (seen.stderr == "" or time.monotonic() - begun >= 1)
    assert call(home, *LIST, env=slow.environment).stdout.decode() == seen.stdout
