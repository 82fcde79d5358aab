"""Tests/run ends with 0 only if everything was tested and passed, but for what it was asked to leave out by name; its last lines say the rest."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bridge import LIMIT

TESTS = Path(__file__).resolve().parents[2]
PARTS = ["format", "unit", "process", "python", "node", "shell", "neovim"]
# What any machine has that can run a script of bash.
BASICS = [
    "basename", "bash", "cat", "chmod", "cp", "dirname", "env", "find", "grep", "head", "ln", "mkdir", "nproc", "rm", "sed", "sort", "timeout",
    "uname", "xargs",
]  # fmt: skip


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
    # What stands there may be a link to the machine's own.
    (machine / "bin" / name).unlink(missing_ok=True)
    (machine / "bin" / name).write_text(f"#!/bin/sh\n{script}\n")
    (machine / "bin" / name).chmod(0o755)


def run_tests(machine, *arguments):
    result = subprocess.run(
        [machine / "Tests" / "run", *arguments], env={"PATH": str(machine / "bin"), "HOME": str(machine)}, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, timeout=LIMIT,
    )  # fmt: skip
    return result.returncode, result.stdout, result.stderr


FILES = {
    "Tests/JSONTests/ScannerTests.swift": "@Test func aLoneSurrogateIsRefused() {}\n", "Tests/JSONTests/Support.swift": "func helper() {}\n",
    "Tests/ProcessTests/wire/test_cancel.py": "def test_a_cancel_in_time(): pass\n", "Tests/ProcessTests/wire/conftest.py": "",
    "Tests/ProcessTests/local/test_kills.py": "def test_nothing_is_lost(): pass\n",
    "clients/python/tests/test_lists.py": "async def test_a_cancel_of_a_list(): pass\n", "clients/generate_types.py": "",
    "clients/editors/neovim/test/test_create.py": "def test_a_buffer(): pass\n",
    "clients/node/test/lists.test.mjs": "", "clients/node/test/death.test.mjs": "",
    "clients/shell/test/lists.bats": "", "clients/shell/test/calls.bats": "",
}  # fmt: skip


@pytest.fixture
def furnished(machine):
    """The same with tests of every kind, and with all the tools: each notes what it is asked, and says yes."""
    for name, text in FILES.items():
        (machine / name).parent.mkdir(parents=True, exist_ok=True)
        (machine / name).write_text(text)
    for name in ("swift", "cc", "bats", "esbuild", "git", "ksh", "shellcheck", "fish", "zsh", "nvim", "mandoc", "strace", "chrpath", "xz", "strip",
                 "readelf", "make", "man", "node", "npm", "perl", "ps", "python3"):  # fmt: skip
        has(machine, name, f'echo "{name} $*" >> {machine}/asked')
    tools = machine / ".build" / "tools"
    for name in ("python/bin/pytest", "nats-server-newest/bin/nats-server", "nats-server/nats-server", "deno/bin/deno"):
        (tools / name).parent.mkdir(parents=True)
        has(machine, tools / name, f'echo "${{0##*/}} $*" >> {machine}/asked')
    for name in ("node-typescript", "nodejs/usr/share/nodejs", "node-undici/usr/share/nodejs/undici-types", "root/usr/share/nodejs/jsdom"):
        (tools / name).mkdir(parents=True)
    packages = re.search(r"packages=\((.*?)\)\n", (TESTS / "tools").read_text(), re.DOTALL)[1]
    (tools / "python" / "installed").write_text(" ".join(re.findall(r"'(.*?)'", packages)) + "\n")
    return machine


def asked(machine):
    """What ran, without the builds."""
    path = machine / "asked"
    lines = path.read_text().splitlines() if path.exists() else []
    return [line for line in lines if not line.startswith("swift build")]


PROCESS, PYTHON, NEOVIM = "Tests/ProcessTests", "clients/python/tests", "clients/editors/neovim/test"
GENERATED = ["python3 clients/generate_types.py --check", "python3 clients/generate_sync.py --check"]


def by_pytest(*arguments):
    workers = subprocess.run(["nproc"], capture_output=True, text=True, check=True).stdout
    return " ".join(["pytest -q -p no:cacheprovider -n", str(2 * int(workers)), *arguments])


@pytest.mark.parametrize(
    "filters, ran",
    {
        "format": ["swift format lint --strict -r Package.swift Sources Tests"],
        "test_cancel": [by_pytest(f"{PROCESS}/wire/test_cancel.py", "-k test_cancel")],
        "Tests/ProcessTests/wire/test_cancel.py": [by_pytest(f"{PROCESS}/wire/test_cancel.py", "-k test_cancel")],
        "local/": [by_pytest(f"{PROCESS}/local/test_kills.py", "-k local")],
        "a_cancel": [
            by_pytest(f"{PROCESS}/wire/test_cancel.py", "-k a_cancel"), *GENERATED, by_pytest(f"{PYTHON}/test_lists.py", "-k a_cancel"),
        ],
        "lost cancel_in": [by_pytest(f"{PROCESS}/local/test_kills.py", f"{PROCESS}/wire/test_cancel.py", "-k lost or cancel_in")],
        "ScannerTests": ["swift test --filter ScannerTests"],
        "JSONTests buffer": ["swift test --filter JSONTests", by_pytest(f"{NEOVIM}/test_create.py", "-k buffer")],
        "aLoneSurrogateIsRefused": ["swift test --filter aLoneSurrogateIsRefused"],
        "lists": [
            *GENERATED, by_pytest(f"{PYTHON}/test_lists.py", "-k lists"), "node --test --test-concurrency=3 test/lists.test.mjs",
            "bats clients/shell/test/lists.bats",
        ],
        "death.test.mjs": ["node --test --test-concurrency=3 test/death.test.mjs"],
        "clients/shell/test/calls.bats": ["bats clients/shell/test/calls.bats"],
        "neovim kills": [by_pytest(f"{PROCESS}/local/test_kills.py", "-k kills"), by_pytest("clients/editors/neovim")],
        "lists --without python --without node": ["bats clients/shell/test/lists.bats"],
    }.items(),
)  # fmt: skip
def test_a_filter_runs_what_it_matches_and_nothing_else(furnished, filters, ran):
    status, shown, said = run_tests(furnished, *filters.split())
    assert (status, said) == (0, ""), shown
    assert asked(furnished) == ran
    assert "\nOnly what was asked for: " in shown


def test_without_a_filter_every_part_runs_whole(furnished):
    status, shown, said = run_tests(furnished)
    assert (status, said) == (0, ""), shown
    assert sorted(asked(furnished)) == sorted([
        "swift format lint --strict -r Package.swift Sources Tests", "swift test", by_pytest(PROCESS), *GENERATED, by_pytest("clients/python"),
        "node --test --test-concurrency=3 test/death.test.mjs test/lists.test.mjs", "bats clients/shell/test/calls.bats",
        "bats clients/shell/test/lists.bats", by_pytest("clients/editors/neovim"),
    ])  # fmt: skip


SANITIZED = re.compile(r"pytest .* -rs( Tests/ProcessTests/\S+)+")


def test_sanitizers_watch_the_unit_tests_and_the_program(furnished):
    status, shown, said = run_tests(furnished, "--sanitize", "unit", "process")
    assert (status, said) == (0, ""), shown
    first, *tests, whole, thread, address = asked(furnished)
    assert first == "swift test" and whole == by_pytest(PROCESS) and thread == address and SANITIZED.fullmatch(thread)
    assert [line.split("--sanitize=")[1] for line in tests] == ["thread", "address"]
    built = [line for line in (furnished / "asked").read_text().splitlines() if "--product" in line and "--show-bin-path" not in line]
    assert [re.search(r"--sanitize (\w+)", line)[1] for line in built] == ["thread", "address"]


def test_every_test_that_sanitizers_watch_is_there(furnished):
    run_tests(furnished, "--sanitize", "process")
    paths = asked(furnished)[-1].split(" -rs ")[1].split()
    assert len(paths) > 10 and all((TESTS.parent / path).exists() for path in paths), paths


def test_with_a_filter_sanitizers_watch_what_it_matches(furnished):
    run_tests(furnished, "--sanitize", "test_cancel")
    ran = by_pytest(f"{PROCESS}/wire/test_cancel.py", "-k test_cancel")
    assert asked(furnished) == [ran, ran, ran]


def test_a_report_of_a_sanitizer_is_a_failure_also_where_every_test_passes(furnished):
    has(furnished, furnished / ".build/tools/python/bin/pytest", '[ -z "$SANITIZER" ] || echo "WARNING: data race" > "$SANITIZER_REPORTS/gw0.1"')
    status, shown, _ = run_tests(furnished, "--sanitize", "process")
    assert (status, shown.splitlines()[-1]) == (1, "Failed: process") and "WARNING: data race" in shown


NOTHING = ["test_nothing_of_the_kind", "test_cancel elsewhere", "Support", "conftest", "lists --without python --without node --without shell"]


@pytest.mark.parametrize("filters", NOTHING)
def test_a_filter_that_matches_nothing_is_an_error(furnished, filters):
    status, shown, said = run_tests(furnished, *filters.split())
    assert (status, shown) == (64, "") and re.fullmatch(r".*/Tests/run: nothing is called \w+; .*\n", said)
    assert not (furnished / "asked").exists()


def test_a_filter_asks_only_for_the_tools_of_its_parts(machine):
    (machine / "clients" / "shell" / "test").mkdir(parents=True)
    (machine / "clients" / "shell" / "test" / "calls.bats").touch()
    for folder in (PROCESS, PYTHON, NEOVIM):
        (machine / folder).mkdir(parents=True)
    status, shown, _ = run_tests(machine, "calls")
    assert status == 1 and "bats, of Debian's package bats" in shown
    for other in ("nvim", "mandoc", "strace", "nats-server", "Python packages", "npm"):
        assert other not in shown, other


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
    for name in ("Python packages: pytest", "the newest nats-server", "Debian's nats-server", "Debian's node-typescript",
                 "deno: the Python package deno", "esbuild, of", "Debian's node-jsdom", "strace, of", "chrpath, of", "xz, of", "bats, of", "fish, of",
                 "zsh, of", "npm, of", "ps, of", "man, of", "perl, of"):  # fmt: skip
        assert f"\nNot to be had, so not everything is tested: {name}" in shown, name
    assert (machine / "asked").read_text().split() == ["format", "build", "test", "build"]


def test_a_tool_that_is_put_into_one_that_is_missing_stops_nothing(furnished):
    shutil.rmtree(furnished / ".build/tools/nodejs")
    status, shown, _ = run_tests(furnished, "lists", "--without", "python")
    missing = re.findall("^Not to be had, so not everything is tested: (.*)", shown, re.MULTILINE)
    assert (status, missing) == (1, ["Debian's nodejs", "the types of Debian's node-undici"])
    assert asked(furnished) == ["node --test --test-concurrency=3 test/lists.test.mjs", "bats clients/shell/test/lists.bats"]


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


def test_the_guard_of_the_instruction_counts_gets_what_follows_it_and_may_fail(furnished):
    for name in ("strip", "valgrind"):
        has(furnished, name, "")
    status, shown, said = run_tests(furnished, "--instructions", "--without", "libcurl")
    assert (status, said) == (0, ""), shown
    assert asked(furnished) == ["python3 Tests/Benchmarks/instructions.py --without libcurl"]
    has(furnished, "python3", "exit 1")
    status, shown, _ = run_tests(furnished, "--instructions")
    assert (status, shown.splitlines()[-1]) == (1, "Failed: instructions")


@pytest.fixture
def measuring(furnished):
    """The same with what the benchmarks need."""
    for name in ("cargo", "go", "rustc"):
        has(furnished, name, "")
    tools = furnished / ".build" / "tools"
    (tools / "root/usr/share/cargo/registry").mkdir(parents=True)
    more = re.findall(r"'(.*?)'", re.search(r"packages\+=\((.*?)\)", (TESTS / "tools").read_text())[1])
    (tools / "python/installed").write_text(" ".join([(tools / "python/installed").read_text().strip(), *more]) + "\n")
    has(furnished, tools / "python/bin/python", f'echo "$*" >> {furnished}/asked')
    return furnished


MEASURED = [f"Tests/Benchmarks/{name}.py" for name in ("benchmark", "delete", "scaleway", "growth", "clients")]


@pytest.mark.parametrize("arguments, then", [([], []), (["--write"], ["Tests/Benchmarks/speed.py --new"])])
def test_the_benchmarks_run_one_after_the_other_and_are_written_where_that_is_asked_for(measuring, arguments, then):
    status, shown, said = run_tests(measuring, "--benchmark", *arguments)
    assert (status, said) == (0, ""), shown
    assert asked(measuring) == [*MEASURED, *then]


def test_a_benchmark_that_fails_stops_no_other_and_nothing_is_written(measuring):
    has(measuring, measuring / ".build/tools/python/bin/python", f'echo "$*" >> {measuring}/asked; [ "$1" != {MEASURED[1]} ]')
    status, shown, _ = run_tests(measuring, "--benchmark", "--write")
    assert (status, shown.splitlines()[-1], asked(measuring)) == (1, "Failed: delete", MEASURED)


def test_a_language_that_is_missing_for_the_benchmarks_is_named(measuring):
    (measuring / "bin/go").unlink()
    status, shown, _ = run_tests(measuring, "--benchmark")
    assert (status, shown.splitlines()[-1]) == (1, "Not to be had, so not everything is tested: go, of Debian's package golang-go")
    assert asked(measuring) == MEASURED


def test_without_valgrind_the_guard_fails_and_names_it(machine):
    status, shown, _ = run_tests(machine, "--instructions")
    assert status == 1 and "\nNot to be had, so not everything is tested: valgrind, of Debian's package valgrind" in shown


@pytest.mark.parametrize("arguments", [["--without"], ["--without", "nodes"], ["--without", ""], ["--without", "format unit"], ["--nodes"],
                                       [""], ["a test"], ["test_x[1]"], ["--fuzz"], ["--fuzz", "0"], ["--fuzz", "ever"], ["--fuzz", "7", "wire"],
                                       ["--benchmark", "unit"]])  # fmt: skip
def test_what_it_does_not_know_is_refused(machine, arguments):
    status, shown, said = run_tests(machine, *arguments)
    assert (status, shown) == (64, "") and said.startswith(f"{machine}/Tests/run: ")
    assert arguments[0] != "--without" or all(part in said for part in PARTS)
    assert not os.path.exists(machine / "asked")
