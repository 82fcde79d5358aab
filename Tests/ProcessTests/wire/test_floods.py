"""Floods: far more lines than anybody reads, over every sort of channel. Memory stays bounded, and each request is answered once.

All of it takes 40 s: hundreds of MiB go through the program."""

import itertools
import json
import os
import re
import select
import subprocess
import time

import pytest

from bridge import LIMIT, PROGRAM, Bridge, clean_environment
from channels import Wire, batch, every_channel, in_pieces, pipes, socket_pair, terminal
from process_tools import WARNS, held_store, make_store, program, read_to_end, request, wait_until_asleep

MIB, COUNT = 1 << 20, 100_000
# What the program takes with nothing to do is less than half of this; its limits allow 2 MiB of answers and 8 MiB of lines.
BOUND = 48 * MIB
LONG = 1000


def padded(number):
    """An id that makes its line and its answer long."""
    return f"{number:06}" + "x" * (LONG - 6)


def is_settled(wire, count):
    """The lines by their ids: each once, and none is an error."""
    seen = bytearray(count)
    form = re.compile(rb'\{"jsonrpc":"2\.0","id":"(\d{6})x+","result":\{.*\}\}')
    for line in wire.lines(count):
        number = int(form.fullmatch(line)[1])
        assert not seen[number], "answered twice"
        seen[number] = 1
    return all(seen)


# A hundred thousand, and nobody reads at first.


@pytest.mark.measures("memory")
@every_channel
def test_100_000_requests_of_a_writer_that_may_block(home, channel):
    """Lines and answers of 100 MiB each; through a terminal, which is slow, of 10 MiB."""
    count = COUNT // 10 if channel is terminal else COUNT
    with Wire(home, channel) as wire:
        wire.write(in_pieces(request("bridge.ping", id=padded(number)) for number in range(count)))
        assert wire.is_stuck(), "stdin is read without an end"
        assert wire.written < count * LONG / 2
        assert is_settled(wire, count)
        assert wire.memory() < BOUND


MIXED = [
    ("bridge.ping", {}), ("accounts.list", {}), ("credentials.list", {"page_size": 1}), ("bridge.info", {}), ("accounts.stream", {}),
    ("credentials.list", {"timeout_ms": 600_000}),
]  # fmt: skip


@pytest.mark.measures("memory")
@pytest.mark.parametrize("channel", [pipes, socket_pair], ids=lambda channel: channel.__name__)
def test_a_flood_of_all_sorts_of_reads(home, channel):
    """None runs out of its time meanwhile: while nobody reads, the clock stands still."""
    count = 12_000
    with Wire(home, channel) as wire:
        wire.write(in_pieces(request(*MIXED[number % len(MIXED)], id=padded(number)) for number in range(count)))
        assert wire.is_stuck()
        assert is_settled(wire, count)
        assert wire.memory() < BOUND


@pytest.mark.measures("memory")
def test_100_000_short_pings_and_their_order(home):
    """Nothing of them waits for anything, so the answers come in the order of the lines."""
    with Wire(home, pipes) as wire:
        wire.write(in_pieces(request("bridge.ping", id=number) for number in range(COUNT)))
        wire.is_stuck()
        for number, line in enumerate(wire.lines(COUNT)):
            assert line == b'{"jsonrpc":"2.0","id":%d,"result":{}}' % number
        assert wire.memory() < BOUND


@pytest.mark.measures("memory")
def test_a_flood_of_creates_is_carried_out_once_each(home):
    """In the order of the lines. The secrets in the answers are not looked at."""
    count = 2000
    form = re.compile(rb'\{"jsonrpc":"2\.0","id":"(\d{6})x+","result":\{"id":"([0-9a-f-]{36})",.*\}')
    with Wire(home, pipes) as wire:
        wire.write(in_pieces(request("credentials.create", {"timeout_ms": 600_000}, padded(number)) for number in range(count)))
        assert wire.is_stuck()
        answered = [form.fullmatch(line).groups() for line in wire.lines(count)]
        assert [int(id) for id, _ in answered] == list(range(count)) and len({made for _, made in answered}) == count
        assert wire.memory() < BOUND
    with Bridge(home, "--region", "local") as bridge:
        assert bridge.result("credentials.list", {"page_size": 1})["total_count"] == count


