"""Measures programs that answer lines with lines, by drive.c, in turns."""

import json
import subprocess
from pathlib import Path
from statistics import median

from peers import compiled

HERE = Path(__file__).resolve().parent
LIMIT = 500


class Driver:
    def __init__(self, folder):
        self.folder = folder
        self.program = compiled(HERE / "drive.c", folder)
        self.files = 0

    def file(self, lines):
        self.files += 1
        path = self.folder / f"lines-{self.files}"
        path.write_bytes(b"".join(lines))
        return path

    def run(self, command, environment, file, window=1, warm=0):
        """What drive.c prints, and what one request took: `cost` of the processor, `rate` by the clock."""
        drive = [self.program, str(window), str(warm), str(file), *command]
        result = subprocess.run(drive, env=environment, capture_output=True, text=True, timeout=LIMIT)
        if result.returncode != 0:
            raise RuntimeError(f"{command[0]} was not measured: {result.stderr}")
        figures = json.loads(result.stdout)
        if figures["count"]:
            figures |= {"cost": figures["processor"] / figures["count"], "rate": figures["count"] / figures["seconds"]}
        return figures


class Rounds:
    """Figures of several programs that were measured in turns: ABAB…"""

    def __init__(self, rounds, measures):
        """`measures` gives by name what measures that program once."""
        self.figures = {name: [] for name in measures}
        for _ in range(rounds):
            for name, measure in measures.items():
                self.figures[name].append(measure())

    def median(self, name, figure):
        return median(found[figure] for found in self.figures[name])

    def ratio(self, figure, other, ours="bridge"):
        """The median of the rounds' ratios: a machine that is slow for a while is slow for both."""
        return median(found[figure] / beside[figure] for found, beside in zip(self.figures[ours], self.figures[other]))

    def least(self, name, figure):
        return min(found[figure] for found in self.figures[name])
