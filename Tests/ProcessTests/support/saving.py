"""Creates with `save_to`, and what may stand in their way."""

import hashlib
import os
import socket

from issued import CREATE, ids, save_error

RENAMES = "?renameat,?renameat2"


def save(bridge, path, **params):
    return bridge.result(CREATE, {"name": "app", "save_to": str(path), **params})


def refused(bridge, path, **params):
    """Reason and outcome of a save that is refused; nothing is left of it."""
    before = ids(bridge)
    error = save_error(bridge.error(CREATE, {"name": "app", "save_to": str(path), **params}))
    assert ids(bridge) == before
    return error


def make_fifo(path):
    os.mkfifo(path)


def make_socket(path):
    """By a descriptor of the folder, because a socket's path must be short."""
    descriptor = os.open(path.parent, os.O_PATH)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(f"/proc/self/fd/{descriptor}/{path.name}")
    os.close(descriptor)


def make_link_to_file(path):
    (path.parent / "elsewhere").write_text("stays")
    path.symlink_to("elsewhere")


IN_THE_WAY = {
    "fifo": make_fifo, "socket": make_socket, "folder": os.mkdir, "link_to_a_file": make_link_to_file,
    "dangling_link": lambda path: path.symlink_to("new"),
    "link_to_itself": lambda path: path.symlink_to(path.name), "link_to_a_device": lambda path: path.symlink_to("/dev/null"),
    "link_to_a_folder": lambda path: path.symlink_to("."),
}  # fmt: skip


def checksum_of(path):
    return hashlib.sha1(path.read_bytes()).hexdigest()
