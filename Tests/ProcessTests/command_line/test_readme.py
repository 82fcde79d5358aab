"""The README says what is so: everything it shows runs as it stands and prints what is shown, its tables are the program's own, and
nothing is left unnamed."""

import contextlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bridge import LIMIT, PROGRAM, clean_environment
from nats_server import NATS_SERVER, Port
from process_tools import call, run
from terminal import Terminal

ROOT = Path(__file__).resolve().parents[3]
README = (ROOT / "README.md").read_text()
FENCE = re.compile(r"^```(?P<language>\w+) ?(?P<where>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = ("python", "js", "bash")


def blocks(*languages):
    return [block for block in FENCE.finditer(README) if block["language"] in languages]


def between(marker):
    return re.search(rf"^<!-- {marker} -->\n(.*?)\n<!-- end of {marker} -->$", README, re.MULTILINE | re.DOTALL)[1]


def steps(text):
    """The commands of a console block, each with the lines it prints; lines before the first have None for a command."""
    found, lines = [], iter(text.splitlines())
    for line in lines:
        if line.startswith("$ "):
            command = line[2:]
            while command.endswith("\\"):
                command = command[:-1] + next(lines)
            found.append((command.replace("swift run nats-credentials-bridge", "nats-credentials-bridge"), []))
        else:
            if not found:
                found.append((None, []))
            found[-1][1].append(line)
    return found


def strangers_environment(home, port):
    """An empty home, and on the path the built program, nats-server and a Python with nats-py."""
    (home / "bin").mkdir()
    (home / "bin" / "nats-credentials-bridge").symlink_to(PROGRAM)
    path = [str(home / "bin"), str(Path(sys.executable).parent), str(Path(NATS_SERVER).parent), os.environ["PATH"]]
    environment = clean_environment(home, {"PATH": os.pathsep.join(path), "NATS_URL": port.url})
    return {name: value for name, value in environment.items() if not name.startswith("XDG_")}


def save(block, folder):
    """A file's text; its name stands in its first line."""
    name = re.match(r"(?:#|//) ([a-z]+\.[a-z]+)\n", block["text"])[1]
    (folder / name).write_text(block["text"])


def test_everything_shown_runs_as_it_stands(home):
    folder, terminals = home / "work", {}
    folder.mkdir()
    with Port() as port, contextlib.ExitStack() as open_terminals:
        environment = strangers_environment(home, port)
        for block in blocks("console", *FILES):
            if block["language"] in FILES:
                save(block, folder)
                continue
            where = block["where"]
            if where not in terminals:
                terminals[where] = open_terminals.enter_context(Terminal(folder, environment))
            for command, shown in steps(block["text"]):
                follow(terminals[where], command, shown, goes_on=where != "")


def follow(terminal, command, shown, goes_on):
    if command is None:
        terminal.start("", shown)
    elif goes_on:
        terminal.start(command, shown)
    else:
        terminal.run(command, shown)


def test_both_commands_are_those_that_run_on_a_bare_debian():
    section = README.split("\n## Two commands\n")[1].split("\n## ")[0]
    first, second = re.search(r"^\$ (.*)$", section, re.M)[1], re.search(r"^```sh\n(.*)\n```$", section, re.M)[1]
    script = (ROOT / "Tests" / "bare-debian").read_text()
    assert f"\nthere {first}\n" in script and f'\nthere {second} "$@"\n' in script


def test_the_way_of_a_stranger_is_shown_whole():
    """What the test above runs: the first command, each language, each kind of thing."""
    assert {block["language"] for block in blocks(*FILES)} == set(FILES)
    commands = [command for block in blocks("console") for command, _ in steps(block["text"]) if command]
    assert commands[0] == "nats-credentials-bridge call credentials.create name=app save_to=app.creds"
    for word in ("python3", "node", "bash", "nats-server", "credentials.delete", "credentials.stream", "cancelRequest", "echo", "doctor"):
        assert any(word in command for command in commands), word
    assert all(shown for block in blocks("console") for command, shown in steps(block["text"]) if command is None)


@pytest.mark.parametrize("marker", ["methods", "errors"])
def test_a_generated_table_is_the_program_s(marker, home):
    assert run(home, "schemas", "--write", str(home)).returncode == 0
    page = (home / "README.md").read_text()
    tables = re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE)
    assert len(tables) == 2
    assert between(marker) + "\n" == tables[["methods", "errors"].index(marker)]


def test_the_limits_are_those_of_the_program(home):
    limits = json.loads(call(home, "bridge.info").stdout)["limits"]
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \|", between("limits"), re.MULTILINE)
    assert {name: int(value) for name, value in rows} == limits
    assert len(rows) == len(between("limits").splitlines()) - 2


def test_every_option_and_command_is_named(home):
    shown = run(home, "--help").stdout.decode()
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", shown))
    commands = set(re.findall(r"^  ([a-z]+)", shown.split("Commands:")[1].split("Options:")[0], re.MULTILINE))
    assert len(options) >= 9 and len(commands) >= 7
    for option in sorted(options):
        assert re.search(rf"`{option}[` ]", README), option
    for command in sorted(commands):
        assert f"`{command}`" in README, command


def test_every_method_and_its_params_are_named(home):
    methods = json.loads(run(home, "openrpc").stdout)["methods"]
    assert len(methods) >= 14
    for method in methods:
        for name in [method["name"], *(parameter["name"] for parameter in method["params"])]:
            assert f"`{name}`" in README, name
    for name in ("$/progress", "$/cancelRequest"):
        assert f"`{name}`" in README, name


def test_every_place_it_points_to_exists():
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", README) if not link.startswith("https://")]
    named = [word for block in blocks("sh") for word in block["text"].split() if word.startswith("Tests/")]
    assert {"Tests/run", "Tests/Benchmarks/benchmark.py", "Tests/Benchmarks/delete.py"} <= {*links, *named}
    headings = {re.sub(r"[^a-z0-9]+", "-", line.lower()) for line in re.findall(r"^#+ (.*)$", README, re.M)}
    for place in [*links, *named]:
        assert place[1:] in headings if place.startswith("#") else (ROOT / place).exists(), place


def test_completions_and_manual_page_stand_where_the_readme_puts_them(home):
    """In an empty home."""
    (home / "bin").mkdir()
    (home / "bin" / "nats-credentials-bridge").symlink_to(PROGRAM)
    environment = {"HOME": str(home), "PATH": os.pathsep.join([str(home / "bin"), os.environ["PATH"]])}
    block = next(block["text"] for block in blocks("sh") if "completion bash" in block["text"])
    asks = ["source ~/.bashrc && complete -p nats-credentials-bridge", "head -n 1 ~/.zfunc/_nats-credentials-bridge"]
    asks += ["fish -n ~/.config/fish/completions/nats-credentials-bridge.fish", "man -l ~/.local/share/man/man1/nats-credentials-bridge.1"]
    for command in [block, *asks]:
        result = subprocess.run(["bash", "-ec", command], env=environment, cwd=home, capture_output=True, text=True, timeout=LIMIT)
        assert (result.returncode, result.stderr) == (0, ""), command
        if command == asks[1]:
            assert result.stdout == "#compdef nats-credentials-bridge\n"
