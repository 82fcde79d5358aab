"""Counts instructions: a program runs in valgrind's callgrind, which sees every one of them, and the same each time.

What one request costs is the slope between a run with few of them and a run with many: what the program does once falls out. What is asked
beforehand stands in its pipe whole, so that it is always read in the same pieces.
"""

import os
import shutil
import sys
import time

from child import Child

# Without its fair scheduling a thread may run on for as long as it likes while others wait, and how often they are woken differs from run to run.
VALGRIND = ["--tool=callgrind", "--fair-sched=yes", "--quiet"]
# Seconds that a program may be silent: in valgrind it is fifty times slower.
LIMIT = 120.0


def valgrind():
    return shutil.which("valgrind") or sys.exit("there is no valgrind; Tests/run --instructions brings it")


def count(command, environment, lines, pipelined, profile):
    """The instructions of a whole run that answers these lines and then ends. callgrind's profile is left in that file."""
    callgrind = [valgrind(), *VALGRIND, f"--callgrind-out-file={profile}"]
    with Child([*callgrind, *command], environment, b"".join(lines) if pipelined else b"", limit=LIMIT) as child:
        for line in lines:
            if not pipelined:
                os.write(child.input, line)
            while b'"method":"$/progress"' in (answer := child.line()):
                pass
            if b'"error":' in answer:
                raise RuntimeError(f"a measured program answered with an error: {answer.decode()}")
        is_idle(child)
        child.end()
    with open(profile) as counted:
        return next(int(line.split()[1]) for line in counted if line.startswith("summary: "))


def is_idle(child):
    """Waits until no thread has used the processor for a while: what was begun beside an answer belongs to the run, also the look at files
    200 ms after a first read."""
    used = -1
    while used < (used := child.processor_seconds()):
        time.sleep(0.4)
