"""The wheel: with the program inside, and as a command, if NATS_CREDENTIALS_BRIDGE_BINARY names it, else without.

One with the program is for one platform only; which one, the program's own header and symbols say. An sdist is what
pip builds where no such wheel fits; there nobody has chosen to be without the program, so that this has to be said.
"""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VARIABLE = "NATS_CREDENTIALS_BRIDGE_BINARY"
MACHINES = {62: "x86_64", 183: "aarch64"}
WITHOUT = "none"
WAY_OUT = f"Set the variable to {WITHOUT} to build the wheel without the program, and install the program in PATH"
NO_WHEEL_FITS = f"""
No wheel of nats-credentials-bridge with the program fits this machine, and this package cannot build the program.
There are wheels for Linux with glibc 2.34 or newer, on x86_64 and aarch64. On another machine set a variable:
    {VARIABLE}=/path/of/the/program  to a program that you have built from the project's sources,
    {VARIABLE}={WITHOUT}  to install without it; it is then looked for in PATH when it is needed"""
PROGRAM = "nats-credentials-bridge"


class WheelHook(BuildHookInterface[Any]):
    """Puts the program into the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        name = os.environ.get(VARIABLE)
        if version == "editable" or name == WITHOUT:
            return
        if not name:
            if (Path(self.root) / "PKG-INFO").is_file():
                raise SystemExit(NO_WHEEL_FITS)
            return
        binary = Path(name)
        if not binary.is_absolute() or not binary.is_file() or not os.access(binary, os.X_OK):
            raise SystemExit(f"{VARIABLE} is not the absolute path of a program: {name}")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform_tag(binary.read_bytes())}"
        scripts = f"nats_credentials_bridge-{self.metadata.version}.data/scripts"
        build_data["force_include"][str(binary)] = f"nats_credentials_bridge/_bin/{PROGRAM}"
        build_data["force_include"][str(Path(self.root) / "command.py")] = f"{scripts}/{PROGRAM}"


def platform_tag(program: bytes) -> str:
    """The oldest Linux that has what the program asks for: in manylinux_2_N the N of the newest glibc symbol in it."""
    if program[:4] == b"\x7fELF":
        number = int.from_bytes(program[18:20], "big" if program[5:6] == b"\2" else "little")
        machine = MACHINES.get(number)
        if machine is None:
            raise SystemExit(
                f"{VARIABLE} names a program for a machine that no wheel can be made for: ELF machine {number}; known "
                f"are {' and '.join(MACHINES.values())}. {WAY_OUT}; or add the machine to MACHINES in hatch_build.py"
            )
        newest = max((int(number) for number in re.findall(rb"\0GLIBC_2\.(\d+)(?=[.\0])", program)), default=None)
        return f"linux_{machine}" if newest is None else f"manylinux_2_{newest}_{machine}"
    if sys.platform == "darwin":
        return re.sub(r"[-.]", "_", sysconfig.get_platform())
    raise SystemExit(f"the program that {VARIABLE} names is a script or of an unknown kind. {WAY_OUT}")
