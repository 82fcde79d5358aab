#!/usr/bin/env python3
"""Writes Sources/nats-credentials-bridge/link/order.txt: the functions that a start and its first ping execute.

    python3 Tests/Benchmarks/order.py

The linker puts these first and side by side. Elsewhere each would bring into memory the 64 KiB of the program around it, and they lie all over
seven megabytes. What is written in Swift it can only move by the file. To be run again, with a release build, where much of the start has changed or the compiler is another. A name that is not there
any more is passed over, and a function that is missing stands where it would stand without the list; a test tells when too many are.
"""

import os
import re
import subprocess
import tempfile
from pathlib import Path

from counting import valgrind

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("NATS_CREDENTIALS_BRIDGE") or str(ROOT / ".build/release/nats-credentials-bridge")
ORDER = ROOT / "Sources/nats-credentials-bridge/link/order.txt"
PING = b'{"jsonrpc":"2.0","id":1,"method":"bridge.ping"}\n'


def executed(program, folder):
    """The names of all functions that are called, in whatever library."""
    profile = Path(folder, "profile")
    callgrind = [valgrind(), "--tool=callgrind", "--quiet", "--demangle=no", "--compress-strings=no", f"--callgrind-out-file={profile}"]
    environment = {"PATH": os.environ["PATH"], "HOME": folder}
    answer = subprocess.run([*callgrind, program, "--region", "local"], input=PING, env=environment, capture_output=True, check=True).stdout
    if b'"result":{}' not in answer:
        raise RuntimeError(f"the program answered a ping with {answer!r}")
    # What calls itself has a number behind its name at each further level.
    return set(re.findall(r"^c?fn=(.*?)(?:'\d+)?$", profile.read_text(), re.MULTILINE))


def main():
    with tempfile.TemporaryDirectory() as folder:
        # valgrind does not read the debug information of every compiler.
        program = str(Path(folder, "nats-credentials-bridge"))
        subprocess.run(["strip", "--strip-debug", "-o", program, PROGRAM], check=True)
        own = subprocess.run(["nm", "--defined-only", "--format=just-symbols", program], capture_output=True, check=True, text=True).stdout
        names = sorted(executed(program, folder) & set(own.splitlines()))
    ORDER.write_text("".join(f"{name}\n" for name in names))
    print(f"{len(names)} functions")


if __name__ == "__main__":
    main()
