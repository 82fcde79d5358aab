"""What a benchmark prints, a row a figure, and keeps in .build/benchmark for the page and the picture."""

import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".build/benchmark"
HEADER = ("figure", "the bridge", "beside it", "ratio", "target", "reached")
WIDTHS = (66, 14, 14, 7, 12, 7)

rows = []


def print_row(*cells, widths=WIDTHS):
    rows.append([str(cell) for cell in cells])
    print("  ".join(str(cell).ljust(width) for cell, width in zip(cells, widths)).rstrip(), flush=True)


def number(value, unit=""):
    """Four digits, or all before the point."""
    return (f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}") + (f" {unit}" if unit else "")


def report(figure, ours, theirs=None, unit="", ratio_target=None, target=None, ratio=None, least=None):
    """One row. A target is a ratio at most, a figure of ours at most, or one at least; without one the row is for reference."""
    if ratio is None and theirs:
        ratio = ours / theirs
    wanted, reached = "-", "-"
    if ratio_target is not None:
        wanted, reached = f"<= {ratio_target:g}", ratio <= ratio_target
    elif target is not None:
        wanted, reached = f"<= {number(target, unit)}", ours <= target
    elif least is not None:
        wanted, reached = f">= {number(least, unit)}", ours >= least
    print_row(
        figure,
        number(ours, unit),
        "-" if theirs is None else number(theirs, unit),
        "-" if ratio is None else f"{ratio:.2f}",
        wanted,
        reached if reached == "-" else "yes" if reached else "NO",
    )


def save(name, **data):
    """The rows that were printed, and what else a picture needs."""
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / f"{name}.json").write_text(json.dumps({"rows": rows, **data}, indent=1) + "\n")
