"""What the stand-in for Scaleway's API keeps, and how the service writes it."""

import base64
import binascii
import json
import os
import time

import nkeys


STARS = "*" * 25
CREDS = f"""-----BEGIN NATS USER JWT-----
%s
------END NATS USER JWT------

{STARS} IMPORTANT {STARS}
NKEY Seed printed below can be used to sign and prove identity.
NKEYs are sensitive and should be treated as secrets.

-----BEGIN USER NKEY SEED-----
%s
------END USER NKEY SEED------

{"*" * 61}
"""


class Watched(dict):
    """A dictionary that takes notice of every change, so that what was made from it can be kept until then."""

    def touched(self):
        raise NotImplementedError


def noticing(name):
    def method(self, *arguments, **named):
        result = getattr(dict, name)(self, *arguments, **named)
        self.touched()
        return result

    return method


for each in ("__setitem__", "__delitem__", "__ior__", "clear", "pop", "popitem", "setdefault", "update"):
    setattr(Watched, each, noticing(each))


class Row(Watched):
    """An account or credential as the service gives it when it is read. `region` is where it is, also when the member is taken away."""

    table = text = signing_seed = None

    def touched(self):
        self.text = None
        if self.table is not None:
            self.table.touched()

    def json(self):
        if self.text is None:
            self.text = dumps(self)
        return self.text


class Table(Watched):
    """Rows by id, in the order in which they were made; counts its changes."""

    version = 0

    def touched(self):
        self.version += 1

    def __setitem__(self, id, row):
        if not isinstance(row, Row):
            row, given = Row(row), row
            row.region = given.get("region", "fr-par")
        row.table = self
        super().__setitem__(id, row)


def dumps(value):
    # A lone surrogate, if a test puts one in a row, goes out as what is not UTF-8.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def stamp(nanoseconds, digits=9):
    """A time as the service writes it: more digits are cut off, not rounded."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest:09d}"[: digits + 1] + "Z"


def public_key(prefix, data):
    data = bytes([prefix]) + data
    return base64.b32encode(data + binascii.crc_hqx(data, 0).to_bytes(2, "little")).decode()


def new_seed(prefix):
    return nkeys.encode_seed(os.urandom(32), prefix)
