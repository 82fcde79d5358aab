"""The guard of the instruction counts: what it fails at, what it only tells, and what it does where the libraries are others."""

import json
import subprocess
import sys

import pytest

from bridge import LIMIT
from pages import ROOT

sys.path.append(str(ROOT / "Tests" / "Benchmarks"))

import instructions  # noqa: E402

KEPT = json.loads(instructions.FILE.read_text())
VERSIONS = KEPT["counted_with"]
ALL = list(instructions.FIGURES)


def judged(*counted, kept=1_000):
    return instructions.judged({"get": kept}, {"get": counted})


def test_a_figure_four_percent_above_fails_and_is_told_with_what_to_do():
    _, (failure,) = judged(1_041, 1_040, 1_039)
    assert failure.startswith("get: local credentials.get, one in flight: 1,040 instructions, 4.0% more than the 1,000 of instructions.json.")
    assert "callgrind_annotate .build/instructions/get " in failure and failure.endswith("Tests/run --instructions --write")


@pytest.mark.parametrize("counted", [(1_030,), (1_000,), (970,), (1_020, 1_025, 1_200)])
def test_a_figure_within_three_percent_is_told_and_that_is_all(counted):
    lines, failures = judged(*counted)
    assert failures == [] and len(lines) == 2 and lines[1].split()[:3] == ["get", f"{sorted(counted)[len(counted) // 2]:,}", "1,000"]


def test_a_figure_far_below_is_no_failure_but_told():
    lines, failures = judged(900)
    assert failures == [] and lines[-1] == "  10.0% fewer than in the file; Tests/run --instructions --write keeps it so"


def test_a_figure_that_stands_nowhere_fails():
    lines, failures = instructions.judged({}, {"get": [1_000]})
    assert failures == ["get: stands nowhere in instructions.json; Tests/run --instructions --write puts it there"]
    assert lines[-1].split() == ["get", "1,000", "-", "-", "0.00%"]


def test_the_spread_of_the_runs_is_told():
    (_, line), _ = judged(1_000, 1_010, 1_005)
    assert line.split() == ["get", "1,005", "1,000", "+0.5%", "1.00%"]


def test_the_same_versions_are_no_difference():
    assert instructions.different(VERSIONS, dict(VERSIONS), ALL) == []


@pytest.mark.parametrize("name", VERSIONS)
def test_another_version_is_told_with_what_to_leave_out(name):
    first, *_, without, again = instructions.different(VERSIONS, {**VERSIONS, name: "another"}, ALL)
    assert first == f"{name} is another here; the figures were counted with {VERSIONS[name]}"
    assert without.endswith(f" by name: --without {name}") and again.endswith("Tests/run --instructions --write")


def test_another_version_of_what_no_figure_uses_is_no_difference():
    there = {**VERSIONS, "libcurl": "another"}
    assert instructions.different(VERSIONS, there, ["start", "ping", "get", "create"]) == []
    assert instructions.different(VERSIONS, there, ["ping", "http_page"]) != []


def test_the_file_has_every_figure_and_every_version():
    assert list(KEPT["instructions"]) == ALL and all(type(count) is int and count > 1_000 for count in KEPT["instructions"].values())
    assert set(VERSIONS) == {name for figure in ALL for name in instructions.uses(figure)}
    assert all(isinstance(version, str) and version for version in VERSIONS.values())


def guard(*arguments, **variables):
    command = [sys.executable, ROOT / "Tests/Benchmarks/instructions.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, env=variables)


@pytest.mark.parametrize("arguments", [["--without", "nothing"], ["--without"], ["--write", "--without", "get"], ["get"], ["--writ"]])
def test_what_it_does_not_know_is_refused(arguments):
    result = guard(*arguments)
    assert (result.returncode, result.stdout) == (2, "") and result.stderr.startswith("usage: Tests/run --instructions ")


@pytest.fixture
def tools(tmp_path):
    """A machine whose compiler is another, and that has no more than that and a valgrind."""
    for name, said in {"swift": "Swift version 9.9", "valgrind": "valgrind-9.9.9"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\necho '{said}'\n")
        (tmp_path / name).chmod(0o755)
    return str(tmp_path)


def test_on_another_machine_it_fails_before_it_counts(tools):
    result = guard(PATH=tools)
    assert (result.returncode, result.stdout) == (1, "")
    assert f"Swift is 9.9 here; the figures were counted with {VERSIONS['Swift']}\n" in result.stderr
    assert " --without Swift" in result.stderr and " --without valgrind" in result.stderr


def test_what_is_left_out_by_name_is_named_and_no_failure(tools):
    """Also where that is everything."""
    result = guard("--without", "Swift", PATH=tools)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-1] == "Left out, as asked: " + " ".join(ALL)


def test_without_valgrind_it_fails(tmp_path):
    (tmp_path / "swift").write_text("#!/bin/sh\necho 'Swift version 9.9'\n")
    (tmp_path / "swift").chmod(0o755)
    result = guard(PATH=str(tmp_path))
    assert (result.returncode, result.stderr) == (1, "there is no valgrind; Tests/run --instructions brings it\n")
