"""The package for Debian, unpacked without being installed; Tests/bare-install installs it, and asks lintian."""

import json
import platform
import subprocess
from email.parser import Parser

import pytest

from bridge import clean_environment

# Seconds for one of the tools that are run here; it takes one where nothing else is busy.
LIMIT = 120

NAME = "nats-credentials-bridge"


@pytest.fixture(scope="module")
def deb(packages, version):
    return packages / f"{NAME}_{version}_{ {'x86_64': 'amd64', 'aarch64': 'arm64'}[platform.machine()] }.deb"


@pytest.fixture(scope="module")
def unpacked(deb, tmp_path_factory):
    folder = tmp_path_factory.mktemp("deb")
    subprocess.run(["dpkg-deb", "--raw-extract", deb, folder], check=True, timeout=LIMIT)
    return folder


def test_it_needs_what_the_program_opens_by_the_names_of_debian_12_and_13(unpacked, version):
    control = Parser().parsestr((unpacked / "DEBIAN/control").read_text())
    assert (control["Package"], control["Version"]) == (NAME, version)
    assert {"libc6 (>= 2.34)", "libcurl4 | libcurl4t64", "libssl3 | libssl3t64", "libsqlite3-0 (>= 3.37)"} <= set(control["Depends"].split(", "))
    assert int(control["Installed-Size"]) > 10_000


def test_its_files_are_of_root_and_belong_where_debian_puts_them(deb, unpacked):
    shown = subprocess.run(["dpkg-deb", "--contents", deb], capture_output=True, check=True, text=True).stdout.splitlines()
    assert len(shown) > 40 and all(line.split()[1] == "root/root" for line in shown)
    for path in ("bin/" + NAME, f"share/man/man1/{NAME}.1.gz", f"share/zsh/vendor-completions/_{NAME}", f"share/doc/{NAME}/changelog.gz"):
        assert (unpacked / "usr" / path).is_file(), path
    subprocess.run(["md5sum", "--check", "--quiet", "--strict", "DEBIAN/md5sums"], cwd=unpacked, check=True, timeout=LIMIT)


def test_it_says_that_no_licence_is_chosen(unpacked):
    text = (unpacked / f"usr/share/doc/{NAME}/copyright").read_text()
    assert "No licence is chosen" in text and "\nLicense: UNLICENSED\n" in text


def test_its_program_runs(unpacked, home):
    command = [unpacked / "usr/bin" / NAME, "call", "credentials.create", "name=app", "--region", "local"]
    result = subprocess.run(command, env=clean_environment(home), capture_output=True, check=True, timeout=LIMIT)
    assert json.loads(result.stdout)["credentials"]["content"]
