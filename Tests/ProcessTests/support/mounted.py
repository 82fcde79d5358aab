"""File systems of a test's own, in a mount namespace of its own: nothing is left on the machine, whatever happens."""

import subprocess
from pathlib import Path

import pytest

from bridge import LIMIT, PROGRAM, Bridge, clean_environment


class Mounted:
    """Holds a namespace in which `commands` (of sh, with the folder as $1) have mounted something."""

    def __init__(self, folder, commands):
        holder = ["unshare", "--map-root-user", "--mount", "sh", "-ec", f"{commands}; echo ready; exec cat", "sh", str(folder)]
        self.process = subprocess.Popen(holder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == b"ready\n", "the mount failed"
        self.enter = ["--target", str(self.process.pid), "--user", "--mount", "--preserve-credentials"]
        self.folder = Path(f"/proc/{self.process.pid}/root{folder}")

    def bridge(self, home, *arguments):
        """A bridge that lives in the namespace."""
        return Bridge(home, *self.enter, PROGRAM, "--region", "local", *arguments, executable="nsenter")

    def run(self, home, *arguments):
        """One run of the program, from start to exit, in the namespace."""
        command = ["nsenter", *self.enter, PROGRAM, "--region", "local", *arguments]
        return subprocess.run(command, env=clean_environment(home), capture_output=True, timeout=LIMIT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(LIMIT)
        self.process.stdout.close()


def fill_disk(path):
    """Takes all the room that is left into a file."""
    with open(path, "wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        while True:
            file.write(bytes(4096))
