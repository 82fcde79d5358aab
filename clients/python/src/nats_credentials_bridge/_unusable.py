"""Why a program that is there cannot be loaded here, and what to do about it."""

from __future__ import annotations

import errno
import os
import platform
import re
from collections.abc import Iterable

MACHINES = {3: "i386", 40: "arm", 62: "x86_64", 183: "aarch64", 243: "riscv64"}
# What loaders write before they give up: glibc's of a library and of a version, musl's, and macOS's.
LOADERS = [
    (r"error while loading shared libraries: (\S+): cannot open", "the library {} is not on this machine; install it"),
    (r"error while loading shared libraries: (\S+):", "the library {} cannot be used"),
    (
        r"version `(GLIBC_\S+)' not found",
        "the C library of this machine is too old, it has no {}; use a newer system, or a program built for this one",
    ),
    (r"[Ee]rror loading shared library (\S+):", "the library {} is not on this machine; install it"),
    (
        r"Error relocating \S+: (\S+): symbol not found",
        "the C library of this machine has no {}; use a program that was built for this machine",
    ),
    (r"dyld\S*: Library not loaded: (\S+)", "the library {} is not on this machine; install it"),
]


def why_not_executable(path: str) -> str:
    """Of a file that this user may not execute."""
    if not os.stat(path).st_mode & 0o111:
        return f"{path} is not executable; chmod +x would make it so"
    if os.statvfs(path).f_flag & getattr(os, "ST_NOEXEC", 0):
        return f"{path} is on a file system on which nothing is executed (noexec); copy the program to another one"
    return f"{path} may not be executed by this user; its permissions, or those of a folder above it, forbid that"


def why_not_started(path: str, problem: OSError) -> str:
    """Of a file that the system did not take."""
    return f"{path} cannot be started here: {_reason(path, problem)}"


def why_not_loaded(path: str, stderr: Iterable[str]) -> str | None:
    """Of a program that ended before it ran, from what its loader wrote to stderr; None if that says nothing of it."""
    for line in stderr:
        for pattern, words in LOADERS:
            if found := re.search(pattern, line):
                return f"{path} cannot be loaded here: {words.format(found[1])}\n    {line}"
    return None


def _reason(path: str, problem: OSError) -> str:
    try:
        with open(path, "rb") as file:
            head = file.read(4096)
    except OSError:
        head = b""
    if problem.errno == errno.ENOENT and head[:2] == b"#!":
        return f"its interpreter {head[2:].split()[0].decode(errors='replace')} is not on this machine"
    if problem.errno == errno.ENOENT:
        loader = re.search(rb"/[\w./-]*/ld[\w.-]+", head)
        name = f" {loader[0].decode()}" if loader else ""
        return f"its loader{name} is not on this machine; use a program that was built for this machine's C library"
    machine = int.from_bytes(head[18:20], "little")
    if head[:6] == b"\x7fELF\2\1" and MACHINES.get(machine) not in (None, platform.machine()):
        return (
            f"{problem.strerror}: it is for {MACHINES[machine]}, and this machine is {platform.machine()}; use the one "
            "for this machine"
        )
    if problem.errno == errno.ENOEXEC:
        return f"{problem.strerror}: it is no program for this system, or not all of one; install it again"
    if problem.errno == errno.ETXTBSY:
        return f"{problem.strerror}: somebody still writes it; try again"
    return str(problem.strerror)
