"""What comes in one piece wakes a loop once; what comes for a loop that is gone is not lost without a word."""

import asyncio
import contextlib
import logging

from conftest import until

from nats_credentials_bridge import AsyncBridge
from nats_credentials_bridge._arrivals import Arrivals
from nats_credentials_bridge._events import Answer

# Reads so many requests, then answers all with one write.
AT_ONCE = """
    hello()
    lines = []
    for _ in range(40):
        request = read()
        lines.append(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": request["params"]["number"]}))
    lines.insert(20, json.dumps({"jsonrpc": "2.0", "method": "$/progress", "params": {"token": 2, "value": {}}}))
    raw("\\n".join(lines).encode() + b"\\n")
    read()
"""


class CountingLoop(asyncio.SelectorEventLoop):
    """Notes each time that another thread wakes it."""

    def __init__(self):
        super().__init__()
        self.woken = 0

    def call_soon_threadsafe(self, *arguments, **context):
        self.woken += 1
        return super().call_soon_threadsafe(*arguments, **context)


def test_a_loop_is_woken_once_for_all_that_has_come_in_one_piece(async_fake):
    async def main(loop):
        async with async_fake(AT_ONCE) as bridge:
            results = await asyncio.gather(*(bridge.call("x", {"number": number}) for number in range(40)))
            return results, loop.woken

    with contextlib.closing(CountingLoop()) as loop:
        assert loop.run_until_complete(main(loop)) == (list(range(40)), 1)


def test_two_loops_get_what_is_theirs_out_of_one_piece(async_fake):
    bridge, done = async_fake(AT_ONCE), []

    async def ask(numbers):
        done.append((numbers, await asyncio.gather(*(bridge.call("x", {"number": number}) for number in numbers))))

    async def main():
        other = asyncio.get_running_loop().run_in_executor(None, asyncio.run, ask(range(20)))
        await ask(range(20, 40))
        await other
        await bridge.close()

    asyncio.run(main())
    assert sorted(done, key=lambda each: each[0].start) == [(each, list(each)) for each in (range(20), range(20, 40))]


class ClosingLoop(asyncio.SelectorEventLoop):
    """Is closed in the moment in which it is woken."""

    def call_soon_threadsafe(self, *arguments, **context):
        raise RuntimeError("Event loop is closed")


def test_a_create_whose_loop_closes_in_the_last_moment_is_told(options, caplog):
    caplog.set_level(logging.WARNING, logger="nats_credentials_bridge")
    with contextlib.closing(ClosingLoop()) as loop:

        async def main():
            bridge = AsyncBridge(**options)
            task = asyncio.ensure_future(bridge.credentials.create(name="app"))
            await asyncio.sleep(0)
            until(lambda: "exists, and nobody has been told" in caplog.text)
            bridge._engine.close()
            task.cancel()

        loop.run_until_complete(main())


def test_a_loop_that_is_closed_takes_nothing():
    arrivals, loop = Arrivals(), asyncio.SelectorEventLoop()
    loop.close()
    assert not arrivals.add(loop, None, Answer({}))
    arrivals.give_out()
