"""AsyncBridge: the same, with tasks, cancelling, and loops that are busy or gone."""

import asyncio
import json
import os
import signal
import sqlite3
import time

import pytest
from bridges import LATE, WAITS_FOR_THE_CANCEL, WARNS, cancelled_stream, fill_more_than_a_pipe_holds, streams
from conftest import LIMIT, is_gone, under_way, until, until_sent

from nats_credentials_bridge import AsyncBridge, BridgeClosed, BridgeDied, BridgeTimeout, NotABridge, NotFound, _calls


def run(coroutine):
    """One loop; what is left over in it fails the test."""

    async def limited():
        return await asyncio.wait_for(coroutine, 60)

    return asyncio.run(limited(), debug=True)


async def fill(bridge, count):
    account = (await bridge.accounts.create()).id
    await asyncio.gather(*(bridge.credentials.create(nats_account_id=account) for _ in range(count)))


async def quiet(bridge):
    """Waits until no request is under way."""
    while under_way(bridge):
        await asyncio.sleep(0.005)


def test_every_method(options, folder):
    async def main():
        async with AsyncBridge(**options) as bridge:
            assert (await bridge.info()).protocol == "1"
            account = await bridge.accounts.create(name="a")
            assert (await bridge.accounts.update(nats_account_id=account.id, name="b")).name == "b"
            assert (await bridge.accounts.get(nats_account_id=account.id)).name == "b"
            assert [row.id async for row in bridge.accounts.list()] == [account.id]
            assert (await bridge.accounts.page()).total_count == 1
            made = await bridge.credentials.create(save_to=folder / "x.creds")
            assert (await bridge.credentials.get(nats_credentials_id=made.id)).name == made.name
            assert (await bridge.credentials.page(page_size=1)).rows[0].id == made.id
            assert await bridge.credentials.delete(nats_credentials_id=made.id)
            with pytest.raises(NotFound):
                await bridge.credentials.delete(nats_credentials_id=made.id)
            assert await bridge.accounts.delete(nats_account_id=account.id)
            assert await bridge.call("bridge.ping") == {}
        with pytest.raises(BridgeClosed):
            await bridge.ping()

    run(main())


@pytest.mark.long
def test_rows_are_deleted_inside_the_loop_over_several_windows(options, recorded):
    program, lines = recorded

    async def main():
        async with AsyncBridge(program, **options) as bridge:
            await fill(bridge, 500)
            seen = set()
            async for row in bridge.credentials.list():
                seen.add(row.id)
                await bridge.credentials.delete(nats_credentials_id=row.id)
            assert len(seen) == 500
            assert (await bridge.credentials.page()).total_count == 0

    run(main())
    assert [params["max_pages"] for params in streams(lines())[0]] == [4, 4]


async def leave_by_break(listing):
    async for _ in listing:
        break


async def leave_by_with(listing):
    async with listing.pages() as pages:
        await pages.__anext__()


async def leave_by_aclose(listing):
    rows = listing.__aiter__()
    await rows.__anext__()
    await rows.aclose()
    assert [row async for row in rows] == []


async def leave_by_cancel(listing):
    async def work():
        async for _ in listing:
            first.set()

    first = asyncio.Event()
    task = asyncio.create_task(work())
    await first.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("leave", [leave_by_break, leave_by_with, leave_by_aclose, leave_by_cancel])
def test_leaving_early_cancels_and_leaves_no_request_behind(async_fake, leave):
    async def main():
        async with async_fake(WAITS_FOR_THE_CANCEL) as bridge:
            await leave(bridge.credentials.list())
            await bridge.ping()
            await quiet(bridge)

    run(main())


@pytest.mark.long
@pytest.mark.parametrize("leave", [leave_by_break, leave_by_with, leave_by_aclose, leave_by_cancel])
def test_the_program_sees_the_cancel_of_a_list_that_is_left_early(bridge, options, dammed, leave):
    fill_more_than_a_pipe_holds(bridge)
    program, lines_in, lines_out = dammed

    async def main():
        async with AsyncBridge(program, **options) as slow:
            await leave(slow.credentials.list())
            await slow.ping()
            await quiet(slow)

    run(main())
    assert cancelled_stream(lines_in(), lines_out())


def test_the_program_sees_the_cancel_of_a_task_that_is_cancelled(options, recorded, hold_store):
    program, lines = recorded

    async def main():
        async with AsyncBridge(program, **options) as bridge:
            await bridge.credentials.page()
            held = hold_store()
            task = asyncio.create_task(bridge.credentials.create(name="x"))
            await asyncio.sleep(0)
            until_sent(bridge)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            while not any("$/cancelRequest" in line for line in lines()):
                await asyncio.sleep(0.005)
            held.release()
            await quiet(bridge)

    run(main())
    sent = [json.loads(line) for line in lines()]
    (number,) = [message["id"] for message in sent if message["method"] == "credentials.create"]
    assert [message["params"] for message in sent if message["method"] == "$/cancelRequest"] == [{"id": number}]


def test_a_hundred_tasks_share_one_bridge(options):
    async def main():
        async with AsyncBridge(**options) as bridge:
            made = await asyncio.gather(*(bridge.credentials.create(name=f"n{number}") for number in range(100)))
            got = await asyncio.gather(*(bridge.credentials.get(nats_credentials_id=each.id) for each in made * 3))
            assert [row.name for row in got] == [f"n{number}" for number in range(100)] * 3

    run(main())


