"""The wheel: with the program in it for one platform, without it for all."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from conftest import PROGRAM, SOURCE

PROJECT = SOURCE.parent
NAME = "nats-credentials-bridge"
LIMIT = 120


def build(folder, binary, source=PROJECT, *options):
    """The wheel, built from a copy, so that nothing is left in the project."""
    copy = folder / "project"
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("tests", ".*", "__pycache__"))
    environment = {**os.environ, "PYTHONPATH": ""}
    environment["NATS_CREDENTIALS_BRIDGE_BINARY"] = binary
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder / "dist", *options, copy]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LIMIT)
    if result.returncode:
        raise RuntimeError(result.stdout + result.stderr)
    (wheel,) = (folder / "dist").glob("*.whl")
    for archive in (folder / "dist").glob("*.tar.gz"):
        assert archive.stat().st_size < 1 << 20
    return wheel


def addresses(wheel):
    """The project's, by their names."""
    metadata = zipfile.ZipFile(wheel).read(f"nats_credentials_bridge-{version()}.dist-info/METADATA").decode()
    return dict(re.findall(r"^Project-URL: (\w+), (\S+)$", metadata, re.M))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel with the program, built once for all workers."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    built = base / "wheel.built"
    with (base / "wheel.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not built.exists():
            built.write_text(str(build(tmp_path_factory.mktemp("with"), os.path.abspath(PROGRAM))))
    return Path(built.read_text())


def version():
    return re.search(r'^__version__ = "(.+)"', (SOURCE / "nats_credentials_bridge" / "_version.py").read_text(), re.M)[
        1
    ]


def test_without_the_program_the_wheel_is_for_all(tmp_path):
    wheel = build(tmp_path, "none")
    assert wheel.name == f"nats_credentials_bridge-{version()}-py3-none-any.whl"
    names = zipfile.ZipFile(wheel).namelist()
    assert {"nats_credentials_bridge/py.typed", "pytest_nats_credentials_bridge/py.typed"} <= set(names)
    (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
    metadata = zipfile.ZipFile(wheel).read(metadata).decode()
    assert "\nClassifier: Typing :: Typed\n" in metadata
    assert re.search(r"^Summary: Creates, lists and deletes credentials for NATS", metadata, re.M)
    with tarfile.open(*wheel.parent.glob("*.tar.gz")) as archive:
        assert f"nats_credentials_bridge-{version()}/CHANGELOG.md" in archive.getnames()
    assert not any("_bin" in name or "scripts" in name or "tests" in name for name in names)


def test_where_a_release_is_built_the_package_says_where_the_project_is(tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_REPOSITORY", "somebody/bridge")
    monkeypatch.setenv("GITHUB_REF_NAME", "v9")
    monkeypatch.delenv("GITHUB_SERVER_URL", raising=False)
    urls = addresses(build(tmp_path, "none"))
    home = "https://github.com/somebody/bridge"
    assert (urls["Homepage"], urls["Changelog"]) == (home, f"{home}/blob/v9/clients/python/CHANGELOG.md")


@pytest.mark.parametrize("repository", ["somebody/bridge", ""], ids=["of a release", "of no release"])
def test_an_sdist_that_others_build_keeps_its_addresses(tmp_path, monkeypatch, repository):
    monkeypatch.setenv("GITHUB_REPOSITORY", repository)
    first = build(tmp_path, "none")
    (sdist,) = first.parent.glob("*.tar.gz")
    subprocess.run(["tar", "-xzf", sdist, "-C", tmp_path], check=True, timeout=LIMIT)
    monkeypatch.setenv("GITHUB_REPOSITORY", "another/thing")
    again = build(tmp_path / "again", "none", tmp_path / sdist.name[: -len(".tar.gz")], "--wheel")
    assert addresses(again) == addresses(first)
    assert bool(addresses(again)) == bool(repository)


def test_an_sdist_alone_says_how_to_get_the_program(tmp_path):
    """It is what pip takes where no wheel fits."""
    with pytest.raises(RuntimeError, match="No wheel of nats-credentials-bridge with the program fits this machine"):
        build(tmp_path, "")


def test_a_variable_that_names_no_program_stops_the_build(tmp_path):
    with pytest.raises(RuntimeError, match="not the absolute path of a program"):
        build(tmp_path, "/no/such/program")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (b"\x7fELF\x02\x01".ljust(18, b"\0") + (243).to_bytes(2, "little"), "ELF machine 243; known are x86_64 and"),
        (b"\x7fELF\x02\x02".ljust(18, b"\0") + (22).to_bytes(2, "big"), "ELF machine 22; known are x86_64 and"),
        (b"#!/bin/sh\n", "is a script or of an unknown kind"),
    ],
    ids=["another machine", "another byte order", "script"],
)
def test_a_program_that_no_wheel_can_be_made_for_stops_the_build_with_what_to_do(tmp_path, header, reason):
    program = tmp_path / "program"
    program.write_bytes(header)
    program.chmod(0o700)
    with pytest.raises(RuntimeError) as caught:
        build(tmp_path, str(program))
    assert reason in str(caught.value)
    assert "Set the variable to none" in str(caught.value)
    assert "Traceback" not in str(caught.value).partition(reason)[2]


def test_with_the_program_the_wheel_says_what_it_needs(wheel):
    match = re.fullmatch(
        r"nats_credentials_bridge-(.+?)-py3-none-(manylinux_2_\d+|macosx_\d+_\d+)_\w+\.whl", wheel.name
    )
    assert match
    assert match[1] == version()
    archive = zipfile.ZipFile(wheel)
    entry = archive.getinfo("nats_credentials_bridge/_bin/nats-credentials-bridge")
    assert (entry.external_attr >> 16) & 0o111
    with open(PROGRAM, "rb") as program:
        assert archive.read(entry) == program.read()


def test_the_ten_lines_of_the_readme_run_in_an_empty_environment_with_the_shipped_program(wheel, tmp_path, environment):
    venv.create(tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python]
    install = [*pip, "install", "--no-index", wheel]
    subprocess.run(install, check=True, capture_output=True, timeout=LIMIT)
    (tmp_path / "example.py").write_text(first_program())
    kept = {name: value for name, value in environment.items() if name in ("HOME", "XDG_STATE_HOME", "NATS_URL")}
    result = subprocess.run(
        [python, "example.py"], cwd=tmp_path, env={**kept, "PATH": ""}, capture_output=True, text=True, timeout=LIMIT
    )
    assert result.returncode == 0, result.stderr
    assert re.match(r"made [0-9a-f-]{36} and wrote .*/app\.creds\napp active 20.+Z\ndeleted ", result.stdout)
    for command in ([tmp_path / "venv" / "bin" / NAME], [python, "-m", "nats_credentials_bridge"]):
        request = b'{"jsonrpc":"2.0","id":1,"method":"bridge.ping"}\n'
        result = subprocess.run(
            [*command, "serve"], input=request, env={**kept, "PATH": ""}, capture_output=True, timeout=LIMIT
        )
        assert (result.returncode, result.stdout) == (0, b'{"jsonrpc":"2.0","id":1,"result":{}}\n'), result.stderr


def test_without_the_program_the_module_says_where_it_looked(environment):
    kept = {**environment, "PATH": "", "PYTHONPATH": str(SOURCE)}
    kept.pop("NATS_CREDENTIALS_BRIDGE")
    result = subprocess.run(
        [sys.executable, "-m", "nats_credentials_bridge", "--version"],
        env=kept, capture_output=True, text=True, timeout=LIMIT,
    )  # fmt: skip
    assert result.returncode == 1
    assert "was not found; looked at:" in result.stderr
    assert "Traceback" not in result.stderr


def test_pytest_has_the_fixtures_when_the_wheel_is_installed(wheel, tmp_path, environment):
    install = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--no-index", "--target"]
    subprocess.run([*install, tmp_path / "site", wheel], check=True, capture_output=True, timeout=LIMIT)
    (tmp_path / "test_it.py").write_text("def test_it(nats_server): assert nats_server.url\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        f"--nats-server-exec={os.environ['NATS_SERVER']}",
    ]
    del environment["NATS_CREDENTIALS_BRIDGE"]
    result = subprocess.run(
        command,
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    assert result.returncode == 0, result.stdout


def test_the_test_of_the_readme_type_checks_where_the_wheel_is_installed(wheel, tmp_path):
    venv.create(tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python]
    subprocess.run([*pip, "install", "--no-index", wheel], check=True, capture_output=True, timeout=LIMIT)
    # pytest and nats-py are not installed again.
    (site,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    (site / "more.pth").write_text(sysconfig.get_path("purelib"))
    readme = (PROJECT / "README.md").read_text()
    files = re.findall(r"^```python\n(# (\w+\.py)\n.+?)^```$", readme, re.M | re.S)
    assert [name for _, name in files] == ["app.py", "test_app.py"]
    for text, name in files:
        (tmp_path / name).write_text(text)
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--python-executable", python]
    result = subprocess.run(
        [*command, "--cache-dir", tmp_path / "cache", "test_app.py"],
        cwd=tmp_path, env={}, capture_output=True, text=True, timeout=LIMIT,
    )  # fmt: skip
    assert (result.returncode, result.stderr) == (0, ""), result.stdout


def programs():
    """The Python programs of the README, but for those of its tests, which have names."""
    return re.findall(r"^```python\n(?!# \w+\.py\n)(.+?)^```$", (PROJECT / "README.md").read_text(), re.M | re.S)


def first_program():
    program = programs()[0]
    assert len(program.splitlines()) <= 10
    return program


@pytest.mark.parametrize("number", range(3))
def test_every_program_of_the_readme_runs(number, tmp_path, environment):
    assert len(programs()) == 3
    result = subprocess.run(
        [sys.executable, "-c", programs()[number]],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=LIMIT,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "BEGIN" not in result.stdout
