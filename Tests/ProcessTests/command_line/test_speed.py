"""The picture and the tables of the benchmarks are what speed.py makes of figures.json."""

import copy
import json
import re
import sys
from xml.etree import ElementTree

import pytest

from pages import ROOT, Page

sys.path.append(str(ROOT / "Tests" / "Benchmarks"))

import report  # noqa: E402
import speed  # noqa: E402
import speed_picture  # noqa: E402

FIGURES = json.loads(speed.FILE.read_text())
SVG = "{http://www.w3.org/2000/svg}"


def texts(picture):
    return list(ElementTree.fromstring(picture).iter(f"{SVG}text"))


def words(picture):
    return [element.text for element in texts(picture)]


def test_the_committed_picture_is_drawn_from_the_committed_figures():
    assert speed.PICTURE.read_text() == speed_picture.speed(FIGURES), "python3 Tests/Benchmarks/speed.py draws it anew"


def test_the_tables_of_the_page_are_those_of_the_figures():
    page = speed.PAGE.read_text()
    assert speed.page(page, FIGURES["tables"]) == page, "python3 Tests/Benchmarks/speed.py makes them anew"
    assert all(len(rows) > 3 and len({len(row) for row in rows}) == 1 for rows in FIGURES["tables"].values())


def test_it_stands_alone_and_has_a_title_and_a_description():
    picture = speed.PICTURE.read_bytes()
    root = ElementTree.fromstring(picture)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {"svg", "title", "desc", "g", "rect", "path", "circle", "text"}
    assert not re.search(rb"href|url\(|@import|\bstyle=| on\w+=", picture) and len(picture) < 100_000
    assert root.get("role") == "img" and root[0].tag == f"{SVG}title" and root[1].tag == f"{SVG}desc"
    for name in speed_picture.NAMES.values():
        assert f"{name}: " in root[1].text, name
    for name in FIGURES["growth"]["calls"]:
        assert f" {name} " in root[1].text, name


def test_no_text_leaves_the_picture_or_meets_the_next():
    """In the widest of the fonts it asks for, a letter takes 0.61 of its size."""
    rows = {}
    for element in texts(speed.PICTURE.read_text()):
        size, at = float(element.get("font-size", 14)), float(element.get("x"))
        width = len(element.text) * size * 0.61
        begin = at - {"middle": width / 2, "end": width}.get(element.get("text-anchor"), 0)
        rows.setdefault(element.get("y"), []).append((begin, begin + width, element.text))
    for row in rows.values():
        row.sort()
        assert row[0][0] > 0 and row[-1][1] < speed_picture.WIDTH, row
        assert all(end < begin for (_, end, _), (begin, _, _) in zip(row, row[1:])), row


def test_every_figure_that_is_measured_is_shown():
    figures = copy.deepcopy(FIGURES)
    figures["programs"]["rust"] = {"rate": 1_234_000, "p50": 3.3e-6, "p99": 44e-6, "start": 0.0123, "resident": 77 * 1024}
    figures["growth"]["calls"] = {"credentials.get": [0.012, 0.6]}
    shown = words(speed_picture.speed(figures))
    for figure in ("1.2 M", "3.3 – 44", "12", "77", "12 → 600 µs", "50.0 ×"):
        assert figure in shown, figure


def test_a_program_that_was_not_measured_is_named():
    figures = copy.deepcopy(FIGURES)
    del figures["programs"]["go"]
    shown = words(picture := speed_picture.speed(figures))
    assert "Go" in words(speed_picture.speed(FIGURES)) and "Go" not in shown
    assert "Not measured: Go" in shown and " Not measured: Go.</desc>" in picture


def test_dots_lie_where_their_values_are():
    assert speed_picture.extent([[0.3], [25]]) == (pytest.approx(0.1), pytest.approx(100))
    assert speed_picture.place(3.1622776, 0.1, 100, 90) == pytest.approx(45)


def test_what_a_run_has_kept_becomes_the_figures(tmp_path):
    kept = {
        "benchmark": {"rows": [["a"]], "ping": {"c": {"rate": 1}}, "start": {"c": {"start": 2}}},
        "delete": {"rows": [["b"]]}, "scaleway": {"rows": [["c"]]},
        "growth": {"rows": [["d"]], "sizes": [1, 2], "calls": {"x": [1, 2]}}, "clients": {"rows": [["e"]]},
    }  # fmt: skip
    for name, found in kept.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(found))
    assert speed.collected(tmp_path) == {
        "programs": {"c": {"rate": 1, "start": 2}}, "growth": {"sizes": [1, 2], "calls": {"x": [1, 2]}},
        "tables": {"benchmark": [["a"]], "delete": [["b"]], "scaleway": [["c"]], "growth": [["d"]], "clients": [["e"]]},
    }  # fmt: skip
    (tmp_path / "growth.json").unlink()
    with pytest.raises(SystemExit, match="growth.py has kept nothing: Tests/run --benchmark runs it"):
        speed.collected(tmp_path)


@pytest.mark.parametrize(
    "given, shown",
    [
        ({"ours": 2.5, "theirs": 1.0, "unit": "ms", "ratio_target": 2.5}, ["2.5 ms", "1 ms", "2.50", "<= 2.5", "yes"]),
        ({"ours": 2.6, "theirs": 1.0, "unit": "ms", "ratio_target": 2.5}, ["2.6 ms", "1 ms", "2.60", "<= 2.5", "NO"]),
        ({"ours": 7.3, "unit": "MiB", "target": 7.2}, ["7.3 MiB", "-", "-", "<= 7.2 MiB", "NO"]),
        ({"ours": 120_000, "least": 120_000}, ["120,000", "-", "-", ">= 120,000", "yes"]),
        ({"ours": 119_999, "least": 120_000}, ["119,999", "-", "-", ">= 120,000", "NO"]),
        ({"ours": 4.0, "theirs": 2.0}, ["4", "2", "2.00", "-", "-"]),
    ],
)
def test_a_row_says_whether_its_target_is_reached(capsys, given, shown):
    report.report("figure", **given)
    assert re.split(r" {2,}", capsys.readouterr().out.strip()) == ["figure", *shown] == report.rows.pop()


def test_the_readme_shows_it():
    assert re.search(r"^!\[[^\]]{60,}\]\(Tests/Benchmarks/speed\.svg\)$", Page("README.md").text, re.MULTILINE)
