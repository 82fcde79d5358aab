"""The packages for Node carry the program that the archive has; that they install and run is tested with the library."""

import json
import os
import platform
import tarfile

NODE = {"x86_64": "x64", "aarch64": "arm64"}[platform.machine()]
PLATFORM = f"nats-credentials-bridge-linux-{NODE}"


def test_the_program_in_the_package_of_the_platform_is_that_of_the_archive(packages, version):
    base = f"nats-credentials-bridge-{version}-linux-{platform.machine()}"
    with tarfile.open(packages / f"{base}.tar.xz") as archive, tarfile.open(packages / f"{PLATFORM}-{version}.tgz") as package:
        program = package.extractfile("package/bin/nats-credentials-bridge").read()
        assert program == archive.extractfile(f"{base}/bin/nats-credentials-bridge").read()
        assert package.getmember("package/bin/nats-credentials-bridge").mode & 0o111 == 0o111


def test_the_client_asks_for_the_package_of_the_platform_and_has_a_command(packages, version):
    with tarfile.open(packages / f"nats-credentials-bridge-{version}.tgz") as package:
        manifest = json.load(package.extractfile("package/package.json"))
        (command,) = manifest["bin"].values()
        assert package.getmember(os.path.join("package", command)).mode & 0o111 == 0o111
    assert manifest["optionalDependencies"][f"@nats-credentials-bridge/linux-{NODE}"] == version
    assert manifest["license"] == "UNLICENSED"