def test_kill_in_mid_call_fails_every_task(options, folder):
    async def main():
        async with AsyncBridge(**options) as bridge:
            await bridge.credentials.page()
            store = sqlite3.connect(folder / "state" / "nats-credentials-bridge" / "store.db", isolation_level=None)
            store.execute("BEGIN IMMEDIATE")
            bridge._engine._outbox.put(lambda: WARNS)
            while not bridge._engine._stderr.tail:
                await asyncio.sleep(0.005)
            tasks = [asyncio.create_task(bridge.credentials.create()) for _ in range(8)]
            await asyncio.sleep(0)
            until_sent(bridge)
            os.kill(bridge._engine.pid, signal.SIGKILL)
            for error in await asyncio.gather(*tasks, return_exceptions=True):
                assert isinstance(error, BridgeDied)
                assert (error.signal, error.outcome) == (signal.SIGKILL, "unknown")
                assert "accounts.create" in error.stderr_tail[-1]
            store.close()
            with pytest.raises(BridgeDied):
                await bridge.ping()

    run(main())


def test_a_task_that_is_cancelled_cancels_its_request_and_waits_for_nothing(async_fake, caplog):
    async def main():
        async with async_fake(LATE) as bridge:
            task = asyncio.create_task(bridge.credentials.create())
            await asyncio.sleep(0)
            until_sent(bridge)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await bridge.ping()
            await quiet(bridge)
        assert "the-id exists" in caplog.text
        assert "TOP" not in caplog.text

    run(main())


def test_a_limit_from_outside_cancels_the_request(async_fake, caplog):
    def hold_the_loop_until_it_is_sent(bridge):
        loop = asyncio.get_running_loop()
        loop.call_soon(loop.call_soon, until_sent, bridge)

    async def main():
        async with async_fake(LATE) as bridge:
            hold_the_loop_until_it_is_sent(bridge)
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(bridge.credentials.create(), 0.1)
            if hasattr(asyncio, "timeout"):
                hold_the_loop_until_it_is_sent(bridge)
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.1):
                        await bridge.credentials.create()
            await bridge.ping()
            await quiet(bridge)
        assert "the-id exists" in caplog.text

    run(main())


async def logged(caplog, text):
    while text not in caplog.text:
        await asyncio.sleep(0)


def test_an_answer_that_comes_while_the_task_is_being_cancelled_is_logged(async_fake, caplog):
    async def main():
        async with async_fake("""
            made = {**ROW, "id": "the-id", "checksum": "", "credentials": {"name": "n", "content": "TOP"}}
            serve(lambda request: answer(request, made))
        """) as bridge:
            task = asyncio.create_task(bridge.credentials.create())
            await asyncio.sleep(0)
            until(lambda: not under_way(bridge))  # The loop stands still: the response is there, but not taken.
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            # The reader may still be about to tell the loop of it.
            await asyncio.wait_for(logged(caplog, "the-id exists"), 10)

    run(main())


@pytest.mark.usefixtures("impatient")
def test_a_create_without_an_answer_may_have_happened(async_fake, caplog):
    async def main():
        async with async_fake(LATE) as bridge:
            await bridge.ping()
            with pytest.raises(BridgeTimeout, match="may have been made"):
                await bridge.credentials.create(timeout=0.1)
            await bridge.ping()
            await quiet(bridge)
        assert "the-id exists" in caplog.text

    run(main())


def test_a_time_that_ran_out_is_no_concern_of_the_next_page(async_fake, monkeypatch):
    """The loop stands still until the alarm is due.

    The event that is there counts, and the alarm must not end a later wait.
    """
    monkeypatch.setattr(_calls, "GRACE", {"mutation": 0.0, "read": 0.0, "none": LIMIT})

    async def main():
        async with async_fake("""
            def handle(request):
                if request["method"] == "bridge.ping": return answer(request, {})
                for n in range(2): part(request, n + 1, [ROW], "aa")
                answer(request, SUMS)
            serve(handle)
        """) as bridge:
            await bridge.ping()
            count = 0
            asyncio.get_running_loop().call_soon(until, lambda: not under_way(bridge))  # It is sent by then.
            async for _ in bridge.credentials.list(timeout=0.5):
                count += 1
                asyncio.get_running_loop().call_soon(time.sleep, 0.55)
            assert count == 2

    run(main())


def test_a_program_that_is_another_one(async_fake):
    async def main():
        async with async_fake("raw(b'Welcome\\n'); read(); read()") as bridge:
            with pytest.raises(NotABridge):
                await bridge.ping()

    run(main())


def test_it_outlives_a_loop(options):
    bridge = AsyncBridge(**options)
    made = run(bridge.credentials.create())
    assert run(bridge.credentials.get(nats_credentials_id=made.id)).id == made.id
    run(bridge.close())
    assert is_gone(bridge._engine.pid)


def test_a_loop_that_is_gone_when_the_answer_comes(async_fake, caplog):
    bridge = async_fake("""
        made = {**ROW, "id": "the-id", "checksum": "", "credentials": None}
        hello(); request = read(); read(); answer(request, made); read()
    """)

    async def main():
        bridge.__dict__["task"] = asyncio.ensure_future(bridge.credentials.create())
        await asyncio.sleep(0)
        until_sent(bridge)

    run(main())  # asyncio.run cancels what is left.
    until(lambda: "the-id exists" in caplog.text)
    run(bridge.close())
