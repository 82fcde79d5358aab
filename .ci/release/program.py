"""The program as it is shipped."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

NAME = "nats-credentials-bridge"
# That of RHEL 9, Amazon Linux 2023 and Lambda.
GLIBC = (2, 34)
# What readelf calls a machine, what Linux does, and what Debian and OCI do.
MACHINES = {"Advanced Micro Devices X86-64": ("x86_64", "amd64"), "AArch64": ("aarch64", "arm64")}
# What every Linux with a glibc has. All other libraries are opened when they are needed.
LIBRARIES = {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}


class Program:
    """A copy of the built program, without symbols and RUNPATH. Stops where it would not run on the machines that it is made for.

    Stripped here and not by the linker, because benchmarks and backtraces want the symbols of what was built; and SwiftPM adds $ORIGIN to
    each program, from which a library that happens to lie beside the installed one would be loaded.
    """

    def __init__(self, built: Path, folder: Path, version: str) -> None:
        self.path = folder / NAME
        self.version = version
        # The versions of what is linked into it; Swift's stands in what strip takes away, and is None where that is gone already.
        self.swift = written(rb"Swift version ([\d.]+) ", built)
        self.gcc = written(rb"GCC: \([^)]*\) ([\d.]+)\0", built)
        shutil.copyfile(built, self.path)
        self.path.chmod(0o755)
        machine = self._header("Machine")
        if machine not in MACHINES:
            raise SystemExit(f"{built} is for {machine}; packages are made for {' and '.join(name for name, _ in MACHINES.values())}")
        self.machine, self.architecture = MACHINES[machine]
        run("chrpath", "--delete", self.path)
        run("strip", "--strip-all", self.path)
        self._forget_the_folder()
        said = self.says("--version").decode().strip()
        if said != f"{NAME} {version}":
            raise SystemExit(f'{built} says that it is "{said}"; these sources are {version}')
        self._check()

    def says(self, *arguments: str) -> bytes:
        return run(self.path, *arguments)

    def _forget_the_folder(self) -> None:
        """Two sections, and nothing else, differ with the folder in which it was built: what Swift compares when it compiles a file again, and the
        build id, which is the sum over what was linked, with all that strip takes away. The one is filled with zeros, and the other is made the sum
        over what is left. They are not taken away: GNU strip then also drops the segment that keeps the table of functions from being written to."""
        content = bytearray(self.path.read_bytes())
        for name, head in ((".swift_modhash", 0), (".note.gnu.build-id", 16)):
            found = re.search(rf" {re.escape(name)} +\S+ +[0-9a-f]+ ([0-9a-f]+) ([0-9a-f]+) ", self._sections())
            if found:
                begin, end = int(found[1], 16) + head, int(found[1], 16) + int(found[2], 16)
                content[begin:end] = bytes(end - begin)
                if head:
                    content[begin:end] = hashlib.sha256(content).digest()[: end - begin]
        self.path.write_bytes(content)

    def _sections(self) -> str:
        return run("readelf", "--wide", "--section-headers", self.path).decode()

    def _check(self) -> None:
        dynamic = run("readelf", "--wide", "--dynamic", self.path).decode()
        versions = run("readelf", "--wide", "--version-info", self.path).decode()
        newest = max(tuple(map(int, found.split("."))) for found in re.findall(r"\bGLIBC_(\d+\.\d+)", versions))
        needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic))
        problems = [
            *([f"it needs a glibc of {'.'.join(map(str, newest))}"] if newest > GLIBC else []),
            *([f"it needs {' and '.join(sorted(needed - LIBRARIES))}"] if needed - LIBRARIES else []),
            *(["it has a RUNPATH"] if re.search(r"\((RUNPATH|RPATH)\)", dynamic) else []),
        ]
        if problems:
            raise SystemExit(f"the program is none to be shipped: {'; '.join(problems)}")

    def _header(self, name: str) -> str:
        found = re.search(rf"^\s*{name}:\s*(.*)$", run("readelf", "--file-header", self.path).decode(), re.MULTILINE)
        assert found, f"readelf shows no {name}"
        return found[1]


def written(pattern: bytes, file: Path) -> str | None:
    """What a compiler has written into a file."""
    found = re.search(pattern, file.read_bytes())
    return found[1].decode() if found else None


def run(*command: str | Path) -> bytes:
    """What it prints; stops with what it says where it fails."""
    result = subprocess.run(command, capture_output=True, check=False)
    if result.returncode:
        said = (result.stderr or result.stdout).decode(errors="replace").strip()
        raise SystemExit(f"{Path(command[0]).name} failed with {result.returncode}: {said}")
    return result.stdout
