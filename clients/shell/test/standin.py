#!/usr/bin/env python3
"""A program that speaks the protocol and misbehaves as the method says. `test.echo` answers its params; `test.seen` the methods and params of
all requests. MODE other: answers as another program. MODE stubborn: ends neither at the end of its input nor at SIGTERM."""

import json
import os
import signal
import sys
import time

sys.dont_write_bytecode = True

from standin_rows import ROWS  # noqa: E402

MODE = sys.argv[1] if len(sys.argv) > 1 else ""
kept, seen = [], []
sys.stdin.reconfigure(encoding="utf-8")


def write(text):
    sys.stdout.write(text)
    sys.stdout.flush()


def line(**message):
    return json.dumps({"jsonrpc": "2.0", **message}, separators=(",", ":")) + "\n"


def part(id, rows, seq=1):
    value = {"kind": "page", "seq": seq, "nats_credentials": rows, "total_count": 9, "cursor": "c%d" % seq}
    return line(method="$/progress", params={"token": id, "value": value})


def end(id, cursor=None, complete=True):
    return line(id=id, result={"pages": 4, "items": 9, "total_count": 9, "complete": complete, "moved": False, "cursor": cursor})


def error(id, code, kind, outcome="none", message="so the stand-in says"):
    return line(id=id, error={"code": code, "message": message, "data": {"kind": kind, "retryable": False, "outcome": outcome}})


def stream(id, params):
    project = params.get("project_id")
    if project == "odd":
        return part(id, ROWS) + part(id, []) + end(id)
    if project == "broken":
        return part(id, [{"id": "1"}]) + error(id, 1503, "network")
    if project == "missing":
        return part(id, [{"id": "1"}]) + end(id, None, False)
    first = int(params["cursor"][1:]) if "cursor" in params else 0
    rows = [{"id": "%d.%d" % (first, i)} for i in range(4)]
    return part(id, rows) + end(id, "w%d" % (first + 1) if first < 2 else None, first == 2)


def answer(id, method, params):
    if method == "bridge.info":
        return line(id=id, result={"name": "nats-credentials-bridge" if MODE != "other" else "another", "protocol": "1"})
    if method == "test.echo":
        return line(id=id, result=params)
    if method == "test.seen":
        return line(id=id, result={"seen": seen[:-1]})
    if method == "test.fail":
        return error(id, params["code"], params["kind"], params.get("outcome", "none"), params.get("message", ""))
    if method in ("test.late", "credentials.create"):  # answered when the next request comes
        kept.append(line(id=id, result={"late": True}))
        sys.stderr.write("waiting\n")
        sys.stderr.flush()
    if method == "test.half":  # the second half comes with the next request
        text = line(id=id, result={"late": "x" * 3000})
        kept.append(text[1500:])
        return text[:1500]
    if method == "test.null":
        return error(None, -32700, "parse_error")
    if method == "test.die":
        sys.stderr.write("".join("line %d\n" % i for i in range(10)) + "the last words\n")
        write(line(id=id, result={})[:20])
        os._exit(9)
    if method == "test.killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if method == "test.flood":
        for _ in range(10_000):
            sys.stderr.write("x" * 1000 + "\n")
        return line(id=id, result={})
    if method == "test.deaf":  # reads no more
        while True:
            time.sleep(60)
    if method == "credentials.stream":
        return stream(id, params)
    return ""


if MODE == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
for request in sys.stdin:
    request = json.loads(request, strict=True)
    seen.append({"method": request["method"], "params": request["params"]})
    if "id" in request:
        late = "".join(kept)
        kept.clear()
        write(late + answer(request["id"], request["method"], request["params"]))
while MODE == "stubborn":
    time.sleep(60)
