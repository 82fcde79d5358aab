"""Screens as a picture: an SVG that needs nothing else, whose text is text. It brings its own background, for light pages and dark ones."""

import re
from xml.sax.saxutils import escape

from screen import BACKGROUND

# A monospace letter is about 0.602 of its size wide; where the reader's font has another width, textLength puts the cells where they belong.
SIZE, CELL, LINE = 14, 8.43, 19
MARGIN, BAR, LABEL = 16, 36, 28
FRAME, TITLE, EDGE, FAINT = "#232936", "#e5e9f0", "#4c566a", "#9aa5b8"


def picture(title, description, columns, panes):
    """The text of an SVG. `panes` is a list of (label, lines of runs), drawn one below the other; a label may be None."""
    width, y, drawn = round(2 * MARGIN + columns * CELL), BAR, []
    for label, lines in panes:
        if label:
            drawn.append(f'<rect x="1" y="{y}" width="{width - 2}" height="{LABEL}" fill="{FRAME}" opacity="0.6"/>')
            drawn.append(f'<text x="{MARGIN}" y="{y + 19}" fill="{FAINT}">{escape(label)}</text>')
            y += LABEL
        y += 8
        for runs in lines:
            drawn += [part for run in runs for part in draw(run, y)]
            y += LINE
        y += 10
    return framed(title, description, width, y, drawn)


def framed(title, description, width, height, drawn):
    """The text of an SVG: what is drawn, on a background with a bar that has the title."""
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(description)}</desc>",
        f'<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="{SIZE}">',
        f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="9" fill="{BACKGROUND}" stroke="{EDGE}"/>',
        f'<path d="M1 {BAR}V9.5A8.5 8.5 0 0 1 9.5 1H{width - 9.5}A8.5 8.5 0 0 1 {width - 1} 9.5V{BAR}Z" fill="{FRAME}"/>',
        f'<g fill="{EDGE}"><circle cx="20" cy="18" r="5.5"/><circle cx="38" cy="18" r="5.5"/><circle cx="56" cy="18" r="5.5"/></g>',
        f'<text x="{width / 2:g}" y="23" fill="{TITLE}" text-anchor="middle">{escape(title)}</text>',
        *drawn, "</g>", "</svg>", "",
    ])


def draw(run, y):
    """A run's background, and its words. Between words more than one blank is room, not text: a page would run them together."""
    x = MARGIN + run.column * CELL
    if run.background != BACKGROUND:
        yield f'<rect x="{x:g}" y="{y}" width="{len(run.text) * CELL:g}" height="{LINE}" fill="{run.background}"/>'
    style = (' font-weight="bold"' if run.bold else "") + (' font-style="italic"' if run.italics else "")
    style += ' text-decoration="underline"' if run.underscore else ""
    for words in re.finditer(r"\S+(?: \S+)*", run.text):
        yield (f'<text x="{x + words.start() * CELL:g}" y="{y + 14}" textLength="{len(words[0]) * CELL:g}" lengthAdjust="spacingAndGlyphs" '
               f'fill="{run.foreground}"{style}>{escape(words[0])}</text>')
