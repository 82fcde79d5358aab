"""Draws what a run has measured: the bridge beside programs in other languages, and what its calls cost as a store grows."""

import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

sys.path.append(str(Path(__file__).resolve().parents[1] / "Pictures"))

from peers import NAMES  # noqa: E402
from picture import BACKGROUND, BAR, EDGE, FAINT, FRAME, LABEL, MARGIN, TITLE, framed  # noqa: E402

WIDTH, ROW, DOT = 880, 30, 5
ACCENT, OTHER = "#7fd5ea", "#d8dee9"
# Where the columns begin, how wide each is, and how much of that the axis takes; the figure stands right of it.
NAME_WIDTH, COLUMN, AXIS = 108, 185, 72
# The same of the lower half.
CALL_WIDTH, CALL_AXIS = 280, 330
TITLE_TEXT = "nats-credentials-bridge beside programs that do the same"


class Column(NamedTuple):
    """`values` and `text` are of what was measured of one program, `ticks` of an end of the axis."""

    head: str
    below: str
    values: Callable
    text: Callable
    ticks: Callable


def micro(seconds):
    return rounded(seconds * 1e6)


def rounded(value):
    """Two digits, or all before the point."""
    return f"{value:.2g}" if value < 10 else f"{value:,.0f}"


def rate(value):
    return f"{value / 1e6:.2g} M" if value >= 1e6 else f"{value / 1e3:,.0f} k"


COLUMNS = [
    Column("pings a second", "pipelined", lambda d: [d["rate"]], lambda d: rate(d["rate"]), rate),
    Column("latency in µs", "median – 99 %", lambda d: [d["p50"], d["p99"]], lambda d: f"{micro(d['p50'])} – {micro(d['p99'])}", micro),
    Column("start in ms", "to the first answer", lambda d: [d["start"]], lambda d: rounded(d["start"] * 1e3), lambda v: f"{v * 1e3:g}"),
    Column("memory in MiB", "resident", lambda d: [d["resident"] / 1024], lambda d: rounded(d["resident"] / 1024), rounded),
]


def speed(figures):
    """The text of the SVG. `figures` has `programs` by name, and `growth` with its `sizes` and the milliseconds of each of its `calls`."""
    programs = {name: figures["programs"][name] for name in NAMES if name in figures["programs"]}
    drawn, y = [], BAR
    y = beside(programs, drawn, y)
    y = growth(figures["growth"], drawn, y)
    return framed(TITLE_TEXT, description(programs, figures["growth"]), WIDTH, y, drawn)


def description(programs, grown):
    sentences = [
        f"{NAMES[name]}: {rate(found['rate'])} pings a second, latency {micro(found['p50'])} to {micro(found['p99'])} µs, start "
        f"{rounded(found['start'] * 1e3)} ms, memory {rounded(found['resident'] / 1024)} MiB."
        for name, found in programs.items()
    ]
    few, many = grown["sizes"]
    sentences.append(f"What a call costs the processor with {few:,} and with {many:,} credentials:")
    sentences += [f"{name} {rounded(small * 1e3)} and {rounded(large * 1e3)} µs." for name, (small, large) in grown["calls"].items()]
    sentences += [f"Not measured: {NAMES[name]}." for name in NAMES if name not in programs]
    return " ".join(sentences)


def beside(programs, drawn, y):
    label(drawn, y, "A JSON-RPC ping over a pipe: in C without JSON, in Rust with serde_json, in Go with encoding/json")
    y += LABEL + 22
    for index, column in enumerate(COLUMNS):
        x = MARGIN + NAME_WIDTH + index * COLUMN
        text(drawn, x, y, column.head, TITLE)
        text(drawn, x, y + 18, column.below, FAINT)
    y += 32
    for name, found in programs.items():
        is_ours = name == "bridge"
        colour = ACCENT if is_ours else OTHER
        if is_ours:
            drawn.append(f'<rect x="1" y="{y}" width="{WIDTH - 2}" height="{ROW}" fill="{FRAME}"/>')
        text(drawn, MARGIN, y + 20, NAMES[name], colour, is_ours)
        for index, column in enumerate(COLUMNS):
            x, (low, high) = MARGIN + NAME_WIDTH + index * COLUMN, extent(column.values(other) for other in programs.values())
            dots(drawn, x, y + ROW / 2, AXIS, [place(value, low, high, AXIS) for value in column.values(found)], colour)
            text(drawn, x + AXIS + 12, y + 20, column.text(found), colour, is_ours)
        y += ROW
    for index, column in enumerate(COLUMNS):
        x, ends = MARGIN + NAME_WIDTH + index * COLUMN, extent(column.values(other) for other in programs.values())
        text(drawn, x, y + 16, column.ticks(ends[0]), FAINT, size=11)
        text(drawn, x + AXIS, y + 16, column.ticks(ends[1]), FAINT, size=11, anchor="end")
    if missing := [NAMES[name] for name in NAMES if name not in programs]:
        y += 20
        text(drawn, MARGIN, y + 16, f"Not measured: {', '.join(missing)}", FAINT, size=11)
    return y + 30


