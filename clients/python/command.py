#!python
"""The command nats-credentials-bridge of a wheel with the program: becomes that program.

Installers put their Python into the first line. The package is not imported: that takes longer than most commands.
"""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

spec = find_spec("nats_credentials_bridge")
if spec is None or spec.origin is None:
    sys.exit("the package nats_credentials_bridge, which has the program, is not installed for this Python")
program = str(Path(spec.origin).parent / "_bin" / "nats-credentials-bridge")
try:
    os.execv(program, [program, *sys.argv[1:]])
except OSError as error:
    sys.exit(f"{program} cannot be started: {error.strerror}")
