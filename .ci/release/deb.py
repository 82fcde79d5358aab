"""The package for Debian and what comes from it."""

from __future__ import annotations

import gzip
import hashlib
import os
from email.utils import formatdate
from pathlib import Path

from program import NAME, Program, run
from tree import File

MAINTAINER = "The owner of nats-credentials-bridge <owner@nats-credentials-bridge.invalid>"
# The libraries that the program opens when it needs them, by their names in Debian 12 and 13; so apt has them there before they are needed.
CONTROL = """Package: {name}
Version: {version}
Architecture: {architecture}
Maintainer: {maintainer}
Installed-Size: {size}
Depends: libc6 (>= 2.34), libcurl4 | libcurl4t64, libssl3 | libssl3t64, libsqlite3-0 (>= 3.37)
Recommends: ca-certificates
Suggests: nats-server
Section: net
Priority: optional
Description: creates, lists and deletes credentials for NATS
 A long-lived process that reads JSON-RPC 2.0 requests on its standard input,
 one per line, and writes the responses to its standard output, so that a
 program in any language can use it through a pipe. Its command "call" makes
 one request.
 .
 Its embedded backend signs real NATS credentials and pushes each deletion to
 the nats-servers that run. Its other backend is Scaleway's Messaging and
 Queuing.
 .
 With a manual page, completions for bash, zsh and fish, a library for bash, and
 an extension for Neovim.
"""
CHANGELOG = """{name} ({version}) unstable; urgency=medium

  * Made from the sources of this version; what has changed in it is told there.

 -- {maintainer}  {date}
"""
# Where Debian's zsh looks.
PLACES = {f"share/zsh/site-functions/_{NAME}": f"share/zsh/vendor-completions/_{NAME}"}


def write_deb(folder: Path, work: Path, files: dict[str, File], program: Program) -> None:
    """Lays the files out as dpkg-deb wants them, and packs that; dpkg-deb sorts, and takes no time that is later than the release."""
    date = int(os.environ["SOURCE_DATE_EPOCH"])
    names = {"name": NAME, "version": program.version, "maintainer": MAINTAINER, "date": formatdate(date), "architecture": program.architecture}
    laid = {f"usr/{PLACES.get(path, path)}": file for path, file in files.items()}
    manual = f"usr/share/man/man1/{NAME}.1"
    laid[f"{manual}.gz"] = packed(laid.pop(manual).content)
    laid[f"usr/share/doc/{NAME}/changelog.gz"] = packed(CHANGELOG.format(**names).encode())
    size = sum((len(file.content) + 1023) // 1024 for file in laid.values())
    sums = [f"{hashlib.md5(file.content, usedforsecurity=False).hexdigest()}  {path}\n" for path, file in sorted(laid.items())]
    laid["DEBIAN/md5sums"] = File("".join(sums).encode())
    laid["DEBIAN/control"] = File(CONTROL.format(**names, size=size).encode())
    for path, (content, mode) in laid.items():
        place = work / "deb" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        place.chmod(mode)
    for place in (work / "deb").rglob("*"):
        os.utime(place, (date, date))
    run("dpkg-deb", "--root-owner-group", "-Zxz", "--build", work / "deb", folder / f"{NAME}_{program.version}_{program.architecture}.deb")


def packed(content: bytes) -> File:
    return File(gzip.compress(content, 9, mtime=0))
