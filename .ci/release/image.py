"""An OCI image with the program and the libraries that it opens, those of Debian 12. There is no shell in it, and it does not run as root."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import tarfile
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from archive import entry
from program import NAME, Program, run

DEBIAN = "bookworm"
PACKAGES = ("libc6", "libssl3", "libsqlite3-0", "libcurl4", "ca-certificates")
# Nobody else's number, as in other images of this kind.
USER, HOME = 65532, "/home/nonroot"
# The libraries, but for what is loaded by name from below their folder; where libcrypto looks; and whose they are.
KEPT = re.compile(r"(usr/)?lib(64|/[^/]+-linux-gnu)?/[^/]+\.so[^/]*|etc/ssl/openssl\.cnf|usr/lib/ssl/[^/]+|usr/share/doc/[^/]+/copyright")
CERTIFICATES = "usr/share/ca-certificates/mozilla/"
FILES = {
    "etc/passwd": f"nonroot:x:{USER}:{USER}:nonroot:{HOME}:/nonexistent\n",
    "etc/group": f"nonroot:x:{USER}:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}


def write_image(folder: Path, work: Path, program: Program) -> list[str]:
    """Writes the image as an archive of its directory, which tar unpacks and skopeo reads as oci-archive. Returns the packages of Debian in it,
    each as its name_version_architecture."""
    time = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    packages = bring(work / "debian.tar", work / "packages")
    layer = layer_of(work / "debian.tar", program)
    config = {
        "created": time, "architecture": program.architecture, "os": "linux",
        "config": {
            "User": f"{USER}:{USER}", "Entrypoint": [f"/usr/bin/{NAME}"], "WorkingDir": HOME, "Env": ["PATH=/usr/bin", f"HOME={HOME}"],
            "Labels": {"org.opencontainers.image.version": program.version, "org.opencontainers.image.title": NAME},
        },
        "rootfs": {"type": "layers", "diff_ids": [digest(layer)]},
        "history": [{"created": time, "created_by": ".ci/package"}],
    }  # fmt: skip
    blobs: dict[str, bytes] = {}
    manifest = {
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": blob(blobs, "application/vnd.oci.image.config.v1+json", encoded(config)),
        "layers": [blob(blobs, "application/vnd.oci.image.layer.v1.tar+gzip", gzip.compress(layer, 6, mtime=0))],
    }  # fmt: skip
    described = blob(blobs, "application/vnd.oci.image.manifest.v1+json", encoded(manifest))
    described["annotations"] = {"org.opencontainers.image.ref.name": f"{NAME}:{program.version}"}
    directory = {
        "oci-layout": encoded({"imageLayoutVersion": "1.0.0"}), "index.json": encoded({"schemaVersion": 2, "manifests": [described]}), **blobs,
    }  # fmt: skip
    with tarfile.open(folder / f"{NAME}-{program.version}-linux-{program.machine}.oci.tar", "x:", format=tarfile.USTAR_FORMAT) as archive:
        for name in ("blobs", "blobs/sha256"):
            archive.addfile(entry(name, 0o755, tarfile.DIRTYPE))
        for name, content in sorted(directory.items()):
            archive.addfile(entry(name, 0o644, size=len(content)), io.BytesIO(content))
    return packages


def bring(archive: Path, names: Path) -> list[str]:
    """The files of Debian's packages, and of all that they depend on, none of them run."""
    hook = f'find "$1" -name "*.deb" -printf "%f\\n" > "{names}"'
    options = ["--quiet", "--variant=extract", f"--extract-hook={hook}", f"--include={','.join(PACKAGES)}"]
    run("mmdebstrap", *options, DEBIAN, archive)
    return sorted(unquote(name.removesuffix(".deb")) for name in names.read_text().split())


def layer_of(debian: Path, program: Program) -> bytes:
    """The root of the image as a tar."""
    contents: dict[str, bytes] = {name: text.encode() for name, text in FILES.items()}
    modes, links, certificates = {f"usr/bin/{NAME}": 0o755}, {}, []
    contents[f"usr/bin/{NAME}"] = program.path.read_bytes()
    with tarfile.open(debian) as archive:
        for member in sorted(archive, key=lambda member: member.name):
            name = member.name.removeprefix("./")
            file = archive.extractfile(member) if member.isreg() else None
            if file and name.startswith(CERTIFICATES):
                certificates.append(file.read())
            elif not KEPT.fullmatch(name):
                continue
            elif file:
                contents[name], modes[name] = file.read(), member.mode
            elif member.issym():
                links[name] = member.linkname
    contents["etc/ssl/certs/ca-certificates.crt"] = b"".join(certificates)
    folders = {str(parent) for name in [*contents, *links, "tmp/x", HOME[1:] + "/x"] for parent in Path(name).parents} - {"."}
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted([*folders, *contents, *links]):
            if name in folders:
                made = entry(name, {"tmp": 0o1777, HOME[1:]: 0o700}.get(name, 0o755), tarfile.DIRTYPE)
            elif name in links:
                made = entry(name, 0o777, tarfile.SYMTYPE)
                made.linkname = links[name]
            else:
                made = entry(name, modes.get(name, 0o644), size=len(contents[name]))
            if name == HOME[1:]:
                made.uid = made.gid = USER
                made.uname = made.gname = "nonroot"
            archive.addfile(made, io.BytesIO(contents.get(name, b"")))
    return written.getvalue()


def blob(blobs: dict[str, bytes], kind: str, content: bytes) -> dict[str, Any]:
    """Keeps it among the blobs, and returns how others name it."""
    blobs[f"blobs/{digest(content).replace(':', '/')}"] = content
    return {"mediaType": kind, "digest": digest(content), "size": len(content)}


def digest(content: bytes) -> str:
    """As OCI writes it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def encoded(value: object) -> bytes:
    """JSON without spaces."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