@pytest.mark.measures("memory")
def test_answers_that_are_much_longer_than_their_requests(home):
    """1,000 documents, together more than 40 MiB."""
    with Wire(home, pipes) as wire:
        wire.write(in_pieces(request("rpc.discover", id=number) for number in range(1000)))
        wait_until_asleep(wire.process.pid)
        assert wire.memory() < BOUND
        total, ids = 0, []
        for line in wire.lines(1000):
            total += len(line)
            ids.append(int(line[22 : line.index(b",", 22)]))
        assert ids == list(range(1000)) and total > 40 * MIB
        assert wire.memory() < BOUND


@pytest.mark.measures("memory")
def test_batches_of_long_ids(home):
    """600 batches of 100 pings: 60 MiB of answers, an array each."""
    with Wire(home, pipes) as wire:
        numbers = [range(start, start + 100) for start in range(0, 60_000, 100)]
        wire.write(batch(request("bridge.ping", id=padded(number)) for number in some) for some in numbers)
        assert wire.is_stuck()
        found = []
        for line in wire.lines(600):
            answers = json.loads(line)
            assert len(answers) == 100 and all(answer["result"] == {} for answer in answers)
            found += [answer["id"] for answer in answers]
        assert sorted(found) == [padded(number) for number in range(60_000)]
        assert wire.memory() < BOUND


# Files.


def settled_file(path, count, before=b""):
    data = path.read_bytes()
    assert data.startswith(before)
    lines = data[len(before) :].splitlines()
    return [json.loads(line)["id"] for line in lines] == list(range(count)) and len(lines) == count


def test_100_000_lines_out_of_a_file_appended_to_a_file(home):
    (home / "in").write_bytes(b"".join(request("bridge.ping", id=number) for number in range(COUNT)))
    (home / "out").write_bytes(b"before\n")
    command = ["bash", "-c", '"$1" < in >> out; echo "$?" >> out', "bash", PROGRAM]
    done = subprocess.run(command, env=clean_environment(home), cwd=home, capture_output=True, timeout=3 * LIMIT)
    assert (done.stdout, done.stderr) == (b"", b"")
    with open(home / "out", "rb+") as file:
        assert file.read().endswith(b"}\n0\n")
        file.truncate(file.tell() - 2)
    assert settled_file(home / "out", COUNT, b"before\n")


@pytest.mark.measures("memory")
def test_a_file_takes_everything_at_once_and_nothing_is_kept(home):
    with open(home / "out", "ab") as out:
        with program(home, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.PIPE) as process:
            for piece in in_pieces(request("bridge.ping", id=padded(number)) for number in range(COUNT)):
                process.stdin.write(piece)
            process.stdin.flush()
            size = len(b'{"jsonrpc":"2.0","id":"","result":{}}\n') + LONG
            deadline = time.monotonic() + 3 * LIMIT
            while os.fstat(out.fileno()).st_size < COUNT * size:
                assert time.monotonic() < deadline
                select.select([], [], [], 0.05)
            with open(f"/proc/{process.pid}/status") as status:
                peak = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))
            assert peak < BOUND
            process.stdin.close()
            assert process.wait(LIMIT) == 0 and process.stderr.read() == b""
    with open(home / "out", "rb") as file:
        for number, line in enumerate(file):
            assert line[23:29] == b"%06d" % number and len(line) == size


def test_a_file_is_read_into_a_pipe_that_nobody_reads_at_first(home):
    (home / "in").write_bytes(b"".join(request("bridge.ping", id=padded(number)) for number in range(30_000)))
    with open(home / "in", "rb") as file, program(home, stdin=file, stdout=subprocess.PIPE) as process:
        wait_until_asleep(process.pid)
        assert file.seek(0, os.SEEK_CUR) < 16 * MIB, "the file's place is shared, and it was read without an end"
        answers = read_to_end(process.stdout.fileno()).splitlines()
        assert [line[23:29] for line in answers] == [b"%06d" % number for number in range(30_000)], "answered out of turn"
        assert process.wait(LIMIT) == 0


def test_two_that_append_to_one_file_leave_each_other_s_lines_whole(home):
    (home / "in").write_bytes(b"".join(request("bridge.ping", id=number) for number in range(50_000)))
    with open(home / "out", "ab") as out, open(home / "in", "rb") as one, open(home / "in", "rb") as two:
        with program(home, stdin=one, stdout=out) as first, program(home, stdin=two, stdout=out) as second:
            assert first.wait(LIMIT) == second.wait(LIMIT) == 0
    ids = [json.loads(line)["id"] for line in (home / "out").read_bytes().splitlines()]
    assert sorted(ids) == sorted([*range(50_000)] * 2)


# A thousand before anything is read.

