"""The pictures of the README show what is so: made again from a real run they are the same, but for what differs from run to run."""

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

PICTURES = Path(__file__).resolve().parents[2] / "Pictures"
NAMES = ("tour.svg", "neovim.svg")
# More than all waits within it take.
LIMIT = 240
# A picture's own measures, in pixels: its margin, and the width of a cell of the terminal.
MARGIN, CELL = 16, 8.43

# From run to run, and from one version of nats-server and its Python client to the next.
CHANGING = {
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}": "ID",
    r"\b[AN][A-Z2-7]{11,55}\b": "KEY",
    r"\d{4}([-/])\d\d\1\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?": "TIME",
    r"\bnats-credentials-bridge-[a-z0-9]{6}\b": "OPERATOR",
    r"(?m)^\[\d+\]": "[PID]",
    r"\b127\.0\.0\.1:\d+": "ADDRESS",
    r"\bcid:\d+": "CONNECTION",
    r"(?m)(Node|Git): .*$": r"\1: WORD",
    r"\bv?\d+(\.\d+)+": "VERSION",
}


def rows(name, folder=PICTURES):
    """The text of a picture as it is read: what stands at the same height is one row. Colours are the editor's and the terminal's matter."""
    found = {}
    for element in ElementTree.parse(folder / name).iter("{http://www.w3.org/2000/svg}text"):
        row = found.setdefault(int(element.get("y")), "")
        column = round((float(element.get("x")) - MARGIN) / CELL)
        found[int(element.get("y"))] = row.ljust(column) + element.text
    return list(found.values())


def what_stays(shown):
    text = re.sub(" +", " ", "\n".join(shown))
    for pattern, word in CHANGING.items():
        text = re.sub(pattern, word, text)
    return text.splitlines()


def made_by(name, folder=PICTURES):
    """The picture's description, with the version of the editor or the server."""
    return ElementTree.parse(folder / name).findtext("{http://www.w3.org/2000/svg}desc")


def make(folder):
    command = [PICTURES / "make", folder]
    with subprocess.Popen(command, env={**os.environ, "PYTHON": sys.executable}, stderr=subprocess.PIPE, text=True) as process:
        try:
            _, problem = process.communicate(timeout=LIMIT)
        finally:
            # It ends what runs in its terminals; killed, it could not.
            process.terminate()
    assert process.returncode == 0, problem


def test_the_committed_pictures_are_what_runs_now(tmp_path):
    make(tmp_path)
    for name in NAMES:
        now, then = what_stays(rows(name, tmp_path)), what_stays(rows(name))
        if made_by(name, tmp_path) != made_by(name):
            # Another version may say something else around it; ours are the commands, and the rows of the list.
            now, then = ([row for row in shown if re.match(r"\$ \w|[a-z-]+ active", row)] for shown in (now, then))
            assert len(then) > 5
        assert now == then, f"Tests/Pictures/make draws {name} anew"


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_stands_alone(name):
    """A page shows it as an image: nothing of it is loaded, nothing of it runs, and its text is text."""
    picture = (PICTURES / name).read_bytes()
    assert len(picture) < 100_000
    elements = {element.tag.removeprefix("{http://www.w3.org/2000/svg}") for element in ElementTree.fromstring(picture).iter()}
    assert elements == {"svg", "title", "desc", "g", "rect", "path", "circle", "text"}
    assert not re.search(rb"href|url\(|@import|\bstyle=| on\w+=", picture)


def test_the_editor_and_the_server_are_shown_in_their_colours():
    for name, least in (("tour.svg", 3), ("neovim.svg", 6)):
        texts = ElementTree.parse(PICTURES / name).iter("{http://www.w3.org/2000/svg}text")
        assert len({text.get("fill") for text in texts if text.get("textLength")}) >= least, name


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_names_neither_this_machine_nor_a_secret(name):
    text = "\n".join(rows(name))
    assert not re.search(r"/(tmp|home|root|work|Users|var)/", text)
    assert not re.search(r"\bS[UAO][A-Z2-7]{20}|BEGIN|eyJ", text)
    assert "/…/.local/state" in text if name == "tour.svg" else "natscreds://" in text
