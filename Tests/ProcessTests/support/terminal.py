"""A terminal as somebody would have it open: bash on a pseudo-terminal, given commands, its output held against what a page shows."""

import os
import re
import selectors
import signal
import subprocess
import time

LIMIT = 20.0
MARK = "<the command has ended>"


def pattern(shown):
    """Output as a page shows it: `…`, with the letters and digits it cuts off, stands for anything on its line; alone on a line for any
    number of lines."""
    cut = [line if line == "…" else re.sub(r"[\w-]*…", "…", line) for line in shown]
    lines = [r"(?:[^\n]*\n)*?" if line == "…" else re.escape(line).replace("…", r"[^\n]*?") + r"\n" for line in cut]
    return re.compile("".join(lines))


class Terminal:
    def __init__(self, folder, environment):
        self.descriptor, theirs = os.openpty()
        self.process = subprocess.Popen(
            ["bash", "--norc"], cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)
        self.output = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Ends bash and whatever runs in it."""
        self.process.stdin.close()
        for how in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, how)
                self.process.wait(LIMIT)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                pass
        os.close(self.descriptor)

    def run(self, command, shown):
        """A command that ends, and everything it says."""
        self.type(f"{command}\necho '{MARK}'\n")
        self.await_output(pattern([*shown, MARK]), ends=f"{MARK}\n")

    def start(self, command, shown):
        """A command that goes on; returns once it has said what is shown."""
        self.type(command + "\n")
        self.await_output(pattern(shown))

    def type(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def await_output(self, wanted, ends=None):
        """Reads until exactly the wanted output is there; not beyond `ends`, after which nothing more comes."""
        deadline = time.monotonic() + LIMIT
        while not wanted.fullmatch(self.text()):
            assert ends is None or not self.text().endswith(ends), f"other output came:\n{self.text()}"
            assert self.read(deadline), f"this is all that came:\n{self.text()}"
        self.output = b""

    def text(self):
        return re.sub(r"\x1b\[[0-9;]*m", "", self.output.decode().replace("\r\n", "\n"))

    def read(self, deadline):
        with selectors.DefaultSelector() as selector:
            selector.register(self.descriptor, selectors.EVENT_READ)
            if not selector.select(max(0, deadline - time.monotonic())):
                return False
        try:
            chunk = os.read(self.descriptor, 1 << 16)
        except OSError:
            # How Linux says that nobody has the terminal's other end any more.
            return False
        self.output += chunk
        return bool(chunk)
