"""The thread of the caller writes its line, if the pipe takes it at once, else the writer does; nobody can tell."""

import asyncio
import select
import threading

import pytest
from conftest import LIMIT, until

from nats_credentials_bridge import AsyncBridge, Bridge
from nats_credentials_bridge._core import Core

# Answers the first request, then reads nothing until the test lets it; says of each request which came before it.
TELLS_THE_ORDER = """
    hello()
    answer(read(), None)
    while not os.path.exists(__file__ + ".go"): time.sleep(0.005)
    seen = []
    while True:
        request = read()
        seen.append(request["params"].get("number"))
        answer(request, len(request["params"].get("padding", "")) if seen[-1] is None else list(seen))
"""


def requested():
    """A core with one request, and its number."""
    core = Core()
    number = core.new_id()
    core.request(number, "credentials.create", {}, lambda event: True)
    return core, number


def always():
    return True


def test_what_was_written_at_once_counts_as_sent_and_is_not_written_again():
    core, number = requested()
    lines = []
    assert core.write_now(number, always, lambda line: lines.append(line) or len(line))
    assert core.take_line(number) == b""
    assert core.write_now(number, always, pytest.fail)
    assert len(lines) == 1
    abandoned = core.abandon(number)
    assert abandoned.outcome == "unknown"
    assert b"$/cancelRequest" in abandoned.cancel


def full(line):
    return None


def broken(line):
    raise BrokenPipeError


def closed(line):
    raise ValueError


@pytest.mark.parametrize("write", [full, broken, closed])
def test_what_could_not_be_written_at_once_is_written_in_its_turn(write):
    core, number = requested()
    assert not core.write_now(number, always, write)
    assert b"credentials.create" in core.take_line(number)


def test_nothing_is_written_past_what_waits_and_no_long_line():
    core, number = requested()
    assert not core.write_now(number, lambda: False, pytest.fail)
    long = core.new_id()
    core.request(long, "credentials.create", {"name": "n" * select.PIPE_BUF}, lambda event: True)
    assert not core.write_now(long, always, pytest.fail)
    assert core.abandon(number) == core.abandon(long) == ("none", b"")
    assert core.write_now(number, always, pytest.fail)


def test_a_ctrl_c_in_the_middle_leaves_no_doubt():
    """As system calls have it: it comes before anything is written, or after the note of it."""
    core, number = requested()

    def interrupted(line):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        core.write_now(number, always, interrupted)
    assert core.abandon(number) == ("none", b"")


@pytest.fixture
def tells_the_order(stand_in):
    """Such a program, and a function that lets it read."""
    path = stand_in(TELLS_THE_ORDER)
    return path, path.with_name(path.name + ".go").touch


def test_the_order_of_calls_is_the_order_of_lines_also_when_the_pipe_is_full(tells_the_order):
    program, go = tells_the_order
    with Bridge(program) as bridge:
        engine, results = bridge._engine, []
        bridge.ping()
        until(lambda: engine._is_writing)
        for number in range(300):
            padding = "x" * (20_000 if number % 7 == 3 else 100)
            params = {"number": number, "padding": padding}
            number = engine.core.new_id()
            engine.take(number, "call", params, lambda event: results.append(event.result) or True)
            engine.send(number)
        go()
        until(lambda: len(results) == 300)
    assert results[-1] == list(range(300))


def test_long_and_short_lines_of_many_threads_never_get_into_each_other(tells_the_order):
    program, go = tells_the_order
    lengths, errors = [10, 300, 3_000, 9_000, 150_000], []

    def call(bridge, length):
        try:
            for _ in range(20):
                assert bridge.call("call", {"padding": "x" * length}) == length
        except Exception as error:
            errors.append(error)

    with Bridge(program) as bridge:
        bridge.ping()
        threads = [threading.Thread(target=call, args=(bridge, length)) for length in lengths * 2]
        for thread in threads:
            thread.start()
        go()
        for thread in threads:
            thread.join(LIMIT)
        assert not any(thread.is_alive() for thread in threads)
    assert errors == []


def test_a_call_of_a_bridge_that_is_greeted_is_written_by_its_caller(bridge, monkeypatch):
    bridge.ping()
    # The writer may still be about to note what it has written.
    until(lambda: bridge._engine._is_writing and bridge._engine._outbox.is_empty())
    waits = bridge._engine._outbox.put
    monkeypatch.setattr(bridge._engine._outbox, "put", lambda line: pytest.fail("the writer was woken"))
    bridge.ping()
    bridge.credentials.create(name="app")
    monkeypatch.setattr(bridge._engine._outbox, "put", waits)


def test_a_call_in_the_moment_of_closing_fails_or_is_answered(options):
    """And writes to no other file that has got the number of the pipe."""
    for _ in range(20):
        bridge = Bridge(**options)
        bridge.ping()
        ends = []

        def call_until_closed(bridge=bridge, ends=ends):
            try:
                while True:
                    bridge.ping()
            except Exception as error:
                ends.append(type(error).__name__)

        threads = [threading.Thread(target=call_until_closed) for _ in range(4)]
        for thread in threads:
            thread.start()
        bridge.close()
        for thread in threads:
            thread.join(LIMIT)
        assert ends == ["BridgeClosed"] * 4


def test_many_tasks_at_once_are_written_in_their_order(tells_the_order):
    program, go = tells_the_order

    async def main():
        async with AsyncBridge(program) as bridge:
            await bridge.ping()
            calls = [bridge.call("call", {"number": number, "padding": "x" * 500}) for number in range(300)]
            tasks = [asyncio.ensure_future(call) for call in calls]
            await asyncio.sleep(0)
            go()
            return await asyncio.gather(*tasks)

    assert asyncio.run(main())[-1] == list(range(300))
