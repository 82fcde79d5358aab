"""What measures the programs beside each other: each is asked the same, answers the same, and gains nothing by an answer left out."""

import json
import shutil
import subprocess
import sys

import pytest

from bridge import LIMIT, PROGRAM, Bridge
from pages import ROOT

BENCHMARKS = ROOT / "Tests" / "Benchmarks"
sys.path.append(str(BENCHMARKS))

import driving  # noqa: E402
import peers  # noqa: E402


@pytest.fixture
def driver(tmp_path):
    return driving.Driver(tmp_path)


def pings(count):
    return [b'{"jsonrpc":"2.0","id":%d,"method":"bridge.ping"}\n' % number for number in range(count)]


@pytest.mark.parametrize("window", [0, 1, 16])
def test_every_measured_request_is_counted_and_no_other(driver, home, window):
    figures = driver.run([PROGRAM], {"HOME": str(home)}, driver.file(pings(1 + 10 + 500)), window, 10)
    assert figures["count"] == 500 and figures["bytes"] == sum(len(b'{"jsonrpc":"2.0","id":%d,"result":{}}\n' % n) for n in range(11, 511))
    assert 0 < figures["start"] < LIMIT and figures["resident"] > 1_000 and figures["peak"] >= figures["resident"]
    assert figures["rate"] == pytest.approx(500 / figures["seconds"]) and figures["cost"] == pytest.approx(figures["processor"] / 500)
    assert ("p50" in figures) == (window == 1) and (window != 1 or figures["p50"] <= figures["p99"])


WRONG = {
    "answers with an error": ("sed -u 's/method.*/error\":{}}/'", "no result"),
    "answers another request": ("sed -u 's/id\":[0-9]*/id\":7/; s/method.*/result\":{}}/'", "an answer belongs to no request"),
    "ends too early": ("sed -u 3q | sed -u 's/method.*/result\":{}}/'", "the program ended early"),
    "ends badly": ("sed -u 's/method.*/result\":{}}/'; exit 3", "the program did not end well"),
}


@pytest.mark.parametrize("script, said", WRONG.values(), ids=WRONG)
def test_of_a_program_that_does_not_do_its_work_there_is_no_figure(driver, tmp_path, script, said):
    (tmp_path / "program").write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / "program").chmod(0o755)
    with pytest.raises(RuntimeError, match=said):
        driver.run([str(tmp_path / "program")], {"PATH": "/usr/bin:/bin"}, driver.file(pings(1 + 20)), 0, 0)


@pytest.mark.parametrize("name", ["c", "node", "python"])
def test_a_program_beside_the_bridge_answers_a_ping_as_the_bridge_does(tmp_path, home, name):
    """Those in Rust and Go, whose compilers no test needs, are held to it where they are measured."""
    tools = {"node": peers.node, "python": peers.python}
    command = [peers.compiled(peers.SOURCES / "ping.c", tmp_path)] if name == "c" else tools[name](shutil.which("node"), tmp_path)
    asked = b"".join(pings(3))
    answers = [subprocess.run(program, input=asked, capture_output=True, timeout=LIMIT, check=True).stdout for program in (command, [PROGRAM])]
    assert answers[0] == answers[1] and answers[0].count(b'"result":{}}\n') == 3


def test_the_store_in_c_gives_the_rows_that_the_bridge_gives(tmp_path, home):
    requests = [
        ("credentials.create", {"name": "first"}), ("credentials.create", {"name": "second"}), ("credentials.list", {"page_size": 100}),
        ("credentials.stream", {}),
    ]  # fmt: skip
    lines = [json.dumps({"jsonrpc": "2.0", "id": n, "method": m, "params": p}, separators=(",", ":")) for n, (m, p) in enumerate(requests)]
    result = subprocess.run(
        [peers.store(tmp_path), tmp_path / "store.db"], input="\n".join([*lines, ""]), capture_output=True, text=True, timeout=LIMIT, check=True
    )
    first, second, page, part, end = (json.loads(line) for line in result.stdout.splitlines())
    rows = [first["result"], second["result"]]
    assert [row["name"] for row in rows] == ["first", "second"] and page["result"]["nats_credentials"] == rows
    assert page["result"]["total_count"] == 2 and part["params"]["value"]["nats_credentials"] == rows and end["result"]["items"] == 2
    with Bridge(home, "--region", "local", "--nats-url", "nats://127.0.0.1:9") as bridge:
        bridge.result("credentials.create", {"name": "first"})
        (row,) = bridge.result("credentials.list")["nats_credentials"]
    assert list(row) == list(rows[0]) and {name: type(value) for name, value in row.items()} == {n: type(v) for n, v in rows[0].items()}
    for name in ("id", "created_at", "checksum"):
        assert len(row[name]) == len(rows[0][name]), name
