"""A tar.xz of files, the same bytes for the same files."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

from tree import File


def write_archive(path: Path, folder: str, files: dict[str, File]) -> None:
    """All files below one folder: sorted, of root, at the time of the release."""
    folders = {str(parent) for name in files for parent in Path(folder, name).parents} - {"."}
    with tarfile.open(path, "x:xz", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(folders | {f"{folder}/{name}" for name in files}):
            if name in folders:
                archive.addfile(entry(name, 0o755, tarfile.DIRTYPE))
            else:
                content, mode = files[name.removeprefix(f"{folder}/")]
                archive.addfile(entry(name, mode, size=len(content)), io.BytesIO(content))


def entry(name: str, mode: int, kind: bytes = tarfile.REGTYPE, size: int = 0) -> tarfile.TarInfo:
    """What a tar says of one file of root, at the time of the release."""
    made = tarfile.TarInfo(name)
    made.mtime = int(os.environ["SOURCE_DATE_EPOCH"])
    made.uname = made.gname = "root"
    made.mode, made.type, made.size = mode, kind, size
    return made
