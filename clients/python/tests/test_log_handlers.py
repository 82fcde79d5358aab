"""Handlers of logging that fail: what is wrong with a log is no reason to lose the bridge, or an error."""

import asyncio
import logging

import pytest
from conftest import LIMIT, under_way, until, until_sent
from test_death import LATE

from nats_credentials_bridge import BridgeTimeout, _calls
from nats_credentials_bridge._mailbox import Mailbox


class Failing(logging.Handler):
    """Fails as no handler should, but some do."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def emit(self, record):
        self.asked.append(record.getMessage())
        raise ValueError("the disk is full")


@pytest.fixture
def failing():
    logger = logging.getLogger("nats_credentials_bridge")
    handler = Failing()
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(_calls, "GRACE", {"mutation": 0.0, "read": 0.0, "none": LIMIT})


@pytest.mark.usefixtures("impatient")
def test_a_late_answer_that_cannot_be_logged(fake, failing):
    bridge = fake(LATE)
    bridge.ping()
    with pytest.raises(BridgeTimeout):
        bridge.credentials.create(timeout=0.5)
    until(lambda: failing.asked)
    bridge.ping()
    assert "the-id exists" in failing.asked[0]


@pytest.mark.usefixtures("impatient")
def test_a_late_answer_that_cannot_be_logged_in_a_loop(async_fake, failing):
    async def main():
        async with async_fake(LATE) as bridge:
            await bridge.ping()
            with pytest.raises(BridgeTimeout):
                await bridge.credentials.create(timeout=0.5)
            await bridge.ping()
            while under_way(bridge):
                await asyncio.sleep(0.005)
            await bridge.ping()

    asyncio.run(asyncio.wait_for(main(), LIMIT))
    assert "the-id exists" in failing.asked[0]


def test_a_line_that_was_refused_and_cannot_be_logged(fake, failing):
    bridge = fake("""
        def handle(request):
            write(id=None, error={"code": -32600, "message": "what?", "data": {"kind": "invalid_request"}})
            answer(request, {})
        serve(handle)
    """)
    bridge.ping()
    bridge.ping()
    assert "what?" in failing.asked[0]


def test_a_line_of_stderr_that_cannot_be_logged(fake, failing):
    bridge = fake("""
        def handle(request):
            os.write(2, b"careful\\n" * 1000)
            answer(request, {})
        serve(handle)
    """)
    bridge.ping()
    bridge.ping()
    until(lambda: len(failing.asked) == 2000)


def test_requests_that_died_with_the_program_and_cannot_be_logged(fake, failing):
    """The caller has left; that nothing is known of its create is the last thing that the reader wants to log."""
    bridge = fake("""
        hello(); read(); read(); sys.exit(3)
    """)
    mailbox = Mailbox(bridge._engine, "credentials.create")
    mailbox.send({})
    until_sent(bridge)
    mailbox.give_up()
    until(lambda: bridge._engine.state == "ended")
    assert "what it did: unknown" in failing.asked[0]
    bridge.close()
