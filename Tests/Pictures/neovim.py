"""The picture of the list of credentials in Neovim, above a file that uses one of them."""

import subprocess
import tempfile
from pathlib import Path

from bridge import PROGRAM, Bridge, clean_environment
from pages import ROOT, Page, save
from picture import picture
from pseudo_terminal import PseudoTerminal
from screen import lines

EXTENSION = ROOT / "clients" / "editors" / "neovim"
ROWS, COLUMNS = 34, 112
SERVICES = ["billing-api", "checkout", "image-resizer", "inventory-sync", "invoice-mailer", "orders-api", "orders-worker", "search-indexer"]
# Where each runs, and the account it uses there.
PLACES = {"paris": "production", "amsterdam": "production", "warsaw": "production", "preview": "staging", "nightly": "staging"}
NAMES = {f"{service}-{place}": account for service in SERVICES for place, account in PLACES.items()}
# Sixteen colours, so that they are the picture's own; nothing of a user's.
CONFIGURATION = f"""
let &runtimepath = '{EXTENSION},' . &runtimepath
set background=dark notermguicolors nowrap noswapfile shada=
highlight CursorLine cterm=NONE ctermbg=237
highlight StatusLine cterm=bold ctermfg=white ctermbg=239
highlight StatusLineNC cterm=NONE ctermfg=gray ctermbg=237
"""


def neovim():
    """The text of the SVG."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder).resolve()
        environment = clean_environment(home, {"NATS_CREDENTIALS_BRIDGE": PROGRAM, "SCW_DEFAULT_REGION": "local"})
        make_credentials(home, environment)
        save(next(block for block in Page("Sources/LocalBackend/README.md").blocks("python") if "user_credentials=" in block["text"]), home)
        (home / "init.vim").write_text(CONFIGURATION)
        command = ["nvim", "-u", "init.vim", "watch.py"]
        with PseudoTerminal(command, home, environment, ROWS, COLUMNS) as editor:
            editor.await_screen(lambda screen: "import asyncio" in "".join(screen.display))
            editor.type(":NatsCreds list\r")
            first = editor.await_screen(list_stands).cursor.y
            editor.type("4j")
            shown = editor.await_screen(lambda screen: screen.cursor.y == first + 4 and not screen.cursor.hidden)
    version = subprocess.run(["nvim", "--version"], capture_output=True, text=True, check=True).stdout.split("\n")[0]
    description = f"{version} with a list of credentials in a buffer of its own, and below it a program that logs in to nats-server with one."
    return picture(":NatsCreds list", description, COLUMNS, [(None, lines(shown))])


def list_stands(screen):
    """Drawing is over when the cursor comes back; half of the screen is the list's."""
    text = "\n".join(screen.display)
    return not screen.cursor.hidden and all(name in text for name in list(NAMES)[:8])


def make_credentials(home, environment):
    with Bridge(home, env=environment, cwd=home) as bridge:
        accounts = {name: bridge.result("accounts.create", {"name": name})["id"] for name in ("production", "staging")}
        for name, account in NAMES.items():
            where = {"nats_account_id": accounts[account], "save_to": "made.creds", "overwrite": True}
            bridge.result("credentials.create", {"name": name, **where})
        assert bridge.end()[0] == 0
