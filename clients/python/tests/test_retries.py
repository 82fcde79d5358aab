"""What is tried again, when, and how often: with max_retries only, and never what could make a second secret."""

import asyncio
import signal
import threading
import time

import pytest
from bridges import REFUSES
from conftest import LIMIT, under_way, until

from nats_credentials_bridge import (
    BackendUnavailable,
    Bridge,
    BridgeClosed,
    RateLimited,
    ResourceLocked,
    RPCError,
    ShuttingDown,
)

CALLS = {
    "credentials.get": lambda bridge: bridge.credentials.get(nats_credentials_id="i"),
    "credentials.list": lambda bridge: bridge.credentials.page(),
    "credentials.delete": lambda bridge: bridge.credentials.delete(nats_credentials_id="i"),
    "accounts.update": lambda bridge: bridge.accounts.update(nats_account_id="A", name="n"),
    "credentials.create": lambda bridge: bridge.credentials.create(name="n", if_exists="fail"),
}


def requests(bridge):
    """The methods of the requests that have come, and the milliseconds that each had."""
    return bridge.call("asked")


@pytest.mark.parametrize("method", CALLS)
def test_what_has_changed_nothing_and_may_be_repeated_is_tried_again(fake, method):
    bridge = fake(REFUSES, max_retries=2)
    began = time.monotonic()
    with pytest.raises(BackendUnavailable) as caught:
        CALLS[method](bridge)
    assert time.monotonic() - began >= 0.1
    assert (caught.value.method, caught.value.retry_after) == (method, 0.05)
    asked = requests(bridge)
    assert [each for each, _ in asked] == [method] * 3
    # Each with what is left of the time.
    first, second, third = [milliseconds for _, milliseconds in asked]
    assert first == 30000
    assert second <= 29951
    assert third <= second - 49
    assert under_way(bridge) == 0


def test_what_goes_well_in_the_end_is_the_result(fake):
    bridge = fake(REFUSES, max_retries=3)
    assert bridge.call("credentials.revoke", {"nats_account_id": "third"}) == {"tries": 3}
    assert len(requests(bridge)) == 3


@pytest.mark.parametrize(
    "call",
    [
        lambda bridge: bridge.credentials.create(name="n"),
        lambda bridge: bridge.credentials.create(name="n", save_to="a", if_exists="allow"),
        lambda bridge: bridge.accounts.create(name="n"),
        lambda bridge: bridge.call("credentials.create", {"name": "n"}),
        lambda bridge: bridge.call("credentials.rotate", {"if_exists": "fail"}),
    ],
    ids=["create", "allow", "account", "call", "unknown method"],
)
def test_what_could_make_a_second_one_is_never_tried_again(fake, call):
    bridge = fake(REFUSES, max_retries=5)
    with pytest.raises(BackendUnavailable):
        call(bridge)
    assert len(requests(bridge)) == 1


@pytest.mark.parametrize("outcome", ["done", "unknown", "a word of a newer bridge"])
def test_what_may_have_changed_something_is_not_tried_again(fake, outcome):
    bridge = fake(REFUSES, max_retries=5)
    with pytest.raises(RPCError):
        bridge.call("credentials.delete", {"outcome": outcome})
    assert len(requests(bridge)) == 1


@pytest.mark.parametrize(
    ("params", "error"), [({"retryable": False}, BackendUnavailable), ({"kind": "shutting_down"}, ShuttingDown)]
)
def test_what_does_not_pass_is_not_tried_again(fake, params, error):
    bridge = fake(REFUSES, max_retries=5)
    with pytest.raises(error):
        bridge.call("credentials.list", params)
    assert len(requests(bridge)) == 1


def test_nothing_is_tried_again_unless_it_is_asked_for(fake):
    bridge = fake(REFUSES)
    with pytest.raises(BackendUnavailable):
        bridge.credentials.page()
    assert len(requests(bridge)) == 1


def test_a_pause_that_is_longer_than_the_call_may_take_is_not_begun(fake):
    bridge = fake(REFUSES, max_retries=5)
    began = time.monotonic()
    with pytest.raises(RateLimited):
        bridge.call("credentials.list", {"kind": "rate_limited", "retry_after_ms": 20_000}, timeout=10)
    assert time.monotonic() - began < 10
    assert len(requests(bridge)) == 1


