"""The picture of the tour with a real nats-server: its own commands in three terminals, and what they printed."""

import contextlib
import subprocess
import tempfile
from pathlib import Path

from interactive_bash import TYPING, InteractiveBash
from nats_server import NATS_SERVER, Port
from pages import FILES, Page, save, steps, strangers_environment
from picture import picture
from screen import cut, lines

PAGE = Page("Sources/LocalBackend/README.md")
HEADING = "## Two minutes with a real nats-server\n"
# The widest command of the tour goes on one line.
COLUMNS = 112
# By the page's word for each: its label, and how many lines it has room for. What nats-server says before it is ready is long.
TERMINALS = {"": ("Terminal 1", 30), "server": ("Terminal 2", 12), "watch": ("Terminal 3", 30)}


def tour():
    """The text of the SVG."""
    with tempfile.TemporaryDirectory() as folder, Port() as port, contextlib.ExitStack() as open_terminals:
        home = Path(folder).resolve()
        environment = strangers_environment(home, port)

        def opened():
            return open_terminals.enter_context(InteractiveBash(home, environment, COLUMNS))

        terminals = {where: opened() for where in TERMINALS}
        follow(terminals, tour_blocks(), home)
        # What the refusal of the last command is on the server's side; the others wait for the next command.
        terminals["server"].start(None, ["…", "[…] … [ERR] … authentication error…"])
        for where in ("", "watch"):
            terminals[where].await_mark(TYPING)
        shown = {where: lines(terminal.screen({str(home): "/…"})) for where, terminal in terminals.items()}
        panes = [(label, cut(shown[where], most)) for where, (label, most) in TERMINALS.items()]
    version = subprocess.run([NATS_SERVER, "--version"], capture_output=True, text=True, check=True).stdout.strip().replace(":", "")
    description = f"Three terminals: one makes a credential and deletes it, one runs {version}, one uses the credential until it is deleted."
    return picture(HEADING.strip("# \n"), description, COLUMNS, panes)


def tour_blocks():
    begin = PAGE.text.index(HEADING)
    return [block for block in PAGE.blocks("console", *FILES) if begin < block.start() < PAGE.text.index("\n## ", begin)]


def follow(terminals, shown_blocks, home):
    for block in shown_blocks:
        if block["language"] in FILES:
            save(block, home)
            continue
        for command, shown in steps(block["text"]):
            terminals[block["where"]].start(command, shown)
            if block["where"] == "":
                terminals[""].await_end()
