"""The files of a release: the same in every run, and in the archive a program without symbols that runs where it is unpacked."""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile

import pytest

from bridge import clean_environment
from pages import ROOT

# Seconds for one of the tools that are run here; it takes one where nothing else is busy.
LIMIT = 120

NAME = "nats-credentials-bridge"
# Where its own functions are, if it is the one that Tests/tools has brought.
ZSH = "[[ -z $ZSH_ROOT ]] || { module_path=($ZSH_ROOT/usr/lib/*/zsh/*(/)); fpath=($ZSH_ROOT/usr/share/zsh/functions/**/*(/)) }"


@pytest.fixture(scope="module")
def unpacked(packages, version, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unpacked")
    base = f"{NAME}-{version}-linux-{platform.machine()}"
    with tarfile.open(packages / f"{base}.tar.xz") as archive:
        archive.extractall(folder)
    return folder / base


def test_two_runs_make_the_same_bytes(twice):
    first, second = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in twice)
    assert len(first) > 1 and first.keys() == second.keys()
    assert [name for name, content in first.items() if content != second[name]] == []


def test_the_sums_are_those_of_all_files(packages):
    sums = (packages / "SHA256SUMS").read_text()
    names = re.findall(r"^[0-9a-f]{64}  (\S+)$", sums, re.MULTILINE)
    assert names == sorted(path.name for path in packages.iterdir() if path.name != "SHA256SUMS") and len(names) == sums.count("\n")
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=packages, check=True, timeout=LIMIT)


def test_everything_in_the_archive_is_of_root_and_of_one_time(packages, version):
    with tarfile.open(packages / f"{NAME}-{version}-linux-{platform.machine()}.tar.xz") as archive:
        entries = archive.getmembers()
    assert [entry.name for entry in entries] == sorted(entry.name for entry in entries) and len(entries) > 40
    assert {(entry.uid, entry.gid, entry.mtime) for entry in entries} == {(0, 0, 1_700_000_000)}
    assert {entry.name.rpartition("/")[2] for entry in entries if entry.isfile() and entry.mode == 0o755} == {NAME}
    assert {entry.mode for entry in entries if entry.name.rpartition("/")[2] != NAME or entry.isfile() and entry.mode != 0o755} == {0o755, 0o644}


def test_the_program_is_stripped_and_looks_for_libraries_where_the_system_does(unpacked):
    shown = subprocess.run(["readelf", "-WSld", unpacked / "bin" / NAME], capture_output=True, check=True, text=True).stdout
    assert ".dynsym" in shown and ".symtab" not in shown and ".debug" not in shown
    assert "GNU_RELRO" in shown and ".note.gnu.build-id" in shown
    assert "(NEEDED)" in shown and "RUNPATH" not in shown and "RPATH" not in shown
    assert (unpacked / "bin" / NAME).stat().st_size < 12_000_000


def test_nothing_in_the_program_tells_in_which_folder_it_was_built(unpacked):
    """Two builds in two folders were found to be the same, but for what Swift keeps in this section."""
    command = ["readelf", "--hex-dump=.swift_modhash", unpacked / "bin" / NAME]
    shown = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    lines = re.findall(r"^  0x[0-9a-f]+ ([0-9a-f ]{35}) ", shown, re.MULTILINE)
    assert len(lines) > 100 and set("".join(lines)) == {"0", " "}
    assert str(ROOT).encode() not in (unpacked / "bin" / NAME).read_bytes()


def test_the_first_credential_is_made_where_nothing_but_the_archive_is(unpacked, home):
    environment = {name: value for name, value in clean_environment(home).items() if name != "PATH"}
    command = [unpacked / "bin" / NAME, "call", "credentials.create", "name=app", "save_to=app.creds", "--region", "local"]
    result = subprocess.run(command, env={**environment, "PATH": ""}, cwd=home, capture_output=True, timeout=LIMIT)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["saved"]["path"] == str(home / "app.creds") and (home / "app.creds").exists()


def test_copied_below_a_prefix_everything_is_found_where_it_is_looked_for(unpacked, home):
    """In an empty home: the manual page by man, each shell's completion and Neovim's extension by themselves, the library by its path."""
    prefix = home / ".local"
    prefix.mkdir()
    for name in ("bin", "share"):
        shutil.copytree(unpacked / name, prefix / name)
    environment = {"HOME": str(home), "PATH": f"{prefix}/bin:{os.environ['PATH']}", "XDG_DATA_DIRS": f"{prefix}/share", "TERM": "dumb"}
    plug = "echo exists(':NatsCreds') | help natscreds | echo expand('%:p')"
    asks = {
        "man -w nats-credentials-bridge": f"{prefix}/share/man/man1/{NAME}.1",
        f"source {prefix}/share/{NAME}/natscreds.sh && natscreds_open --region local && natscreds_call bridge.ping && natscreds_close": "{}",
        f"source {prefix}/share/bash-completion/completions/{NAME} && complete -p {NAME}": NAME,
        f"fish -c 'complete -C \"{NAME} doc\"'": "doctor",
        f"zsh -fc '{ZSH}; fpath=({prefix}/share/zsh/site-functions $fpath); autoload -Uz compinit; compinit -u -D; echo $_comps[{NAME}]'": f"_{NAME}",
        f'nvim --headless -c "{plug}" -c quitall 2>&1': f"{prefix}/share/nvim/site/pack/natscreds/start/natscreds/doc/natscreds.txt",
    }
    for command, shown in asks.items():
        result = subprocess.run(["bash", "-c", command], env=environment, cwd=home, capture_output=True, text=True, timeout=LIMIT)
        assert result.returncode == 0 and shown in result.stdout, (command, result.stdout, result.stderr)


