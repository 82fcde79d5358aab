"""What is inside of the release's files, as CycloneDX 1.6."""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import quote

from image import DEBIAN
from program import NAME, Program

APACHE, GPL = "Apache-2.0 WITH Swift-exception", "GPL-3.0-or-later WITH GCC-exception-3.1"


def write_bom(folder: Path, program: Program, packages: list[str]) -> None:
    """Names every file in the folder by its hash, and what each of them has inside: the program, what is linked into that, and in an image the
    packages of Debian. What the program finds on the machine is named, too, as such."""
    inside = [
        library("swift-runtime", program.swift, APACHE, "Swift's runtime and standard library, linked into the program"),
        library("swift-corelibs-libdispatch", program.swift, APACHE, "Linked into the program, with Swift's runtime"),
        library("libstdc++", program.gcc, GPL, "GCC's standard library for C++, linked into the program"),
        library("libgcc", program.gcc, GPL, "What GCC's compiled code calls, linked into the program"),
    ]
    outside = [
        library("glibc", None, None, "The machine's, loaded at the start"),
        *(library(name, None, None, "The machine's, loaded when it is needed", "optional") for name in ("libcrypto", "sqlite3", "libcurl")),
    ]
    application = {
        "type": "application", "bom-ref": NAME, "name": NAME, "version": program.version, "licenses": [{"license": {"name": "UNLICENSED"}}],
        "hashes": hashes(program.path),
    }  # fmt: skip
    packed = [file(path) for path in sorted(folder.iterdir())]
    # The client for Node, the sdist for Python and the script, which are without the program.
    sources = (f"{NAME}-{program.version}.tgz", "install.sh", f"{NAME.replace('-', '_')}-{program.version}.tar.gz")
    debian = [package(name) for name in packages]
    libraries = [*inside, *outside]
    depends: list[dict[str, Any]] = [{"ref": NAME, "dependsOn": [each["bom-ref"] for each in libraries]}]
    in_image = [each["bom-ref"] for each in debian]
    for name in (each["name"] for each in packed if each["name"] not in sources):
        depends.append({"ref": name, "dependsOn": [NAME, *(in_image if name.endswith(".oci.tar") else [])]})
    time = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), timezone.utc)
    bom = {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "metadata": {"timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ"), "component": application},
        "components": [*libraries, *debian, *packed], "dependencies": depends,
    }  # fmt: skip
    # The same list has the same number.
    bom["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(bom))}"
    (folder / f"{NAME}-{program.version}-linux-{program.machine}.cdx.json").write_text(json.dumps(bom, indent=2) + "\n")


def library(name: str, version: str | None, license: str | None, description: str, scope: str = "required") -> dict[str, Any]:
    """One component; a version that the program does not tell is left out."""
    component: dict[str, Any] = {"type": "library", "bom-ref": name, "name": name, "scope": scope, "description": description}
    if version:
        component["version"] = version
    if license:
        component["licenses"] = [{"expression": license}]
    return component


def file(path: Path) -> dict[str, Any]:
    """One of the release."""
    return {"type": "file", "bom-ref": path.name, "name": path.name, "hashes": hashes(path)}


def package(deb: str) -> dict[str, Any]:
    """One of Debian, from the name of its file."""
    name, version, architecture = deb.split("_")
    where = f"pkg:deb/debian/{name}@{quote(version, safe='')}?arch={architecture}&distro={DEBIAN}"
    return {"type": "library", "bom-ref": where, "name": name, "version": version, "purl": where, "description": "In the image"}


def hashes(path: Path) -> list[dict[str, str]]:
    """As CycloneDX has them."""
    return [{"alg": "SHA-256", "content": hashlib.sha256(path.read_bytes()).hexdigest()}]
