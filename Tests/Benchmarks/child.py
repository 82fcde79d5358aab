"""A measured process: started with as little of Python's own in between as there can be, read and written by the plain system calls."""

import fcntl
import os
import re
import select
import signal
import time
from pathlib import Path

LIMIT = 20.0
# What a pipe holds by itself, and what it can be made to hold.
USUAL, LARGE = 1 << 16, 1 << 20


class Child:
    """A program between two pipes. `waiting` stands in its stdin before it starts; it may be silent for so many seconds."""

    def __init__(self, command, environment, waiting=b"", limit=LIMIT):
        self.limit = limit
        child_input, self.input = os.pipe()
        self.output, child_output = os.pipe()
        if len(waiting) > USUAL:
            for pipe in (self.input, self.output):
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, LARGE)
        if len(waiting) > LARGE:
            raise ValueError(f"a pipe does not hold {len(waiting)} bytes")
        if waiting:
            os.write(self.input, waiting)
        moves = [
            (os.POSIX_SPAWN_DUP2, child_input, 0),
            (os.POSIX_SPAWN_DUP2, child_output, 1),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ]
        self.started = time.perf_counter()
        self.process = os.posix_spawn(command[0], command, environment, file_actions=moves)
        os.close(child_input)
        os.close(child_output)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process:
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
            self.close_input()
        os.close(self.output)

    def close_input(self):
        if self.input is not None:
            os.close(self.input)
            self.input = None

    def end(self):
        """Closes stdin and reaps; gives the CPU seconds of the whole life, user and system together."""
        self.close_input()
        while self.read():
            pass
        process, self.process = self.process, None
        _, status, usage = os.wait4(process, 0)
        if status != 0:
            raise RuntimeError(f"a measured program ended with status {status}")
        return usage.ru_utime + usage.ru_stime

    def read(self):
        """What is there; empty at the end of output. Silence is an error."""
        if not select.select([self.output], [], [], self.limit)[0]:
            raise TimeoutError("a measured program does not answer")
        return os.read(self.output, 1 << 16)

    def line(self):
        while b"\n" not in self.buffer:
            chunk = self.read()
            if not chunk:
                raise RuntimeError("a measured program ended early")
            self.buffer += chunk
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line

    def resident_kilobytes(self):
        return int(re.search(r"^VmRSS:\s+(\d+) kB", self._status(self.process), re.M)[1])

    def peak_kilobytes(self):
        return int(re.search(r"^VmHWM:\s+(\d+) kB", self._status(self.process), re.M)[1])

    def processor_seconds(self):
        """What all its threads have used until now."""
        return time.clock_gettime((~self.process << 3) | 2)

    def wake_ups(self):
        """How often its threads were put on a processor since they began."""
        threads = os.listdir(f"/proc/{self.process}/task")
        status = "".join(self._status(f"{self.process}/task/{thread}") for thread in threads)
        return sum(int(count) for count in re.findall(r"voluntary_ctxt_switches:\s+(\d+)", status))

    def _status(self, process):
        return Path(f"/proc/{process}/status").read_text()
