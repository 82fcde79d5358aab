"""The wheel says which Linux it is for, and keeps its word; that it works is tested with the library."""

import platform
import subprocess
import sys

# Seconds for one of the tools that are run here; it takes one where nothing else is busy.
LIMIT = 120


def test_its_tag_is_what_auditwheel_finds_of_the_oldest_linux_that_runs_it(packages, version):
    name = f"nats_credentials_bridge-{version}-py3-none-manylinux_2_34_{platform.machine()}.whl"
    result = subprocess.run([sys.executable, "-m", "auditwheel", "show", packages / name], capture_output=True, text=True, timeout=LIMIT)
    assert result.returncode == 0, result.stderr
    assert f'consistent with the following platform tag: "manylinux_2_34_{platform.machine()}"' in " ".join(result.stdout.split())


def test_the_sdist_is_beside_it(packages, version):
    assert (packages / f"nats_credentials_bridge-{version}.tar.gz").exists()
