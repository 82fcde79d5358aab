"""A bash that somebody types commands into."""

import time

from pseudo_terminal import PseudoTerminal
from terminal import LIMIT, pattern

# The marks that shells give terminals (OSC 133); nobody sees them. They tell a command's output from the prompt and from what was typed.
PROMPT, TYPING, OUTPUT = (f"\x1b]133;{mark}\a" for mark in "ABC")
# Nothing scrolls away.
ROWS = 200


class InteractiveBash(PseudoTerminal):
    def __init__(self, folder, environment, columns):
        prompt = {"PS1": rf"\[{PROMPT}\e[1;32m\]$\[\e[0m{TYPING}\] ", "PS0": OUTPUT, "INPUTRC": "/dev/null", "HISTFILE": "/dev/null"}
        super().__init__(["bash", "--norc", "--noprofile"], folder, {**environment, **prompt}, ROWS, columns)
        self.marked = 0

    def start(self, command, shown):
        """Returns once the command has printed what is shown; without a command, once the one that is running has."""
        if command is not None:
            self.await_mark(TYPING)
            self.type(command + "\n")
            self.await_mark(OUTPUT)
            self.output = self.everything[self.marked :]
        self.await_output(pattern(shown))

    def await_end(self):
        """Returns once the command has ended, also one that prints nothing."""
        self.place_of(TYPING)

    def await_mark(self, mark):
        self.marked = self.place_of(mark) + len(mark)

    def place_of(self, mark):
        deadline = time.monotonic() + LIMIT
        while (found := self.everything.find(mark.encode(), self.marked)) < 0:
            assert self.read(deadline), f"this is all that came:\n{self.text()}"
        return found

    def text(self):
        # Before its prompt readline asks the terminal to mark what is pasted.
        return super().text().partition(PROMPT)[0].replace("\x1b[?2004h", "")
