"""python -m nats_credentials_bridge: becomes the program that Bridge() would start, with the same arguments."""

from __future__ import annotations

import os
import sys

from ._find import find_binary
from .errors import BridgeError

try:
    program = find_binary()
    os.execv(program, [program, *sys.argv[1:]])
except (BridgeError, OSError) as error:
    sys.exit(str(error))
