"""Tests/run ends with 0 only if everything was tested and passed, but for what it was asked to leave out by name; its last lines say the rest."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bridge import LIMIT

TESTS = Path(__file__).resolve().parents[2]
PARTS = ["format", "unit", "process", "python", "node", "shell", "neovim"]
# What any machine has that can run a script of bash.
BASICS = ["basename", "bash", "cat", "chmod", "cp", "dirname", "env", "find", "grep", "head", "ln", "mkdir", "nproc", "rm", "timeout", "uname", "xargs"]


@pytest.fixture
def machine(tmp_path):
    """A project with the two scripts, and a machine that has the basics and a Swift that notes what it is asked and says yes."""
    (tmp_path / "Tests").mkdir()
    for script in ("run", "tools"):
        shutil.copy(TESTS / script, tmp_path / "Tests" / script)
    (tmp_path / "clients/node/test").mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    for name in BASICS:
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    has(tmp_path, "swift", 'echo "$1" >> asked')
    return tmp_path


def has(machine, name, script):
    (machine / "bin" / name).write_text(f"#!/bin/sh\n{script}\n")
    (machine / "bin" / name).chmod(0o755)


def run_tests(machine, *arguments):
    result = subprocess.run(
        [machine / "Tests" / "run", *arguments], env={"PATH": str(machine / "bin"), "HOME": str(machine)}, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, timeout=LIMIT,
    )  # fmt: skip
    return result.returncode, result.stdout, result.stderr


def without(*parts):
    return [word for part in parts for word in ("--without", part)]


def test_what_is_left_out_is_named_and_no_failure(machine):
    has(machine, "cc", "")
    status, shown, _ = run_tests(machine, *without(*PARTS[2:]))
    assert (status, shown.splitlines()[-1]) == (0, "Left out, as asked: process python node shell neovim")
    assert (machine / "asked").read_text().split() == ["format", "build", "test"]


def test_what_cannot_be_had_is_named_and_a_failure(machine):
    """Also where nothing that ran has failed: no compiler, so no benchmark, but all parts that are wanted do without."""
    status, shown, _ = run_tests(machine, *without(*PARTS[2:]))
    assert (status, shown.splitlines()[-1]) == (1, "Not to be had, so not everything is tested: cc, of Debian's package gcc")


def test_on_a_machine_that_has_nothing_all_of_it_is_named(machine):
    status, shown, _ = run_tests(machine)
    assert (status, shown.splitlines()[-1]) == (1, "Failed: process python node shell neovim")
    for name in ("Python packages: pytest", "the newest nats-server", "Debian's nats-server", "Debian's node-typescript", "strace, of",
                 "bats, of", "fish, of", "zsh, of", "npm, of", "ps, of", "man, of", "perl, of"):  # fmt: skip
        assert f"\nNot to be had, so not everything is tested: {name}" in shown, name
    assert (machine / "asked").read_text().split() == ["format", "build", "test", "build"]


def test_a_part_that_fails_stops_no_other(machine):
    has(machine, "cc", "")
    has(machine, "swift", 'echo "$1" >> asked; [ "$1" != format ]')
    status, shown, _ = run_tests(machine, *without(*PARTS[2:]))
    assert (status, shown.splitlines()[-1]) == (1, "Failed: format")
    assert (machine / "asked").read_text().split() == ["format", "build", "test"]


def test_a_part_ends_at_its_first_failure(machine):
    has(machine, "cc", "")
    has(machine, "swift", 'echo "$1" >> asked; [ "$1" != build ]')
    status, shown, _ = run_tests(machine, *without(*PARTS[2:]))
    assert (status, shown.splitlines()[-1]) == (1, "Failed: unit")
    assert (machine / "asked").read_text().split() == ["format", "build"]


def test_every_fuzz_target_runs_and_what_one_finds_is_a_failure(machine):
    for target in ("json", "lines"):
        (machine / "Tests" / "Fuzz" / "corpus" / target).mkdir(parents=True)
    has(machine, "cc", "")
    has(machine, "swift", "[ \"$NATS_CREDENTIALS_BRIDGE_FUZZ\" = 1 ] && for word; do :; done && [ $word != --show-bin-path ] || echo bin")
    has(machine, "fuzz", 'echo "$FUZZ_TARGET $*" >> asked; [ "$FUZZ_TARGET" != json ]')
    status, shown, _ = run_tests(machine, "--fuzz", "7")
    assert (status, shown.splitlines()[-1]) == (1, "Failed: json")
    asked = (machine / "asked").read_text().splitlines()
    assert [line.split()[0] for line in asked] == ["json", "lines"]
    assert all(" -max_total_time=7 " in line and line.endswith(f" Tests/Fuzz/corpus/{line.split()[0]}") for line in asked)


@pytest.mark.parametrize("arguments", [["--without"], ["--without", "nodes"], ["--without", ""], ["--without", "format unit"], ["nodes"],
                                       ["--fuzz"], ["--fuzz", "0"], ["--fuzz", "ever"]])  # fmt: skip
def test_what_it_does_not_know_is_refused(machine, arguments):
    status, shown, said = run_tests(machine, *arguments)
    assert (status, shown) == (64, "") and said.startswith(f"{machine}/Tests/run: ")
    assert arguments[0] != "--without" or all(part in said for part in PARTS)
    assert not os.path.exists(machine / "asked")
