"""A real Neovim with a screen of its own, driven by keys as a user drives it."""

import contextlib
import os
import shutil
import signal
from pathlib import Path

import pynvim

from bridge import PROGRAM, clean_environment
from revoking import eventually

PLUGIN = Path(__file__).parent.parent
NVIM = os.environ.get("NVIM") or "nvim"
# Keeps the events of the plugin, by their names and what they say; the data that newer editors hand over is the same.
LISTEN = """
_events = {}
vim.api.nvim_create_autocmd("User", { pattern = "NatsCreds*", callback = function(event)
  local data = vim.g.natscreds_event
  assert(event.data == nil and vim.fn.has("nvim-0.8") == 0 or vim.deep_equal(event.data, data))
  _events[#_events + 1] = { event.match:sub(10), data }
end })
"""
CLEAN = ("--clean", "--cmd", f"set runtimepath^={PLUGIN}")


class Editor:
    """One `nvim --embed` with an attached screen. It sees a home, and nothing of who runs the tests."""

    def __init__(self, here, arguments=CLEAN, program=PROGRAM, path=None, columns=400, rows=24):
        more = {"NATS_URL": here.port.url, "SCW_DEFAULT_REGION": "local", "TERM": "xterm", "VIMRUNTIME": os.environ.get("VIMRUNTIME")}
        more |= {"NATS_CREDENTIALS_BRIDGE": program and str(program), "PATH": path or os.environ["PATH"]}
        environment = {name: value for name, value in clean_environment(here.folder, more).items() if value is not None}
        words = [f"{name}={value}" for name, value in environment.items()]
        # By this process's PATH, because the editor's may be another one.
        nvim = shutil.which(NVIM)
        assert nvim, f"{NVIM} is not there: put nvim in PATH, or name it by NVIM"
        self.nvim = pynvim.attach("child", argv=["env", "-i", "-C", str(here.folder), *words, nvim, "--embed", *arguments])
        self.nvim.ui_attach(columns, rows, rgb=True)
        self.pid = self.nvim.funcs.getpid()

    def end(self):
        children = []
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            children = [int(child) for child in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]
            os.kill(self.pid, signal.SIGKILL)
        self.nvim.close()
        for child in children:
            # Each has a group of its own, with what it started.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child, signal.SIGKILL)
            dies(child)

    # What a user does.

    def keys(self, keys):
        self.nvim.input(keys)

    def command(self, line):
        """Types a command line; a `<` in it is a key."""
        self.keys(f":NatsCreds {line}<CR>")

    def answer(self, keys):
        """Types at a prompt, when it is there."""
        eventually(self.is_asked, "there is no prompt")
        self.keys(keys)

    # What a user sees. While a prompt is open Neovim answers get_mode only.

    def is_asked(self):
        mode = self.nvim.api.get_mode()
        return mode["blocking"] or mode["mode"].startswith("c")

    def messages(self):
        return "" if self.is_asked() else self.nvim.command_output("messages")

    def says(self, text):
        """Waits for a message."""
        eventually(lambda: text in self.messages(), f"there is no message with: {text}")

    def lines(self):
        """Of the current buffer."""
        return [] if self.is_asked() else self.nvim.current.buffer[:]

    def shows(self, text):
        """Waits until a line of the current buffer has this text; gives the line."""
        found = []

        def is_there():
            found[:] = [line for line in self.lines() if text in line]
            return found

        eventually(is_there, f"no line of the buffer has: {text}")
        return found[0]

    def round_trip(self, method="bridge.info"):
        """Asks the bridge something and waits for the response: what was asked before is in its hands, and answered if it answers in order."""
        self.lua("_answers = 0; require('natscreds.bridge').call(..., {}, function() _answers = 1 end)", method)
        eventually(lambda: not self.nvim.api.get_mode()["blocking"] and self.lua("return _answers") == 1, "the bridge does not answer")

    def lua(self, code, *arguments):
        return self.nvim.exec_lua(code, *arguments)

    def setup(self, **options):
        self.lua("require('natscreds').setup(...)", options)

    def bridge_pid(self):
        """The process id of the running bridge, or None."""
        return self.lua("local running = require('natscreds.bridge').running() return running and running.pid")


def is_alive(pid):
    """A zombie is dead, though nobody has reaped it."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    return False


def dies(pid):
    eventually(lambda: not is_alive(pid), "the bridge is still there")
