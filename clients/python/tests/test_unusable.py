"""A program that is there and cannot be loaded here is another thing than none: the error says why, and what to do."""

import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PROGRAM

from nats_credentials_bridge import BinaryNotUsable, Bridge, BridgeDied

NO_PROGRAM = "Exec format error: it is no program for this system, or not all of one; install it again"


@pytest.fixture
def changed(folder):
    """Makes a copy of the real program in which some bytes are others."""

    def change(before, after):
        content = (folder / "real").read_bytes()
        assert before in content
        (folder / "changed").write_bytes(content.replace(before, after))
        shutil.copymode(PROGRAM, folder / "changed")
        return folder / "changed"

    shutil.copy(PROGRAM, folder / "real")
    return change


def told(program):
    """What the error says after the path, from the start or from the first call."""
    with pytest.raises(BinaryNotUsable) as caught, Bridge(program) as bridge:
        bridge.credentials.create()
    assert (str(program) in str(caught.value), caught.value.outcome) == (True, "none")
    return str(caught.value).partition(str(program))[2]


def test_a_library_that_is_missing(changed):
    assert told(changed(b"\0libc.so.6\0", b"\0libc.so.7\0")).startswith(
        " cannot be loaded here: the library libc.so.7 is not on this machine; install it\n"
    )


def test_a_c_library_that_is_too_old(changed):
    newest = max(re.findall(rb"\0GLIBC_2\.(\d\d)\0", Path(PROGRAM).read_bytes()))
    program = changed(b"\0GLIBC_2." + newest + b"\0", b"\0GLIBC_2.99\0")
    assert told(program).startswith(
        " cannot be loaded here: the C library of this machine is too old, it has no GLIBC_2.99; use a newer system,"
    )


def test_a_loader_that_is_missing(changed):
    name = re.search(rb"/lib\d*/ld-linux[\w.-]+", Path(PROGRAM).read_bytes())[0]
    other = name[:-1] + b"9"
    assert told(changed(name, other)).startswith(
        f" cannot be started here: its loader {other.decode()} is not on this machine;"
    )


def test_a_program_for_another_machine(changed):
    head = Path(PROGRAM).read_bytes()[:20]
    other = {62: 183, 183: 62}[head[18]]
    name = {62: "x86_64", 183: "aarch64"}[other]
    text = told(changed(head, head[:18] + bytes([other, 0])))
    assert re.search(
        rf"Exec format error: it is for {name}, and this machine is \w+; use the one for this machine", text
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\x7fELF and nothing else", NO_PROGRAM),
        (b"", NO_PROGRAM),
        (b"#!/no/such/interpreter\n", "its interpreter /no/such/interpreter is not on this machine"),
    ],
    ids=["half", "empty", "script"],
)
def test_a_file_that_is_no_program(folder, content, reason):
    (folder / "program").write_bytes(content)
    (folder / "program").chmod(stat.S_IRWXU)
    assert told(folder / "program") == f" cannot be started here: {reason}"


def test_a_program_that_is_being_written(folder):
    shutil.copy(PROGRAM, folder / "program")
    with (folder / "program").open("ab"):
        assert told(folder / "program").endswith("somebody still writes it; try again")


# In a mount namespace of its own, which needs no rights of root.
NOEXEC = """
mount -t tmpfs -o noexec tmpfs "$1"
cp "$NATS_CREDENTIALS_BRIDGE" "$1/program"
exec "$2" -c '
import sys
from nats_credentials_bridge import BinaryNotUsable, Bridge
try:
    Bridge(sys.argv[1] + "/program")
except BinaryNotUsable as error:
    print(error)
' "$1"
"""


def test_a_file_system_on_which_nothing_is_executed(environment, folder):
    command = ["unshare", "--map-root-user", "--mount", "sh", "-ec", NOEXEC, "sh", folder, sys.executable]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    words = "is on a file system on which nothing is executed (noexec); copy the program to another one"
    assert (result.stdout, result.stderr) == (f"{folder}/program {words}\n", "")


def test_what_ends_for_another_reason_has_died(fake):
    """The same words, from a program that had said that it is the bridge."""
    bridge = fake("""
        hello(); read()
        os.write(2, b"x: error while loading shared libraries: libx.so: cannot open shared object file\\n")
        sys.exit(127)
    """)
    with pytest.raises(BridgeDied) as caught:
        bridge.ping()
    assert caught.value.returncode == 127
