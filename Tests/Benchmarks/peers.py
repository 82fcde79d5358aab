"""Builds the programs beside which the bridge is measured. What cannot be built, for want of a compiler, is left out and said."""

import os
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "peers"
# Where Tests/tools unpacks Debian's packages of Rust's libraries.
CRATES = Path(os.environ.get("CRATES") or HERE.parents[1] / ".build/tools/root/usr/share/cargo/registry")
LIMIT = 300
# As they are named to a reader, in the order in which they are shown.
NAMES = {"c": "C", "bridge": "the bridge", "rust": "Rust", "go": "Go", "node": "Node", "python": "Python"}


def compiled(source, folder, *libraries):
    program = folder / source.stem
    command = ["cc", "-O2", "-o", program, source, *libraries]
    subprocess.run(command, check=True, timeout=LIMIT)
    return str(program)


def store(folder):
    return compiled(SOURCES / "store.c", folder, "-l:libsqlite3.so.0", "-l:libcrypto.so.3")


def http(folder):
    return compiled(SOURCES / "http.c", folder, "-ldl")


def pings(folder):
    """By name, the commands that answer bridge.ping as the bridge does; and what is missing, in words."""
    commands, missing = {"c": [compiled(SOURCES / "ping.c", folder)]}, []
    for name, (tool, build) in {"rust": ("cargo", rust), "go": ("go", go), "node": ("node", node), "python": ("python3", python)}.items():
        found = shutil.which(tool)
        if not found:
            missing.append(f"{NAMES[name]}: there is no {tool}")
        elif name == "rust" and not CRATES.is_dir():
            missing.append(f"{NAMES[name]}: Debian's serde_json is not in {CRATES}")
        else:
            commands[name] = build(found, folder)
    return commands, missing


def rust(cargo, folder):
    # cargo writes beside what it builds.
    for name in ("Cargo.toml", "ping.rs"):
        shutil.copy(SOURCES / name, folder)
    crates = ["--config", 'source.crates-io.replace-with="debian"', "--config", f'source.debian.directory="{CRATES}"']
    command = [cargo, "build", "--release", "--offline", "--quiet", "--target-dir", "rust", *crates]
    subprocess.run(command, check=True, timeout=LIMIT, cwd=folder)
    return [str(folder / "rust/release/ping")]


def go(tool, folder):
    environment = {**os.environ, "GO111MODULE": "off", "GOFLAGS": "", "GOCACHE": str(folder / "go-cache"), "GOPATH": str(folder / "go-path")}
    program = str(folder / "ping-go")
    subprocess.run([tool, "build", "-o", program, SOURCES / "ping.go"], check=True, timeout=LIMIT, env=environment)
    return [program]


def node(tool, _):
    return [tool, str(SOURCES / "ping.mjs")]


def python(_, __):
    # Not a script that first looks for which Python is meant.
    command = ["python3", "-c", "import sys; print(sys.executable)"]
    found = subprocess.run(command, check=True, capture_output=True, text=True, timeout=LIMIT).stdout.strip()
    return [found, str(SOURCES / "ping.py")]
