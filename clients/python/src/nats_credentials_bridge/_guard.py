"""The guard: a process beside this one that ends a nats-server and removes a folder, however this process ends."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import threading
import time
import weakref
from collections.abc import Sequence

from ._green import new_poll

# FOLDER [PROGRAM ARGUMENT…]. Lines tell it what to do: "serve" starts the program, "user PID" names the process that
# works in the folder from now on, instead of one before it, whose number may be somebody else's by the end. It waits
# for the end of its input, the end of whoever holds the other side of the pipe, also by SIGKILL. Then:
# - all of its process group is told to end, also what a wrapper around the program has started; the program has 2 s,
#   and who counts them is ended with it, since its number may be somebody else's then; to be hit itself, and nobody
#   else, that one is still there after its kill;
# - the user, which has seen the same end of input, gets 10 s, so that nobody writes into what is being removed; one
#   that has ended may be there as a zombie, where nobody reaps what is orphaned (in many containers);
# - the folder is removed, again where what is behind a wrapper still writes into it;
# - and what is left of the group is killed, the guard itself included.
# "-$$" is a group only where the guard leads one, so nobody else is ever hit. The program has the guard's stdout as its
# descriptor 3: whoever reads the other side sees when it has ended.
# A shell, and not this Python again: it is there in a millisecond, and the library for Node has the very same.
SCRIPT = """\
trap '' HUP INT QUIT TERM
folder=$1 program='' user=''
shift
while read -r word number; do
  case $word in
    user) user=$number ;;
    serve)
      (trap - HUP INT QUIT TERM; exec 3>&1 >"$folder/nats-server.log" 2>&1; exec "$@") </dev/null &
      program=$!
      exec >/dev/null
      ;;
  esac
done
kill -s TERM -- "-$$"
if [ -n "$program" ]; then
  (sleep 2; kill -s KILL "$program"; sleep 60) &
  killer=$!
  wait "$program"
  kill -s KILL "$killer"
fi
runs() {
  state=''
  kill -0 "$1" && { read -r state <"/proc/$1/stat" || :; } && case ${state##*') '} in Z*) return 1 ;; esac
}
if [ -n "$user" ]; then
  looks=100
  while [ "$looks" -gt 0 ] && runs "$user"; do
    sleep 0.1
    looks=$((looks - 1))
  done
fi
looks=100
until rm -rf -- "$folder" || [ "$looks" -eq 0 ]; do
  sleep 0.1
  looks=$((looks - 1))
done
kill -s KILL -- "-$$"
"""
END_SECONDS = 15.0
REMOVALS = 20
PAUSE_SECONDS = 0.1

_guards: weakref.WeakSet[Guard] = weakref.WeakSet()


class Guard:
    """A running guard of one folder."""

    def __init__(self, folder: str, program: Sequence[str] = ()) -> None:
        """program: with its arguments, what :meth:`serve` starts."""
        self._folder = folder
        self._lock = threading.RLock()
        self._is_ours = True
        # Not the process's returncode, which gevent sets as soon as somebody has killed the guard.
        self._is_over = False
        # A session of its own, so that neither Ctrl-C in a terminal nor a signal to our group ends it before us.
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", SCRIPT, "nats-credentials-bridge-guard", folder, *program],
            bufsize=0,
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._told, self._ended = self._process.stdin, self._process.stdout
        _guards.add(self)

    @property
    def pid(self) -> int:
        """Of the guard's process, which leads a group of its own."""
        return self._process.pid

    def serve(self) -> None:
        """Starts the program."""
        self._tell(b"serve\n")

    def await_user(self, pid: int) -> None:
        """The folder is not removed while this process runs, for some seconds; instead of the one named before."""
        self._tell(b"user %d\n" % pid)

    def program_has_ended(self, seconds: float) -> bool:
        """Whether the program that was started has ended; waits so long for it."""
        poll = new_poll()  # select.select knows no descriptor above 1023.
        poll.register(self._ended.fileno(), select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def end(self) -> None:
        """Ends the program and removes the folder; returns when both are gone. May be called again."""
        with self._lock:
            if not self._is_ours or self._is_over:
                return
            self._told.close()
            try:
                self._process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            if os.path.exists(self._folder):
                # Somebody has killed the guard. As long as the program runs, the number is its group's.
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.pid, signal.SIGKILL)
                _remove(self._folder)
            self._ended.close()
            self._is_over = True

    def leave_to_parent(self) -> None:
        """After fork(), in the child: it holds the pipe no more, or the guard would not see the parent's end."""
        self._lock = threading.RLock()
        self._is_ours = False
        self._process.returncode = 0  # There is nothing to wait for.
        for stream in (self._told, self._ended):
            with contextlib.suppress(OSError):
                stream.close()

    def _tell(self, line: bytes) -> None:
        # A guard that was killed is seen at the end.
        with self._lock, contextlib.suppress(BrokenPipeError, ValueError):
            self._told.write(line)


def _remove(folder: str) -> None:
    """Again where something still writes into it, as the guard does."""
    for _ in range(REMOVALS):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.exists(folder):
            return
        time.sleep(PAUSE_SECONDS)


def _after_fork_in_child() -> None:
    for guard in list(_guards):
        guard.leave_to_parent()
    _guards.clear()


os.register_at_fork(after_in_child=_after_fork_in_child)
