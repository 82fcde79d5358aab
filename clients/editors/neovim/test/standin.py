"""standin.py MODE LOG: speaks as the bridge does, and keeps what it is sent in LOG.

silent    answers bridge.info only
odd       lists names with control characters, wide characters and nulls
slow      the same, with UTF-8 instead of escapes, and writes byte after byte
long      lists one row, in a line of 9 MB
flood     writes 10 MB to stderr before it lists
late      answers a create when it has been cancelled, with its result
garbled   writes a line that is not JSON instead of an answer
broken    the first window ends with an error after a page, the next goes on
service   a region whose deletions say nothing of connections
stubborn  does not end at the end of its input, nor at SIGTERM
future    speaks another protocol
holder    answers, and leaves its output open in a child when it is killed
"""

import json
import os
import signal
import subprocess
import sys

mode, log = sys.argv[1:]
ROW = {"id": "i1", "name": "n", "nats_account_id": "A1", "region": "local", "created_at": None, "credentials": None}
SUMS = {"pages": 1, "items": 1, "total_count": 3, "complete": True, "moved": False, "cursor": None, "region": "local"}
ODD = ["bell\x07 and\nline\tand\x00null", "東京の名前", "e\u0301le\u0300ve 👩‍💻", "x" * 300]


def write(message, ascii_only=True):
    data = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=ascii_only).encode() + b"\n"
    for piece in [data[i : i + 1] for i in range(len(data))] if mode == "slow" else [data]:
        while piece:
            piece = piece[os.write(1, piece) :]


def part(id, rows, cursor=None):
    value = {"kind": "page", "seq": 1, "nats_credentials": rows, "total_count": len(rows), "cursor": cursor}
    # A kind of later versions, which is nobody's business.
    write({"method": "$/progress", "params": {"token": id, "value": {"kind": "weather", "nats_credentials": "rain"}}})
    write({"method": "$/progress", "params": {"token": id, "value": value}}, ascii_only=mode != "slow")


def listed(id, params):
    if mode == "broken" and "cursor" not in params:
        part(id, [{**ROW, "id": "i1", "name": "first"}], "aa")
        part(id, [{**ROW, "id": "i2", "name": "second"}])
        error = {"kind": "network", "outcome": "none", "items_sent": 2, "cursor": "aa"}
        return write({"id": id, "error": {"code": 1503, "message": "the line is cut", "data": error}})
    if mode == "broken":
        assert params["cursor"] == "aa"
        part(id, [{**ROW, "id": "i2", "name": "second"}, {**ROW, "id": "i3", "name": "third"}])
    elif mode == "long":
        part(id, [{**ROW, "name": "long", "more": "y" * 9_000_000}])
    elif mode in ("odd", "slow"):
        part(id, [{**ROW, "id": f"i{index}", "name": name} for index, name in enumerate(ODD)])
    else:
        part(id, [ROW])
    if mode == "flood":
        for _ in range(10_000):
            os.write(2, b"x" * 999 + b"\n")
    write({"id": id, "result": SUMS})


def answer(id, method, params):
    if method == "bridge.info":
        protocol = "9" if mode == "future" else "1"
        info = {"name": "nats-credentials-bridge", "version": "0", "protocol": protocol, "backends": [], "settings": [], "warnings": []}
        return write({"id": id, "result": {**info, "pending_pushes": None}})
    if mode == "silent":
        return None
    if mode == "garbled":
        return os.write(1, b"Hello, World!\n")
    if mode == "late":
        return method == "$/cancelRequest" and write({"id": params["id"], "result": {**ROW, "saved": {"path": "/p", "mode": "0600"}}})
    if method == "credentials.stream":
        return listed(id, params)
    if method == "credentials.delete":
        return write({"id": id, "result": {"nats_credentials_id": params["nats_credentials_id"], "deleted": True, "region": "fr-par"}})
    return id and write({"id": id, "result": {}})


if mode == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if mode == "holder":
    os.write(2, b"the first line\nthe last line\n")
    # It ends when the test closes what it reads, which is the editor's: its stderr.
    subprocess.Popen(["sleep", "30"])
for line in sys.stdin.buffer:
    with open(log, "ab") as kept:
        kept.write(line)
    message = json.loads(line)
    answer(message.get("id"), message["method"], message.get("params", {}))
while mode == "stubborn":
    signal.pause()
