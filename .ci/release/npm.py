"""The packages for Node: the client, and the one with the program for this platform, which the client asks for."""

from __future__ import annotations

import os
from pathlib import Path

from program import Program, run


def write_npm(folder: Path, root: Path, program: Program) -> None:
    """Writes both. npm gives all files in them one time, that of no release."""
    client = root / "clients/node"
    os.environ["npm_config_cache"] = str(program.path.parent / "npm")
    os.environ["npm_config_update_notifier"] = "false"
    run("npm", "pack", client, "--silent", "--offline", "--pack-destination", folder)
    run("node", client / "platform/pack.mjs", "--binary", program.path, "--out", folder)
