"""clients/tasks.md: every task is there in each of the four ways, and does what it says where the page cannot show it: with a list of many pages,
and with a nats-server that does not listen. That its programs run, twice, and print what is shown is held by test_pages.py."""

import re
import subprocess

import pytest

from bridge import LIMIT, PROGRAM
from large_store import fill_store
from live_clients import paused
from nats_server import NATSServer
from pages import NAME, Page, install_libraries, save, steps, strangers_environment
from process_tools import state_folder
from revoking import Home, create

PAGE = Page("clients/tasks.md")
SECTIONS = PAGE.text.split("\n## ")[1:]
WAYS = {"python": "python3", "js": "node", "bash": "bash"}
ROWS = 1000


@pytest.fixture
def stranger(home, port):
    """A folder with every program of the page, and what runs a command there."""
    folder = home / "work"
    folder.mkdir()
    install_libraries(folder)
    for block in PAGE.blocks(*WAYS):
        save(block, folder)
    environment = {**strangers_environment(home, port), "SCW_DEFAULT_REGION": "local"}
    # Where tests look for a store.
    environment["XDG_STATE_HOME"] = str(home / "state")

    def run(*command):
        result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=LIMIT)
        assert result.returncode == 0, result.stderr
        return result.stdout

    return run


def named(task):
    """The programs of a task, one in each language, with what runs them."""
    (section,) = [section for section in SECTIONS if f"# {task}." in section]
    found = re.findall(r"^```(\w+)\n(?:#|//) (\w+\.\w+)$", section, re.MULTILINE)
    assert [language for language, _ in found] == list(WAYS)
    return [(WAYS[language], name) for language, name in found]


def test_there_are_five_tasks_each_in_four_ways():
    assert len(SECTIONS) == 5
    for section in SECTIONS:
        commands = [command for block in re.findall(r"^```console\n(.*?)^```$", section, re.M | re.S) for command, _ in steps(block)]
        for language, program in WAYS.items():
            (name,) = [NAME.match(block[1])[1] for block in re.finditer(rf"^```{language}\n(.*?)^```$", section, re.M | re.S)]
            assert any(f"{program} {name}" in command for command in commands), name
        assert any("nats-credentials-bridge call" in command and not command.startswith(("id=", "new()")) for command in commands)


def test_a_list_of_many_pages_is_read_to_its_end(home, port, stranger):
    here = Home(home, port)
    with here.bridge() as bridge:
        account = bridge.result("accounts.create", {"name": "full"})
        assert bridge.end()[0] == 0
    fill_store(state_folder(home) / "store.db", account["id"], account["project_id"], ROWS)
    wanted = sorted(f"credential {index} {account['id']}" for index in range(ROWS))
    for way in named("all"):
        assert sorted(stranger(*way).splitlines()) == wanted, way
    for way in named("newest"):
        assert stranger(*way).splitlines()[0] == f"10 of {ROWS}", way
    command = [PROGRAM, "call", "credentials.list", "--all", "order_by=name_asc"]
    assert len(stranger(*command).splitlines()) == ROWS


def test_a_server_that_does_not_listen_is_told_apart(home, port, stranger):
    here = Home(home, port)
    with here.bridge() as bridge:
        made = [create(bridge, "app")[0] for _ in WAYS]
        assert bridge.end()[0] == 0
    with NATSServer(here.state / "nats-server.conf", port) as server, paused(server):
        for way, id in zip(named("delete"), made):
            assert stranger(*way, id) == "deleted, but not yet cut off\n", way
