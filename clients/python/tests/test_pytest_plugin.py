"""The fixtures for pytest, in runs of pytest of their own."""

import os
import re
import subprocess
import sys
import textwrap

import pytest
from conftest import LIMIT

NATS_SERVER = os.environ["NATS_SERVER"]

# Of what a test prints with `told` the run that is under test is judged.
TESTS = """
import socket, sys

def told(*words): print("told:", *words)

def test_neither():
    told("imported:", "nats_credentials_bridge" in sys.modules)

def test_bridge(nats_credentials_bridge):
    made = nats_credentials_bridge.credentials.create(name="app")
    told("rows:", len(list(nats_credentials_bridge.credentials.list())))

def test_both(nats_server, nats_credentials_bridge):
    made = nats_credentials_bridge.credentials.create(name="app")
    told("rows:", len(list(nats_credentials_bridge.credentials.list())))
    account = nats_credentials_bridge.accounts.get(nats_account_id=made.nats_account_id)
    told("same:", account.endpoint == nats_server.url, nats_server.log.read_text().count("Server is ready"))
    told("folder:", nats_credentials_bridge.folder)
    host, port = nats_server.url[len("nats://"):].split(":")
    with socket.create_connection((host, int(port)), 5) as connection:
        assert connection.recv(5) == b"INFO "

class TestServer:
    def test_alone(self, nats_server): told("url:", nats_server.url)
"""


@pytest.fixture
def run(folder, environment):
    """Runs pytest on tests, in a folder that is empty again afterwards; its status, what was told, and all output."""
    (folder / "tests").mkdir()
    (folder / "tmp").mkdir()
    environment = {**environment, "TMPDIR": str(folder / "tmp")}

    def run(*arguments, tests=TESTS, ini="", **more):
        (folder / "tests" / "test_it.py").write_text(textwrap.dedent(tests))
        (folder / "tests" / "pytest.ini").write_text(f"[pytest]\n{ini}\n")
        plugins = ("pytest_nats_credentials_bridge", "no:cacheprovider", "no:anyio", "no:asyncio")
        result = subprocess.run(
            [sys.executable, "-m", "pytest", "-s", "-W", "error", *(f"-p{plugin}" for plugin in plugins), *arguments],
            cwd=folder / "tests", env={**environment, **more}, capture_output=True, text=True, timeout=3 * LIMIT,
        )  # fmt: skip
        assert list((folder / "tmp").iterdir()) == []
        return result.returncode, re.findall(r"told: (.+)", result.stdout), result.stdout + result.stderr

    return run


def test_each_test_has_a_bridge_of_its_own_and_the_server_trusts_it(run):
    status, told, output = run(f"--nats-server-exec={NATS_SERVER}")
    assert status == 0, output
    assert told[:4] == ["imported: False", "rows: 1", "rows: 1", "same: True 1"]
    assert "4 passed" in output


def test_in_a_wider_scope_tests_share_one(run):
    ini = f"nats_credentials_bridge_scope = session\nnats_server_exec = {NATS_SERVER}"
    status, told, output = run(ini=ini)
    assert status == 0, output
    assert told[:4] == ["imported: False", "rows: 1", "rows: 2", "same: True 1"]


def test_a_scope_that_there_is_not_is_refused(run):
    status, _, output = run(ini="nats_credentials_bridge_scope = galaxy")
    assert status != 0
    assert "nats_credentials_bridge_scope: 'galaxy' is none of function, class, module, package, session" in output


def test_only_who_asks_for_a_nats_server_needs_one(run, folder):
    (folder / "nats-server").symlink_to("/bin/false")
    more = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    status, _, output = run("-k", "neither or bridge", **more)
    assert status == 0, output
    status, _, output = run("-k", "both", **more)
    assert status == 1
    assert "NatsServerError: nats-server ended before it listened" in output
    status, _, output = run("-k", "alone", "--nats-server-exec=/no/such")
    assert status == 1
    assert "NatsServerError: there is no program /no/such there that can be run; install nats-server" in output


def test_a_server_that_is_asked_for_too_late_is_told_how_to_ask(run):
    status, _, output = run(
        tests="""
            def test_late(request, nats_credentials_bridge):
                request.getfixturevalue("nats_server")
        """
    )
    assert status == 1
    assert "nats_server is wanted after nats_credentials_bridge was made: name it among" in output


def test_pytest_lists_the_fixtures_with_what_they_are(run):
    status, _, output = run("--fixtures")
    assert status == 0, output
    assert re.search(r"^nats_credentials_bridge .*\n +A Bridge on the region local", output, re.M), output
    assert re.search(r"^nats_server .*\n +A nats-server on a free port of loopback", output, re.M), output
