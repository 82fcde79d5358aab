"""Finalizers: the garbage collector may run them anywhere, also in the threads of the library."""

import asyncio
import contextlib
import gc
import logging
import threading

import pytest
from conftest import LIMIT, until_sent

from nats_credentials_bridge import BridgeClosed
from nats_credentials_bridge._core import Core


def is_done(work):
    """Whether it does not stand still for ever."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(LIMIT)
    return not thread.is_alive()


class CollectingLoop(asyncio.SelectorEventLoop):
    """The garbage collector runs while an event is delivered."""

    def call_soon_threadsafe(self, *arguments, **context):
        gc.collect()
        return super().call_soon_threadsafe(*arguments, **context)


def leave_a_create(bridge):
    """A loop ends, and with it a task that waits."""

    async def main():
        bridge.__dict__["task"] = asyncio.ensure_future(bridge.credentials.create())
        await asyncio.sleep(0)
        until_sent(bridge)

    with contextlib.closing(asyncio.SelectorEventLoop()) as loop:
        loop.run_until_complete(main())
    del bridge.__dict__["task"]


@pytest.mark.usefixtures("no_garbage")
# asyncio complains that the loop of the task is closed.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_task_is_collected_while_an_event_is_delivered(async_fake):
    bridge = async_fake("""
        hello(); create, ping = read(), read()
        answer(create, {})
        answer(ping, {})
        read()
    """)

    def work():
        leave_a_create(bridge)
        with contextlib.closing(CollectingLoop()) as loop:
            loop.run_until_complete(bridge.ping())
            loop.run_until_complete(bridge.close())

    assert is_done(work)


def test_requests_are_given_up_while_all_are_ended():
    core, errors = Core(), []
    numbers = [core.new_id() for _ in range(3)]

    def deliver(event):
        errors.append(event.error)
        for number in numbers:
            core.abandon(number)
        return True

    for number in numbers:
        core.request(number, "x", {}, deliver)
    assert is_done(lambda: core.end(BridgeClosed))
    assert [error.outcome for error in errors] == ["none"] * 3


class Owner:
    """Closes its bridge when it is forgotten."""

    def __init__(self, bridge):
        self.bridge = bridge

    def __del__(self):
        self.bridge.close()


class Forgetting(logging.Handler):
    """Forgets what it has with the first record."""

    def __init__(self, *things):
        super().__init__()
        self.things = list(things)

    def emit(self, record):
        self.things.clear()


@pytest.fixture
def forget():
    """Things are forgotten in the thread that logs next."""
    logger = logging.getLogger("nats_credentials_bridge")
    handlers = []

    def add(*things):
        handlers.append(Forgetting(*things))
        logger.addHandler(handlers[-1])

    yield add
    for handler in handlers:
        logger.removeHandler(handler)


def test_a_bridge_is_closed_by_the_thread_that_reads_its_answers(fake, forget, monkeypatch):
    monkeypatch.setattr("nats_credentials_bridge._engine.EXIT_SECONDS", 2 * LIMIT)
    bridge = fake("""
        hello(); read()
        write(id=None, error={"code": -32600, "message": "what?", "data": {"kind": "invalid_request"}})
        read()
    """)
    forget(Owner(bridge))
    with pytest.raises(BridgeClosed):
        bridge.ping(timeout=LIMIT)
