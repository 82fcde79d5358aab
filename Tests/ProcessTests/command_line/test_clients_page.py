"""The forty lines of clients/README.md are a whole client: they run as they stand."""

import re
import subprocess
from pathlib import Path

from bridge import LIMIT, PROGRAM, clean_environment

CLIENTS = Path(__file__).parents[3] / "clients"
PAGE = (CLIENTS / "README.md").read_text()


def test_the_client_in_forty_lines_makes_lists_and_deletes(home):
    (program,) = re.findall(r"```perl\n(.*?)```", PAGE, re.S)
    environment = clean_environment(home, {"NATS_CREDENTIALS_BRIDGE": PROGRAM, "NATS_URL": "nats://127.0.0.1:9"})
    result = subprocess.run(["perl", "-"], input=program.encode(), env=environment, capture_output=True, timeout=LIMIT)
    assert (result.returncode, result.stdout.decode().split("\n")) == (0, ["from perl", "not_found", ""]), result.stderr
