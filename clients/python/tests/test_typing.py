"""Two type checkers agree on what users may and may not write."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import SOURCE

TYPING = Path(__file__).parent / "typing"
PLUGIN = SOURCE / "pytest_nats_credentials_bridge"
GOOD, BAD = TYPING / "must_check.py", TYPING / "must_not_check.py"
CLIENTS = SOURCE.parents[1]
PAGES = [CLIENTS / "python" / "README.md", CLIENTS / "tasks.md"]


def mypy(folder, *files):
    """The lines with errors of each file, by mypy --strict."""
    command = [sys.executable, "-m", "mypy", "--strict", "--python-version", "3.10", "--cache-dir", folder / "mypy"]
    result = subprocess.run(
        [*command, "--config-file=", *files], env={"MYPYPATH": str(SOURCE)}, capture_output=True, text=True, timeout=120
    )
    assert result.returncode in (0, 1), result.stdout + result.stderr
    return found(re.findall(r"^(\S+?):(\d+): error: ", result.stdout, re.M), result.stdout)


def basedpyright(folder, *files):
    """The same by basedpyright in strict mode, which takes the library as an installed one."""
    settings = {
        "include": [str(file) for file in files],
        "extraPaths": [str(SOURCE), *{str(file.parent) for file in files if file.is_file()}],
        "pythonVersion": "3.10",
        "typeCheckingMode": "strict",
        "reportUnusedExpression": False,
        # The library checks at run time for those who do not use a type checker.
        "reportUnnecessaryIsInstance": False,
        "reportUnusedVariable": False,
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "basedpyright", "--outputjson", "--pythonpath", sys.executable]
    command += ["--project", folder / "pyrightconfig.json"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert result.returncode in (0, 1), result.stdout + result.stderr
    diagnostics = [each for each in json.loads(result.stdout)["generalDiagnostics"] if each["severity"] == "error"]
    # What follows from a line that was wrong already is told again as unknown; that is no second mistake.
    told = [each for each in diagnostics if not each.get("rule", "").startswith("reportUnknown")]
    return found([(each["file"], each["range"]["start"]["line"] + 1) for each in told], result.stdout)


def found(places, output):
    lines = {}
    for file, line in places:
        lines.setdefault(Path(file).name, set()).add(int(line))
    return lines, output


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    """The programs of the pages that import the library, and the application that one of them tests, each a file."""
    folder = tmp_path_factory.mktemp("examples")
    programs = [text for page in PAGES for text in re.findall(r"^```python\n(.*?)^```", page.read_text(), re.M | re.S)]
    wanted = re.compile(r"# app\.py\n|.*^from nats_credentials_bridge import", re.M | re.S)
    programs = [text for text in programs if wanted.match(text)]
    for number, text in enumerate(programs):
        name = re.match(r"# (\w+\.py)\n", text)
        (folder / (name[1] if name else f"example_{number}.py")).write_text(text)
    assert len(programs) > 7
    return sorted(folder.iterdir())


@pytest.fixture(scope="module", params=[mypy, basedpyright], ids=["mypy", "basedpyright"])
def verdict(request, examples, tmp_path_factory):
    """One run over everything: what users write, the pages' examples, and the library itself."""
    folder = tmp_path_factory.mktemp("checker")
    return request.param(folder, GOOD, BAD, *examples, SOURCE / "nats_credentials_bridge", PLUGIN)


def test_what_is_right_is_accepted_and_what_is_wrong_is_not(verdict):
    lines, output = verdict
    wrong = {number for number, line in enumerate(BAD.read_text().splitlines(), 1) if line.endswith("# wrong")}
    assert len(wrong) > 20
    assert lines == {BAD.name: wrong}, output
