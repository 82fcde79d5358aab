"""The screen of a terminal as runs: neighbouring cells that look the same."""

import re
from itertools import groupby
from typing import NamedTuple

FOREGROUND, BACKGROUND = "#d8dee9", "#161a22"
NAMED = {
    "black": "#3b4252", "red": "#f07178", "green": "#9ece6a", "brown": "#e6c370", "blue": "#7aa2f7", "magenta": "#c792ea", "cyan": "#7fd5ea",
    "white": "#d8dee9", "brightblack": "#7b8496", "brightred": "#ff8b92", "brightgreen": "#b5e889", "brightbrown": "#ffd98a",
    "brightblue": "#9dbcff", "brightmagenta": "#deb0ff", "brightcyan": "#a5ecff", "brightwhite": "#ffffff",
}


class Run(NamedTuple):
    """`column` counts cells, of which each character takes one; colours are #rrggbb."""

    column: int
    text: str
    foreground: str
    background: str
    bold: bool
    italics: bool
    underscore: bool


def lines(screen):
    """Its lines from the first to the one of the cursor, each a list of runs. The cursor is a cell in the colours of the other way round."""
    last = max([screen.cursor.y, *(y for y, text in enumerate(screen.display) if text.strip())])
    return [line(screen, y) for y in range(last + 1)]


def line(screen, y):
    cells = [screen.buffer[y][x] for x in range(screen.columns)]
    if y == screen.cursor.y and not screen.cursor.hidden and screen.cursor.x < screen.columns:
        cell = cells[screen.cursor.x]
        cells[screen.cursor.x] = cell._replace(reverse=not cell.reverse)
    assert all(len(cell.data) == 1 for cell in cells), "a character that takes more or less than one cell, which the pictures cannot show"
    runs, column = [], 0
    for look, same in groupby(cells, key=appearance):
        text = "".join(cell.data for cell in same)
        runs.append(Run(column, text, *look))
        column += len(text)
    return runs


def appearance(cell):
    foreground, background = colour(cell.fg, FOREGROUND), colour(cell.bg, BACKGROUND)
    if cell.reverse:
        foreground, background = background, foreground
    return foreground, background, cell.bold, cell.italics, cell.underscore


def colour(name, default):
    return default if name == "default" else NAMED.get(name) or "#" + re.fullmatch("[0-9a-f]{6}", name)[0]


def plain(text, foreground=FOREGROUND):
    """A line of the picture's own making."""
    return [Run(0, text, foreground, BACKGROUND, bold=False, italics=False, underscore=False)]


def cut(lines, most):
    """As a page cuts output: what is too much is left out before the last four lines, with a … in its place."""
    return lines if len(lines) <= most else [*lines[: most - 5], plain("…", NAMED["brightblack"]), *lines[-4:]]
