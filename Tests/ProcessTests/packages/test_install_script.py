"""install.sh installs what the sums name, replaces what it has installed, and removes it."""

import hashlib
import os
import platform
import shutil
import subprocess
import tarfile

import pytest

# Seconds for one of the tools that are run here; it takes one where nothing else is busy.
LIMIT = 120

NAME = "nats-credentials-bridge"


@pytest.fixture
def release(packages, tmp_path):
    """The files that it uses, as a user has them."""
    folder = tmp_path / "release"
    folder.mkdir()
    for path in [packages / "SHA256SUMS", packages / "install.sh", *packages.glob("*.tar.xz")]:
        shutil.copy(path, folder)
    return folder


def install(release, home, *arguments, **more):
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), **more}
    return subprocess.run(["sh", release / "install.sh", *arguments], env=environment, capture_output=True, text=True, timeout=LIMIT)


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def stand_in(home, program, text):
    """A PATH on which this script comes first."""
    (home / "bin").mkdir()
    (home / "bin" / program).write_text(f"#!/bin/sh\n{text}\n")
    (home / "bin" / program).chmod(0o755)
    return f"{home / 'bin'}:{os.environ['PATH']}"


def test_it_installs_again_over_what_runs_and_removes_all_of_it(release, home, version):
    prefix = home / ".local"
    installed = f"{NAME} {version} is installed: {prefix}/bin/{NAME}\nPATH has no {prefix}/bin yet.\n"
    first = install(release, home)
    assert (first.returncode, first.stdout, first.stderr) == (0, installed, "")
    running = subprocess.Popen([prefix / "bin" / NAME], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"HOME": str(home)})
    old = prefix / f"share/{NAME}/only-in-an-older-version"
    old.touch()
    with (prefix / f"share/{NAME}/installed-files").open("a") as listed:
        listed.write(f"{old.relative_to(prefix)}\n")
    second = install(release, home)
    assert (second.returncode, second.stdout, second.stderr) == (0, installed, "")
    output, _ = running.communicate(b'{"jsonrpc":"2.0","id":1,"method":"bridge.ping"}\n', timeout=LIMIT)
    assert output == b'{"jsonrpc":"2.0","id":1,"result":{}}\n'
    assert not old.exists()
    (prefix / "share/mine").touch()
    assert install(release, home, "--remove").returncode == 0
    assert files(prefix) == ["share", "share/mine"]


@pytest.mark.parametrize("linked", [["bin"], ["share"], ["bin", "share"]], ids="-".join)
def test_it_installs_and_removes_where_folders_of_the_prefix_are_links(release, home, linked):
    prefix, elsewhere = home / ".local", home / "elsewhere"
    prefix.mkdir()
    for name in linked:
        (elsewhere / name).mkdir(parents=True)
        (prefix / name).symlink_to(elsewhere / name)
    for _ in range(2):
        result = install(release, home)
        assert (result.returncode, result.stderr) == (0, "")
        assert (prefix / "bin" / NAME).is_file() and (prefix / f"share/{NAME}/natscreds.sh").is_file()
    result = install(release, home, "--remove")
    assert (result.returncode, result.stderr) == (0, "")
    assert files(prefix) == linked and files(elsewhere) == linked


@pytest.mark.parametrize("signal", ["HUP", "INT", "TERM"])
def test_what_a_signal_breaks_off_can_be_done_again(release, home, signal):
    """The signal comes when the first file of the old installation is removed."""
    assert install(release, home).returncode == 0
    (home / "tmp").mkdir()
    path = stand_in(home, "rm", f'case $1 in -f) kill -{signal} "$PPID" ;; esac\nexec {shutil.which("rm")} "$@"')
    broken = install(release, home, PATH=path, TMPDIR=home / "tmp")
    assert (broken.returncode, broken.stdout, files(home / "tmp")) == (1, "", [])
    assert not (home / ".local/bin" / NAME).exists()
    assert install(release, home).returncode == 0
    assert install(release, home, "--remove").returncode == 0 and files(home / ".local") == []


def test_a_program_that_does_not_run_is_no_success(release, home):
    base = f"{NAME}-1.0-linux-{platform.machine()}"
    folder = release / base
    for name, text in (f"bin/{NAME}", "#!/bin/sh\necho said\nexit 3\n"), ("share/file", ""):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    with tarfile.open(release / f"{base}.tar.xz", "w:xz") as archive:
        archive.add(folder, base)
    (release / "SHA256SUMS").write_text(f"{hashlib.sha256((release / f'{base}.tar.xz').read_bytes()).hexdigest()}  {base}.tar.xz\n")
    result = install(release, home)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.endswith(f"{home}/.local/bin/{NAME} is installed, but does not run here\n")


def test_without_curl_nothing_is_brought_from_elsewhere(release, home):
    """wget may be there; it follows a redirect to http."""
    (home / "bin").mkdir()
    for name in ("sh", "dirname", "mktemp", "rm", "uname", "getconf"):
        (home / "bin" / name).symlink_to(shutil.which(name))
    (home / "bin/wget").symlink_to(shutil.which("true"))
    result = install(release, home, "--from", "https://x.invalid", PATH=str(home / "bin"))
    assert (result.returncode, result.stdout) == (1, "") and "there is no curl, which brings https://x.invalid/SHA256SUMS" in result.stderr


def test_what_has_another_sum_is_not_installed(release, home):
    (archive,) = release.glob("*.tar.xz")
    with archive.open("r+b") as file:
        file.seek(1000)
        file.write(b"x")
    result = install(release, home)
    assert result.returncode == 1 and f"{archive.name} is not the one that SHA256SUMS names" in result.stderr
    assert not (home / ".local").exists()


@pytest.mark.parametrize(
    "program, says, said",
    [
        ("uname", 'case $1 in -s) echo Linux ;; *) echo riscv64 ;; esac', "there is no program for riscv64"),
        ("uname", "echo Darwin", "there is a program for Linux only"),
        ("getconf", "echo glibc 2.31", "this Linux has glibc 2.31; the program needs 2.34 or newer"),
        ("getconf", "exit 1", "this Linux has no glibc"),
    ],
)  # fmt: skip
def test_a_machine_that_it_would_not_run_on_gets_nothing(release, home, program, says, said):
    result = install(release, home, PATH=stand_in(home, program, says))
    assert result.returncode == 1 and said in result.stderr
    assert not (home / ".local").exists()


def test_it_runs_whole_or_not_at_all(release, home):
    """A download that breaks off is a script that breaks off."""
    text = (release / "install.sh").read_text()
    cut = text[: text.rindex('main "$@"')]
    result = subprocess.run(["sh", "-s"], input=cut, env={"PATH": os.environ["PATH"], "HOME": str(home)}, capture_output=True, text=True)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "") and not (home / ".local").exists()


@pytest.mark.parametrize("arguments, said", [(["--from", "http://x.invalid"], "only https"), (["--prefix"], "2"), (["--remove"], "nothing that")])
def test_what_it_does_not_do(release, home, arguments, said):
    result = install(release, home, *arguments)
    assert result.returncode != 0 and said in result.stderr and not (home / ".local").exists()
