"""Runs the bridge under strace, which makes the Nth system call of a kind fail, or kills the process at it (the count is per thread)."""

import os

from bridge import PROGRAM, Bridge

STRACE = os.environ["STRACE"]


def traced(home, kind, what, *arguments, log="/dev/null", path=None):
    """A bridge for which strace does `what`, such as `error=EIO:when=3`, to calls of `kind`; with `path`, only to those about that file."""
    options = ["-f", "-qq", "-o", str(log), "-e", f"trace={kind}", "-e", f"inject={kind}:{what}"]
    if path:
        options += ["-P", str(path)]
    return Bridge(home, *options, PROGRAM, "--region", "local", *arguments, executable=STRACE)


def was_injected(log):
    return b"(INJECTED)" in log.read_bytes()
