"""standin.py MODE LOG: speaks as the bridge does, and keeps what it is sent in LOG.

silent    answers bridge.info only
odd       lists names with control characters, wide characters and nulls
slow      the same, with UTF-8 instead of escapes, and writes byte after byte
long      lists one row, in a line of 9 MB
flood     writes 10 MB to stderr before it lists
late      answers a create when it has been cancelled, with its result
garbled   writes a line that is not JSON instead of a response
broken    the first window ends with an error after a page, the next goes on
service   a region whose deletions say nothing of connections; makes credentials in the region that is asked for
bare      lists a row without a name, and answers all else with neither a result nor an error
packed    leaves its list open; a response comes in one write with what follows it for the list, or with the half of that, the rest after SIGUSR1
hesitant  answers bridge.info after SIGUSR1
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


def encoded(message, ascii_only=True):
    return json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=ascii_only).encode() + b"\n"


def write_bytes(data):
    while data:
        data = data[os.write(1, data) :]


def write(message, ascii_only=True):
    data = encoded(message, ascii_only)
    for piece in [data[i : i + 1] for i in range(len(data))] if mode == "slow" else [data]:
        write_bytes(piece)


def page(id, rows, cursor=None):
    value = {"kind": "page", "seq": 1, "nats_credentials": rows, "total_count": len(rows), "cursor": cursor}
    return {"method": "$/progress", "params": {"token": id, "value": value}}


def part(id, rows, cursor=None):
    # A kind of later versions, which is nobody's business.
    write({"method": "$/progress", "params": {"token": id, "value": {"kind": "weather", "nats_credentials": "rain"}}})
    write(page(id, rows, cursor), ascii_only=mode != "slow")


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
    elif mode == "bare":
        part(id, [{**ROW, "name": None}])
    elif mode == "packed":
        global open_list
        open_list = id
        return part(id, [ROW])
    else:
        part(id, [ROW])
    if mode == "flood":
        for _ in range(10_000):
            os.write(2, b"x" * 999 + b"\n")
    write({"id": id, "result": SUMS})


def pack(id, method):
    answer = encoded({"id": id, "result": {**ROW, "saved": {"path": "/p", "mode": "0600"}}})
    more = encoded(page(open_list, [{**ROW, "id": "i2", "name": "second"}]))
    if method == "credentials.create":
        return write_bytes(answer + more + encoded({"id": open_list, "result": SUMS}))
    write_bytes(answer + more[:50])
    signal.sigwait({signal.SIGUSR1})
    return write_bytes(more[50:])


def answer(id, method, params):
    if method == "bridge.info":
        if mode == "hesitant":
            signal.sigwait({signal.SIGUSR1})
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
    if mode == "bare":
        return write({"id": id})
    if mode == "packed" and id:
        return pack(id, method)
    if mode == "service" and method == "credentials.create":
        made = {**ROW, "id": params["name"], "name": params["name"], "region": params.get("region", "local")}
        return write({"id": id, "result": {**made, "saved": {"path": "/p", "mode": "0600"}}})
    if method == "credentials.delete":
        return write({"id": id, "result": {"nats_credentials_id": params["nats_credentials_id"], "deleted": True, "region": "fr-par"}})
    return id and write({"id": id, "result": {}})


if mode in ("hesitant", "packed"):
    # One that comes before it is waited for stays pending.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
if mode == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if mode == "holder":
    os.write(2, b"the first line\nthe last line\n")
    # The test ends it, with the group of this process.
    subprocess.Popen(["sleep", "30"])
for line in sys.stdin.buffer:
    with open(log, "ab") as kept:
        kept.write(line)
    message = json.loads(line)
    answer(message.get("id"), message["method"], message.get("params", {}))
while mode == "stubborn":
    signal.pause()
