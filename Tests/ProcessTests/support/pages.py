"""The pages of this project, read as a reader follows them: their blocks, the commands these show, the links, and the headings they lead to."""

import os
import re
import sys
from pathlib import Path

from bridge import PROGRAM, clean_environment
from nats_server import NATS_SERVER

ROOT = Path(__file__).resolve().parents[3]
FENCE = re.compile(r"^```(?P<language>\w+) ?(?P<where>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
# The languages of programs; of each there is one whose text is a file that a console block runs.
FILES = ("python", "js", "bash")
# The name of a file stands in its first line.
NAME = re.compile(r"(?:#|//) ([a-z]+\.[a-z]+)\n")
NO_PAGES = {".build", ".git", "node_modules", ".swiftpm"}


def paths():
    """Every page there is, by its path below the root; the README first."""
    found = []
    for folder, inner, files in os.walk(ROOT):
        inner[:] = sorted(set(inner) - NO_PAGES)
        found += [str((Path(folder) / name).relative_to(ROOT)) for name in files if name.endswith(".md")]
    return sorted(found, key=lambda path: (path != "README.md", path))


class Page:
    def __init__(self, path):
        self.path, self.text = path, (ROOT / path).read_text()

    def blocks(self, *languages):
        return [block for block in FENCE.finditer(self.text) if block["language"] in languages]

    def commands(self):
        return [command for block in self.blocks("console") for command, _ in steps(block["text"]) if command]

    def between(self, marker):
        return re.search(rf"^<!-- {marker} -->\n(.*?)\n<!-- end of {marker} -->$", self.text, re.MULTILINE | re.DOTALL)[1]

    def prose(self):
        """The text without what is shown as it is typed or printed."""
        return FENCE.sub("", self.text)

    def links(self):
        """Where its links lead, but for the web: (a path below the root, a heading's name or "")."""
        found = []
        for link in re.findall(r"\]\(([^)\s]+)\)", self.prose()):
            if not re.match(r"https?:", link):
                file, _, heading = link.partition("#")
                target = (ROOT / self.path).parent / file if file else ROOT / self.path
                found.append((os.path.relpath(target, ROOT), heading))
        return found

    def headings(self):
        """The names by which links lead to its headings."""
        return [re.sub(r" ", "-", re.sub(r"[^\w\- ]", "", line.lower())) for line in re.findall(r"^#+ (.*)$", self.prose(), re.M)]


def steps(text):
    """The commands of a console block, each with the lines it prints; lines before the first have None for a command."""
    found, lines = [], iter(text.splitlines())
    for line in lines:
        if line.startswith("$ "):
            command = line[2:]
            while command.endswith("\\"):
                command = command[:-1] + next(lines)
            found.append((command.replace("swift run nats-credentials-bridge", "nats-credentials-bridge"), []))
        else:
            if not found:
                found.append((None, []))
            found[-1][1].append(line)
    return found


def strangers_environment(home, port):
    """An empty home; on the path the built program, nats-server and a Python with nats-py; and where Python looks, the library."""
    (home / "bin").mkdir()
    (home / "bin" / "nats-credentials-bridge").symlink_to(PROGRAM)
    path = [str(home / "bin"), str(Path(sys.executable).parent), str(Path(NATS_SERVER).parent), os.environ["PATH"]]
    python = {"PYTHONPATH": str(ROOT / "clients" / "python" / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    environment = clean_environment(home, {"PATH": os.pathsep.join(path), "NATS_URL": port.url, **python})
    return {name: value for name, value in environment.items() if not name.startswith("XDG_")}


def install_libraries(folder):
    """As the README's commands leave them: Node's where Node looks, the file of bash in the working folder."""
    (folder / "node_modules").mkdir()
    (folder / "node_modules" / "nats-credentials-bridge").symlink_to(ROOT / "clients" / "node")
    (folder / "natscreds.sh").symlink_to(ROOT / "clients" / "shell" / "natscreds.sh")


def save(block, folder):
    (folder / NAME.match(block["text"])[1]).write_text(block["text"])
