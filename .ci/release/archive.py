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
            entry = tarfile.TarInfo(name)
            entry.mtime = int(os.environ["SOURCE_DATE_EPOCH"])
            entry.uname = entry.gname = "root"
            if name in folders:
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                archive.addfile(entry)
            else:
                content, entry.mode = files[name.removeprefix(f"{folder}/")]
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
