"""What a start needs of the program's file stands side by side in it."""

import subprocess
from pathlib import Path

import pytest

from bridge import PROGRAM

ORDER = Path(__file__).parents[3] / "Sources/nats-credentials-bridge/link/order.txt"


@pytest.mark.measures("how much code there is")
def test_the_functions_of_a_start_stand_side_by_side():
    listed = ORDER.read_text().split()
    assert listed == sorted(set(listed))
    symbols = subprocess.run(["nm", "--defined-only", PROGRAM], capture_output=True, check=True, text=True).stdout
    fields = [line.split(maxsplit=2) for line in symbols.splitlines()]
    place = {name: int(address, 16) for address, kind, name in (field for field in fields if len(field) == 3) if kind in "tTwW"}
    # With a compiler that is a little older or newer most are the same, so here only a list fails that nobody has written for long.
    assert sum(name in place for name in listed) > len(listed) * 0.6, "run Tests/Benchmarks/order.py"
    # The linker can move each function of Swift's runtime by itself; of what is written in Swift, all of a file at once.
    runtime = [name for name in place if name.startswith("_ZN5swift")]
    first = [place[name] for name in runtime if name in listed]
    others = [place[name] for name in runtime if name not in listed]
    assert len(first) > 50 and len(others) > 500
    assert max(first) - min(first) < 128 << 10 < max(others) - min(others)