MISSING = "0b5cf1a2-7a0c-4c0e-9b0e-0a1b2c3d4e5f"
SORTS = ["bridge.ping", "no.such", "", "accounts.stream"]
THOUSAND = {
    "short pings": lambda number: request("bridge.ping", id=number),
    "pings with long ids": lambda number: request("bridge.ping", id=f"{number:06}" + "x" * 450),
    "lists": lambda number: request("credentials.list", id=number),
    "not found": lambda number: request("credentials.get", {"nats_credentials_id": MISSING}, number),
    "changes": lambda number: request("credentials.delete", {"nats_credentials_id": MISSING, "missing_ok": True}, number),
    "refused": lambda number: request("credentials.list", {"page": 0}, number),
    "not JSON": lambda number: b"{]" * (number % 7 + 1) + b"\n",
    "all sorts": lambda number: b"[]\n" if number % 4 == 2 else request(SORTS[number % 4], id=number),
}


@every_channel
@pytest.mark.parametrize("sort", THOUSAND)
def test_1_000_are_written_before_anything_is_read(home, channel, sort):
    """The writer does not read at all, and comes to its end."""
    with Wire(home, channel) as wire:
        wire.write([THOUSAND[sort](number) for number in range(1000)])
        wire.thread.join(2 * LIMIT)
        assert not wire.thread.is_alive(), "a deadlock"
        ids, size = [], 0
        for line in wire.lines(1000):
            ids.append(json.loads(line)["id"])
            size += len(line) + 1
        assert size < 512 << 10
        numbers = sorted(int(str(id)[:6]) for id in ids if id is not None)
        nameless = {"not JSON": range(1000), "all sorts": range(2, 1000, 4)}.get(sort, ())
        assert numbers == [number for number in range(1000) if number not in nameless]
        assert sum(id is None for id in ids) == len(nameless)


# Lines that are no requests.


GARBAGE = {
    "no JSON": (b"garbage\n", -32700), "half": (b'{"jsonrpc":"2.0","id":1,"method"\n', -32700), "zeros": (bytes(40) + b"\n", -32700),
    "not UTF-8": (b'"\xff\xfe\xc0\x80"\n', -32700), "empty batches": (b"[]\n", -32600), "numbers": (b"17\n", -32600),
    "deep": (b"[" * 129 + b"\n", -32600), "no version": (b'{"id":null,"method":"bridge.ping"}\n', -32600),
}  # fmt: skip


@pytest.mark.measures("memory")
@pytest.mark.parametrize("sort", GARBAGE)
def test_100_000_lines_of_garbage_draw_an_answer_each(home, sort):
    """15 MiB of refusals and more, which wait their turn like everything else."""
    line, code = GARBAGE[sort]
    with Wire(home, pipes) as wire:
        wire.write(in_pieces([line] * COUNT + [request("bridge.ping", id="last")]))
        wire.is_stuck()
        *refusals, last = wire.lines(COUNT + 1)
        assert set(refusals) == {refusals[0]} and last == b'{"jsonrpc":"2.0","id":"last","result":{}}'
        refusal = json.loads(refusals[0])
        assert refusal["id"] is None and refusal["error"]["code"] == code
        assert wire.memory() < BOUND


SILENT = {
    "notifications": b'{"jsonrpc":"2.0","method":"bridge.ping"}\n', "reads": b'{"jsonrpc":"2.0","method":"credentials.stream"}\n',
    "cancels": b'{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":"nobody"}}\n', "blank lines": b" \t\r\n", "empty lines": b"\n",
    "batches": b'[{"jsonrpc":"2.0","method":"x"},{"jsonrpc":"2.0","method":"$/x"}]\n',
    "long ones": b'{"jsonrpc":"2.0","method":"%s"}\n' % (b"x" * 1000),
}  # fmt: skip


@pytest.mark.measures("memory")
@pytest.mark.parametrize("sort", SILENT)
def test_100_000_lines_that_draw_nothing(home, sort):
    with Wire(home, pipes, stderr=subprocess.PIPE) as wire:
        wire.write(in_pieces([SILENT[sort]] * COUNT + [request("bridge.ping", id="last")]))
        assert list(wire.lines(1)) == [b'{"jsonrpc":"2.0","id":"last","result":{}}']
        assert wire.memory() < BOUND
        os.close(wire.input)
        assert read_to_end(wire.output) == b"" and wire.process.wait(LIMIT) == 0
        assert wire.process.stderr.read() == b""


