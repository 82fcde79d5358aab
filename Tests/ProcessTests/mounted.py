"""File systems of a test's own, in a mount namespace of its own: nothing is left on the machine, whatever happens."""

import subprocess
from pathlib import Path

from bridge import LIMIT, PROGRAM, Bridge


class Mounted:
    """Holds a namespace in which `commands` (of sh, with the folder as $1) have mounted something."""

    def __init__(self, folder, commands):
        holder = ["unshare", "--map-root-user", "--mount", "sh", "-ec", f"{commands}; echo ready; exec cat", "sh", str(folder)]
        self.process = subprocess.Popen(holder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == b"ready\n", "the mount failed"
        self.folder = Path(f"/proc/{self.process.pid}/root{folder}")

    def bridge(self, home, *arguments):
        """A bridge that lives in the namespace."""
        enter = ["--target", str(self.process.pid), "--user", "--mount", "--preserve-credentials"]
        return Bridge(home, *enter, PROGRAM, "--region", "local", *arguments, executable="nsenter")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(LIMIT)
        self.process.stdout.close()