def test_close_ends_a_pause(fake):
    bridge = fake(REFUSES, max_retries=5, timeout=600)
    errors = []

    def work():
        try:
            bridge.call("credentials.delete", {"retry_after_ms": 500_000})
        except BridgeClosed as error:
            errors.append((error.method, error.outcome))

    thread = threading.Thread(target=work)
    thread.start()
    until(lambda: any(pending.line for pending in bridge._engine.core._pending.copy().values()) and requests(bridge))
    bridge.close()
    thread.join(LIMIT)
    assert errors == [("credentials.delete", "none")]


def test_ctrl_c_ends_a_pause_and_sends_nothing_more(fake):
    bridge = fake(REFUSES, max_retries=5, timeout=600)
    here = threading.get_ident()

    def interrupt():
        until(
            lambda: any(pending.line for pending in bridge._engine.core._pending.copy().values()) and requests(bridge)
        )
        signal.pthread_kill(here, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        bridge.call("credentials.delete", {"retry_after_ms": 500_000})
    thread.join(LIMIT)
    assert under_way(bridge) == 0
    assert len(requests(bridge)) == 1


def test_a_task_that_is_cancelled_in_a_pause_sends_nothing_more(async_fake):
    async def main():
        async with async_fake(REFUSES, max_retries=5, timeout=600) as bridge:
            task = asyncio.create_task(bridge.call("credentials.delete", {"retry_after_ms": 500_000}))
            while not await bridge.call("asked"):
                await asyncio.sleep(0)
            while not under_way(bridge):  # The next request, which waits.
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert under_way(bridge) == 0
            assert len(await bridge.call("asked")) == 1
            with pytest.raises(BackendUnavailable):
                await bridge.credentials.get(nats_credentials_id="i")
            assert len(await bridge.call("asked")) == 1 + 6

    asyncio.run(asyncio.wait_for(main(), LIMIT))


FAILS_BETWEEN = """
    tries = []
    def handle(request):
        tries.append(request["params"].get("cursor"))
        if request["method"] == "asked": return answer(request, tries[:-1])
        busy = dict(retryable=True, outcome="none", retry_after_ms=1)
        if len(tries) == 1:
            part(request, 1, [{**ROW, "id": "1"}], "aa")
            part(request, 2, [{**ROW, "id": "2"}])
            fail(request, 1423, "resource_locked", **busy)
        elif len(tries) == 2:
            fail(request, 1423, "resource_locked", **busy)
        elif len(tries) == 3:
            part(request, 1, [{**ROW, "id": "2"}])
            part(request, 2, [{**ROW, "id": "3"}], "bb")
            fail(request, 1423, "resource_locked", **busy)
        else:
            part(request, 1, [{**ROW, "id": "4"}], None)
            answer(request, SUMS)
    serve(handle)
"""


def test_a_list_goes_on_behind_its_last_whole_page(fake):
    bridge = fake(FAILS_BETWEEN, max_retries=2)
    assert [[row.id for row in page.rows] for page in bridge.credentials.list().pages()] == [["1"], ["2", "3"], ["4"]]
    assert requests(bridge) == [None, "aa", "aa", "bb"]


def test_a_list_of_asyncio_goes_on_behind_its_last_whole_page(async_fake):
    async def main():
        async with async_fake(FAILS_BETWEEN, max_retries=2) as bridge:
            assert [row.id async for row in bridge.credentials.list()] == ["1", "2", "3", "4"]
            assert await bridge.call("asked") == [None, "aa", "aa", "bb"]

    asyncio.run(asyncio.wait_for(main(), LIMIT))


def test_a_list_without_retries_left_is_an_error(fake):
    bridge = fake(FAILS_BETWEEN, max_retries=1)
    pages = bridge.credentials.list().pages()
    assert [row.id for row in next(pages).rows] == ["1"]
    with pytest.raises(ResourceLocked) as caught:
        next(pages)
    assert caught.value.method == "credentials.stream"
    assert list(pages) == []


@pytest.mark.parametrize(("number", "error"), [(-1, ValueError), ("3", TypeError), (True, TypeError), (0.5, TypeError)])
def test_a_number_of_retries_that_makes_no_sense_is_refused(number, error):
    with pytest.raises(error, match="max_retries"):
        Bridge(max_retries=number)
