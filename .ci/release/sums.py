"""SHA256SUMS, as sha256sum -c reads it."""

import hashlib
from pathlib import Path


def write_sums(folder: Path) -> None:
    """Of every file in the folder."""
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(folder.iterdir())]
    (folder / "SHA256SUMS").write_text("".join(lines))
