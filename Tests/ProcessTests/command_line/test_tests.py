"""Where tests stand, and what they may know of each other."""

import ast

from pages import ROOT

PROCESS_TESTS = ROOT / "Tests" / "ProcessTests"
FILES = sorted(path for folder in ("Tests", "clients") for path in (ROOT / folder).rglob("*.py") if "node_modules" not in path.parts)


def imported(path):
    """The last names of all modules that a file imports, wherever in it that stands."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[-1] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "").split(".")[-1], *(alias.name for alias in node.names))


def test_the_files_are_found():
    assert len(FILES) > 150 and any(path.name == "test_cancel.py" for path in FILES)


def test_no_file_imports_a_test():
    tests = {path.stem for path in FILES if path.name.startswith("test_")}
    assert {str(path.relative_to(ROOT)): found for path in FILES if (found := tests & set(imported(path)))} == {}


def test_every_file_of_the_process_tests_stands_in_a_folder_by_its_kind():
    assert [path.name for path in PROCESS_TESTS.glob("*.py")] == ["conftest.py"]
    folders = {path.name for path in PROCESS_TESTS.iterdir() if path.is_dir() and path.name[0] not in "._"}
    assert folders == {"wire", "local", "scaleway", "command_line", "packages", "support"}
    for path in PROCESS_TESTS.glob("*/**/*.py"):
        is_support = path.relative_to(PROCESS_TESTS).parts[0] == "support"
        assert path.name == "conftest.py" or path.name.startswith("test_") != is_support, path


def test_no_file_of_the_process_tests_is_longer_than_400_lines():
    tests = list(PROCESS_TESTS.rglob("test_*.py"))
    assert len(tests) > 100
    assert {str(path.relative_to(ROOT)): lines for path in tests if (lines := path.read_text().count("\n")) > 400} == {}