def refusal(folder, program, *arguments, python=(), **more):
    command = [sys.executable, *python, ROOT / ".ci/package", "--out", folder / "out", "--program", program, *arguments]
    result = subprocess.run(command, env={**os.environ, "SOURCE_DATE_EPOCH": "1", **more}, capture_output=True, text=True, timeout=LIMIT)
    assert result.returncode == 1 and "Traceback" not in result.stderr and not (folder / "out").exists()
    return result.stderr


def test_what_is_missing_to_make_packages_is_named_at_once(tmp_path):
    """git only where it is asked for the time."""
    missing = "not everything is here that makes packages; install Debian's binutils chrpath dpkg {}mmdebstrap nodejs npm\n"
    for time, git in ("1", ""), ("", "git "):
        assert refusal(tmp_path, tmp_path / "no program", "--image", PATH=str(tmp_path), SOURCE_DATE_EPOCH=time) == missing.format(git)


def test_a_python_that_can_make_no_environment_is_told_at_once(tmp_path):
    """As Debian's without python3-venv; -S takes away the builder that the tests have."""
    (tmp_path / "ensurepip.py").write_text("raise ImportError")
    said = refusal(tmp_path, tmp_path / "no program", python=["-S"], PYTHONPATH=str(tmp_path))
    assert said == "not everything is here that makes packages; install Debian's python3-venv\n"


def compiled(folder, text, *more):
    program, source = folder / "program", folder / "program.c"
    source.write_text(f"#include <stdio.h>\n#include <stdlib.h>\n{text}\n")
    subprocess.run(["cc", "-Wl,-rpath,/nowhere", "-o", program, source, *more], check=True)
    return program


def test_a_program_of_other_sources_is_not_packed(tmp_path):
    assert 'says that it is "another 1.2.3"' in refusal(tmp_path, compiled(tmp_path, 'int main(void) { puts("another 1.2.3"); }'))


def test_what_is_no_program_is_not_packed(tmp_path):
    (tmp_path / "script").write_text("#!/bin/sh\n")
    assert "readelf failed with" in refusal(tmp_path, tmp_path / "script")


def test_a_program_for_another_machine_is_not_packed(tmp_path):
    program = compiled(tmp_path, "int main(void) { return 0; }")
    content = bytearray(program.read_bytes())
    content[18:20] = (243).to_bytes(2, "little")
    program.write_bytes(content)
    assert refusal(tmp_path, program) == f"{program} is for RISC-V; packages are made for x86_64 and aarch64\n"


def test_a_program_that_needs_a_newer_glibc_or_another_library_is_not_packed(tmp_path, version):
    library = tmp_path / "libother.so"
    subprocess.run(["cc", "-shared", "-o", library, "-xc", "-"], input=b"int other(void) { return 0; }", check=True)
    text = f'int other(void);\nint main(void) {{ puts("{NAME} {version}"); return arc4random() == 0 && other(); }}'
    said = refusal(tmp_path, compiled(tmp_path, text, library), LD_LIBRARY_PATH=str(tmp_path))
    assert re.search(r"none to be shipped: it needs a glibc of 2\.36; it needs .*libother\.so", said), said


def test_the_readme_tells_sizes_and_commands_as_they_are(packages, version):
    """To a tenth of a megabyte, or 5 %: each build differs a little."""
    rows = re.findall(r"^\| .* \| (`.*) \| ([\d.]+) \| .* \|$", (ROOT / "README.md").read_text(), re.MULTILINE)
    rows = [row for row in rows if ".oci.tar" not in row[0]]
    assert len(rows) == 4
    patterns = [["*.tar.xz"], *([word for word in row.split("`")[1].split() if "*" in word] for row, _ in rows[1:])]
    for (_, told), names in zip(rows, patterns, strict=True):
        found = [path for name in names for path in packages.glob(name.removeprefix("./"))]
        assert len(found) == len(names), names
        size = sum(path.stat().st_size for path in found) / 1e6
        assert abs(size - float(told)) < max(0.1, 0.05 * size), (names, size)
