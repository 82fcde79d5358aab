"""The figures of the code are those that can be counted by hand."""

import subprocess
import sys

from pages import ROOT

FILES = {
    "Sources/A/Session.swift": """/// A session.
package actor Session {
  let loop = 1
  private let buffer = 2
  package private(set) var life = 3
  var waiting: Int = 4 { didSet { act() } }
  var isOpen: Bool { life == 3 }
  var next: Int {
    5
  }
}
""",
    "Sources/A/Session+Act.swift": "#if canImport(Glibc)\n#endif\nextension Session {\n  func act() { Leaf().turn() }\n}\n",
    "Sources/A/Leaf.swift": '// Session\nstruct Leaf {\n  func turn() { print("Session") }\n}\n',
    "Sources/B/Other.swift": "struct Other {}\n",
    "Tests/ATests/SessionTests.swift": "\n\n\n",
    "Tests/ProcessTests/test_a.py": "\n\n",
    "Tests/ProcessTests/wire/test_b.py": "\n\n\n",
}


def figures(*arguments):
    result = subprocess.run([sys.executable, ROOT / "Tests/figures", *arguments], capture_output=True, text=True, check=True, timeout=60)
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in result.stdout.splitlines()]
    return {row[0]: row[1:] for row in rows}


def test_each_figure_is_right(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = {name: cells[0] for name, cells in figures(tmp_path).items()}
    assert found.items() >= {
        "targets": "2", "Swift files": "4", "lines of them": "21", "median file": "4.5 lines", "longest file": "Session.swift, 11 lines",
        "lines of `A`": "20 in 3 files", "lines of `B`": "1 in 1 files", "files with `#if canImport(Glibc)`": "1",
        "stored properties of `Session` that are not private": "3", "circles between files": "1", "files in circles in `A`": "2",
        "lines of Swift tests": "3", "lines of Python tests": "5", "longest file of Python tests": "3 lines",
        "share of lines that are `///`": "4.8 %",
    }.items()  # fmt: skip


def test_each_argument_is_a_column_a_folder_or_a_commit():
    # A copy without its history, such as a tarball, has no commit that could be named.
    second = "HEAD" if (ROOT / ".git").exists() else ROOT / "Tests/.."
    assert figures(ROOT, second)[""] == [f"`{ROOT}`", f"`{second}`"]