@pytest.mark.measures("memory")
def test_100_000_changes_that_nobody_could_hear_of(home):
    """A warning each goes to a stderr that nobody reads: what finds no room is dropped and counted, and nothing is held up."""
    with Wire(home, pipes, stderr=subprocess.PIPE) as wire:
        wire.write(in_pieces([WARNS] * COUNT + [request("bridge.ping", id="last")]))
        assert list(wire.lines(1)) == [b'{"jsonrpc":"2.0","id":"last","result":{}}']
        assert wire.memory() < BOUND
        os.close(wire.input)
        warnings = read_to_end(wire.process.stderr.fileno())
        assert wire.process.wait(LIMIT) == 0
    assert 32 << 10 <= len(warnings) < 4 * MIB and b"log lines did not fit and were dropped" in warnings
    assert not (home / "state").exists()


@pytest.mark.measures("memory")
def test_cancels_of_a_flood_that_waits(home):
    """Reads that hang and a cancel for each, 20,000 times, one id for all: every one is answered, once."""
    make_store(home)
    count = 20_000
    with held_store(home, against_readers=True), Wire(home, pipes) as wire:
        for method in "accounts.list", "credentials.stream":
            one = request(method, id="same") + b'{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":"same"}}\n'
            wire.write(in_pieces([one] * (count // 2)))
            for line in wire.lines(count // 2):
                assert line.startswith(b'{"jsonrpc":"2.0","id":"same","error":{"code":-32800,')
        assert wire.memory() < BOUND


# The longest lines.

LONGEST = 8 * MIB


def ping_of(size, id):
    """A ping whose line, without its LF, is so long; the filling stands in a member nobody reads."""
    line = b'{"jsonrpc":"2.0","id":%d,"method":"bridge.ping","filling":"' % id
    return line + b"f" * (size - len(line) - 2) + b'"}\n'


@pytest.mark.measures("memory")
def test_a_flood_of_the_longest_lines(home):
    """Those of 8 MiB are served, those with a byte more refused; none is kept."""
    with Wire(home, pipes) as wire:
        wire.write(ping_of(LONGEST + number % 2, number) for number in range(24))
        for number, line in enumerate(wire.lines(24)):
            answer = json.loads(line)
            if number % 2:
                assert (answer["id"], answer["error"]["data"]["kind"]) == (None, "message_too_large")
            else:
                assert answer == {"jsonrpc": "2.0", "id": number, "result": {}}
        assert wire.memory() < 80 * MIB


@pytest.mark.measures("memory")
def test_a_line_without_an_end_is_not_stored(home):
    """400 MiB, refused once, when the limit is passed; then the next line is served."""
    with Wire(home, pipes) as wire:
        wire.write([b"x" * MIB] * 9)
        [refusal] = wire.lines(1)
        assert json.loads(refusal)["error"]["data"]["kind"] == "message_too_large"
        wire.thread.join(LIMIT)
        wire.write([*[b"x" * MIB] * 400, b"\n", request("bridge.ping", id="next")])
        assert list(wire.lines(1)) == [b'{"jsonrpc":"2.0","id":"next","result":{}}']
        assert wire.memory() < 64 * MIB


@pytest.mark.measures("memory")
def test_the_longest_lines_that_must_wait(home):
    """Lists with 8 MiB of filling behind a change that hangs: what waits is what they ask for, and stdin is read no further."""
    make_store(home)
    with held_store(home) as release, Wire(home, pipes) as wire:
        lists = (ping_of(LONGEST - 2, number).replace(b"bridge.ping", b"accounts.list", 1) for number in range(10))
        wire.write(itertools.chain([request("accounts.create", id=100)], lists))
        assert wire.is_stuck()
        assert wire.written < 4 * LONGEST
        release()
        assert sorted(json.loads(line)["id"] for line in wire.lines(11)) == [*range(10), 100]
        assert wire.memory() < 80 * MIB


@pytest.mark.measures("memory")
def test_a_flood_of_the_longest_ids(home):
    """16 KiB each, of 3,000 requests that wait behind a change: 48 MiB in all."""
    make_store(home)
    with held_store(home) as release, Wire(home, pipes) as wire:
        ids = [f"{number:06}" + "x" * ((16 << 10) - 8) for number in range(3000)]
        lists = [request("accounts.list", {"timeout_ms": 600_000}, id) for id in ids]
        wire.write([request("accounts.create", {"timeout_ms": 600_000}, "c"), *lists])
        assert wire.is_stuck()
        assert wire.written < 16 * MIB
        release()
        found = [json.loads(line)["id"] for line in wire.lines(3001)]
        assert sorted(found) == sorted([*ids, "c"])
        assert wire.memory() < BOUND
