"""Runs a command in a terminal of its own and presses Ctrl-C once it has written a word. `terminal.py WORD COMMAND…`"""

import os
import pty
import sys

word, command = sys.argv[1].encode(), sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    os.execvp(command[0], command)
seen, pressed = b"", False
while True:
    try:
        data = os.read(terminal, 4096)
    except OSError:  # the last one who had it open has ended
        break
    if not data:
        break
    seen += data
    if not pressed and word in seen:
        os.write(terminal, b"\x03")
        pressed = True
os.waitpid(child, 0)
sys.stdout.write(seen.decode().replace("\r\n", "\n"))
