"""What the program says of itself: the committed schemas, its methods, commands and options."""

from pathlib import Path

COMMITTED = Path(__file__).parents[3] / "schemas"
METHODS = sorted(path.stem for path in COMMITTED.glob("*.*.json"))
COMMANDS = ["serve", "call", "doctor", "schemas", "openrpc", "completion", "help", "manual"]
OPTIONS = ["--region", "--state", "--nats-url", "--listen", "--profile", "--ca-file", "--log-level", "--drain", "--version", "--help"]