def growth(grown, drawn, y):
    few, many = grown["sizes"]
    label(drawn, y, f"What a call costs the processor: ○ with {few:,} credentials in the account, ● with {many:,}")
    y += LABEL + 8
    low, high = extent([value * 1e-3 for value in pair] for pair in grown["calls"].values())
    x = MARGIN + CALL_WIDTH
    for name, (small, large) in grown["calls"].items():
        text(drawn, MARGIN, y + 20, name, OTHER)
        first, second = (place(value * 1e-3, low, high, CALL_AXIS) for value in (small, large))
        dots(drawn, x, y + ROW / 2, CALL_AXIS, [second, first], ACCENT, is_hollow=True)
        text(drawn, x + CALL_AXIS + 16, y + 20, f"{rounded(small * 1e3)} → {rounded(large * 1e3)} µs", OTHER)
        text(drawn, WIDTH - MARGIN, y + 20, f"{large / small:.1f} ×", ACCENT, True, anchor="end")
        y += ROW
    text(drawn, x, y + 16, f"{micro(low)} µs", FAINT, size=11)
    text(drawn, x + CALL_AXIS, y + 16, f"{micro(high)} µs", FAINT, size=11, anchor="end")
    text(drawn, WIDTH - MARGIN, y + 16, "all axes are logarithmic", FAINT, size=11, anchor="end")
    return y + 30


def extent(values):
    """The whole powers of ten around all of them."""
    found = [value for some in values for value in some]
    low, high = math.floor(math.log10(min(found))), math.ceil(math.log10(max(found)))
    return 10.0**low, 10.0 ** max(high, low + 1)


def place(value, low, high, width):
    return math.log10(value / low) / math.log10(high / low) * width


def label(drawn, y, words):
    drawn.append(f'<rect x="1" y="{y}" width="{WIDTH - 2}" height="{LABEL}" fill="{FRAME}" opacity="0.6"/>')
    text(drawn, MARGIN, y + 19, words, FAINT)


def text(drawn, x, y, words, fill, is_bold=False, size=None, anchor=None):
    more = (' font-weight="bold"' if is_bold else "") + (f' font-size="{size}"' if size else "") + (f' text-anchor="{anchor}"' if anchor else "")
    drawn.append(f'<text x="{x:g}" y="{y:g}" fill="{fill}"{more}>{escape(words)}</text>')


def dots(drawn, x, y, width, places, colour, is_hollow=False):
    """An axis, and on it what is between two values; the last of two is smaller, or hollow."""
    drawn.append(f'<path d="M{x:g} {y:g}h{width:g}" stroke="{EDGE}" stroke-width="1"/>')
    if len(places) > 1:
        drawn.append(f'<path d="M{x + places[0]:.1f} {y:g}L{x + places[1]:.1f} {y:g}" stroke="{colour}" stroke-width="3"/>')
    drawn.append(f'<circle cx="{x + places[0]:.1f}" cy="{y:g}" r="{DOT}" fill="{colour}"/>')
    if len(places) > 1 and is_hollow:
        drawn.append(f'<circle cx="{x + places[1]:.1f}" cy="{y:g}" r="{DOT}" fill="{BACKGROUND}" stroke="{colour}" stroke-width="2"/>')
    elif len(places) > 1:
        drawn.append(f'<circle cx="{x + places[1]:.1f}" cy="{y:g}" r="3" fill="{colour}"/>')
