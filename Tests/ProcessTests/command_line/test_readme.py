"""The README and the pages it leads to name everything there is, and their figures are the program's own. That they run is held by test_pages.py."""

import json
import os
import re
import subprocess

import pytest

from bridge import LIMIT, PROGRAM
from pages import FILES, ROOT, Page, paths
from process_tools import call, run

README = Page("README.md")
COMMAND_LINE = Page("Sources/nats-credentials-bridge/README.md")
LIMITS = Page("clients/limits.md")
METHODS = Page("schemas/README.md")


def test_both_commands_are_those_that_run_on_a_bare_debian():
    section = README.text.split("\n## Two commands\n")[1].split("\n## ")[0]
    first, second = re.search(r"^\$ (.*)$", section, re.M)[1], re.search(r"^```sh\n(.*)\n```$", section, re.M)[1]
    script = (ROOT / "Tests" / "bare-debian").read_text()
    assert f"\nthere {first}\n" in script and f'\nthere {second} "$@"\n' in script


def test_the_readme_is_three_screens():
    assert len(README.text.splitlines()) <= 160


def test_the_way_of_a_stranger_is_shown_whole():
    """What test_pages.py runs: the first command, each language, each kind of thing."""
    assert {block["language"] for block in README.blocks(*FILES)} == set(FILES)
    assert README.commands()[0] == "nats-credentials-bridge call credentials.create name=app save_to=app.creds"
    for word in ("python3", "node", "bash", "echo"):
        assert any(word in command for command in README.commands()), word
    commands = [command for path in paths() for command in Page(path).commands()]
    for word in ("nats-server", "credentials.delete", "credentials.stream", "cancelRequest", "doctor", "regoin"):
        assert any(word in command for command in commands), word


def test_the_tables_of_methods_and_errors_are_the_program_s(home):
    assert run(home, "schemas", "--write", str(home)).returncode == 0
    assert (home / "README.md").read_text() == METHODS.text
    assert len(re.findall(r"(?:^\|.*\n)+", METHODS.text, re.MULTILINE)) == 2


def test_the_limits_are_those_of_the_program(home):
    limits = json.loads(call(home, "bridge.info").stdout)["limits"]
    table = LIMITS.between("limits")
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \|", table, re.MULTILINE)
    assert {name: int(value) for name, value in rows} == limits
    assert len(rows) == len(table.splitlines()) - 2


def test_every_option_and_command_is_named(home):
    shown = run(home, "--help").stdout.decode()
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", shown))
    commands = set(re.findall(r"^  ([a-z]+)", shown.split("Commands:")[1].split("Methods of call")[0], re.MULTILINE))
    assert len(options) >= 9 and len(commands) >= 7
    for option in sorted(options):
        assert re.search(rf"`{option}[` ]", COMMAND_LINE.text), option
    for command in sorted(commands):
        assert f"\n| `{command}` |" in COMMAND_LINE.text, command


def test_every_exit_status_of_call_is_named(home):
    statuses = re.findall(r"^  (\d+) ", run(home, "--help").stdout.decode().split("Exit status of call:")[1], re.MULTILINE)
    section = COMMAND_LINE.text.split("\n## Exit statuses\n")[1].split("\n## ")[0]
    assert len(statuses) >= 9 and re.findall(r"^\| (\d+) \|", section, re.MULTILINE) == statuses


def test_every_method_and_its_params_are_named(home):
    methods = json.loads(run(home, "openrpc").stdout)["methods"]
    assert len(methods) >= 14
    for method in methods:
        for name in [method["name"], *(parameter["name"] for parameter in method["params"])]:
            assert f"`{name}`" in METHODS.text, name
    for name in ("$/progress", "$/cancelRequest", "region", "timeout_ms"):
        assert f"`{name}`" in Page("clients/protocol.md").text, name


@pytest.mark.parametrize("script", ["run", "benchmark", "delete", "scaleway", "growth", "clients"])
def test_every_script_of_the_tests_is_named(script):
    if script == "run":
        assert "Tests/run" in {word for block in README.blocks("sh") for word in block["text"].split()}
    else:
        assert (f"Tests/Benchmarks/{script}.py", "") in Page("Tests/Benchmarks/README.md").links()


def test_the_page_of_the_tests_names_every_part_and_every_folder():
    page = Page("Tests/README.md").text
    parts = re.search(r"^parts=\((.*)\)$", (ROOT / "Tests" / "run").read_text(), re.MULTILINE)[1].split()
    folders = [path.name for path in (ROOT / "Tests").iterdir() if path.is_dir() and path.name not in ("Pictures", "__pycache__")]
    assert len(parts) >= 7 and len(folders) >= 12
    for name in [*parts, *folders]:
        assert f"`{name}`" in page, name


def test_completions_and_manual_page_stand_where_the_page_puts_them(home):
    """In an empty home."""
    (home / "bin").mkdir()
    (home / "bin" / "nats-credentials-bridge").symlink_to(PROGRAM)
    environment = {"HOME": str(home), "PATH": os.pathsep.join([str(home / "bin"), os.environ["PATH"]])}
    block = next(block["text"] for block in COMMAND_LINE.blocks("sh") if "completion bash" in block["text"])
    asks = ["source ~/.bashrc && complete -p nats-credentials-bridge", "head -n 1 ~/.zfunc/_nats-credentials-bridge"]
    asks += ["fish -n ~/.config/fish/completions/nats-credentials-bridge.fish", "man -l ~/.local/share/man/man1/nats-credentials-bridge.1"]
    for command in [block, *asks]:
        result = subprocess.run(["bash", "-ec", command], env=environment, cwd=home, capture_output=True, text=True, timeout=LIMIT)
        assert (result.returncode, result.stderr) == (0, ""), command
        if command == asks[1]:
            assert result.stdout == "#compdef nats-credentials-bridge\n"
