"""Draws the pictures into the folder it is given; begun by `make`."""

import signal
import sys
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "ProcessTests" / "support"))

from neovim import neovim  # noqa: E402
from tour import tour  # noqa: E402

# Whoever ends this ends what runs in its terminals with it.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
for name, draw in {"tour.svg": tour, "neovim.svg": neovim}.items():
    (Path(sys.argv[1]) / name).write_text(draw())
