"""A bridge whose answers do not get out, and what it tells of the credentials that it undoes."""

import fcntl
import json
import os
import re
import socket

from bridge import LIMIT
from issued import ids, local, rows, stored_ids, until
from process_tools import make_store, read_to_end

UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
DISCOVER = {"jsonrpc": "2.0", "id": "long", "method": "rpc.discover"}
LINE = re.compile(rf"nats-credentials-bridge: error: the response with the secret of credential ({UUID}) was not delivered; (.+)")
DELETED = "the credential was deleted again"


def small_pipe():
    """A pipe of 4,096 bytes: a document is enough to clog it."""
    ours, theirs = os.pipe()
    fcntl.fcntl(theirs, fcntl.F_SETPIPE_SZ, 4096)
    return ours, theirs


def small_socket():
    ours, theirs = (end.detach() for end in socket.socketpair())
    with socket.socket(fileno=os.dup(theirs)) as sender:
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    return ours, theirs


WIRES = {"pipe": small_pipe, "socket": small_socket}


class Clogged:
    """A bridge the end of whose stdout is ours; nobody reads it but by `reader`. Whatever it is asked, a long document stands before."""

    def __init__(self, home, port, *arguments, wire=small_pipe):
        make_store(home, "--nats-url", port.url)
        self.home, (self.reader, theirs) = home, wire()
        self.bridge = local(home, port, *arguments, stdout=theirs)
        os.close(theirs)
        self.bridge.send(DISCOVER)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop_reading()
        self.bridge.__exit__()

    def stop_reading(self):
        if self.reader is not None:
            os.close(self.reader)
            self.reader = None

    def creates(self, *requests, count=None):
        """Returns when they are committed, with their ids; their answers wait behind the document."""
        before = set(stored_ids(self.home))
        self.bridge.send(*requests)
        count = count or len(requests)
        until(lambda: len(stored_ids(self.home)) == len(before) + count)
        return sorted(set(stored_ids(self.home)) - before)

    def read_all(self):
        found = read_to_end(self.reader)
        for line in found.splitlines():
            self.bridge.traffic.came(line)
        return [json.loads(line) for line in found.splitlines()]

    def ends(self, status=0):
        """Gives what stderr told: by id, what became of it."""
        assert self.bridge.process.wait(LIMIT) == status
        return told(self.bridge.process.stderr.read())


def told(errors):
    """Every line has the one form, so there is no place for a secret."""
    lines = errors.decode().splitlines()
    found = [LINE.fullmatch(line) for line in lines]
    assert all(found), [line for line, match in zip(lines, found) if not match]
    by_id = {match[1]: match[2] for match in found}
    assert len(by_id) == len(lines), "one was told of twice"
    return by_id


def are_gone(home, port, made):
    """For a new process: not listed, not found; and they had been there."""
    with local(home, port) as bridge:
        assert ids(bridge) == []
        for id in made:
            error = bridge.error("credentials.get", {"nats_credentials_id": id})
            assert (error["code"], error["data"]["kind"]) == (1404, "not_found")
    assert rows(home, "SELECT count(*) FROM revocations") == [(len(made),)]
