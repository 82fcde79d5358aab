"""The wheel: with the program inside if NATS_CREDENTIALS_BRIDGE_BINARY names it, else without.

One with the program is for one platform only; which one, the program's own header and symbols say.
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
WAY_OUT = "Unset the variable to build the wheel without the program, and install the program in PATH"


class WheelHook(BuildHookInterface[Any]):
    """Puts the program into the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        name = os.environ.get(VARIABLE)
        if not name or version == "editable":
            return
        binary = Path(name)
        if not binary.is_absolute() or not binary.is_file() or not os.access(binary, os.X_OK):
            raise SystemExit(f"{VARIABLE} is not the absolute path of a program: {name}")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform_tag(binary.read_bytes())}"
        build_data["force_include"][str(binary)] = "nats_credentials_bridge/_bin/nats-credentials-bridge"


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
