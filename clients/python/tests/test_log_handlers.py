"""Handlers of logging that fail or are slow: what is wrong with a log is no reason to lose the bridge, or a result."""

import asyncio
import logging
import threading

import pytest
from bridges import LATE
from conftest import LIMIT, under_way, until, until_sent

from nats_credentials_bridge import BridgeDied, BridgeTimeout
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
def handle():
    """Adds a handler to the logger."""
    logger = logging.getLogger("nats_credentials_bridge")
    handlers = []

    def add(handler):
        handlers.append(handler)
        logger.addHandler(handler)
        return handler

    yield add
    for handler in handlers:
        logger.removeHandler(handler)


@pytest.fixture
def failing(handle):
    return handle(Failing())


@pytest.mark.usefixtures("impatient")
def test_a_late_answer_that_cannot_be_logged(fake, failing):
    bridge = fake(LATE)
    bridge.ping()
    with pytest.raises(BridgeTimeout):
        bridge.credentials.create(timeout=0.1)
    until(lambda: failing.asked)
    bridge.ping()
    assert "the-id exists" in failing.asked[0]


@pytest.mark.usefixtures("impatient")
def test_a_late_answer_that_cannot_be_logged_in_a_loop(async_fake, failing):
    async def main():
        async with async_fake(LATE) as bridge:
            await bridge.ping()
            with pytest.raises(BridgeTimeout):
                await bridge.credentials.create(timeout=0.1)
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


class Slow(logging.Handler):
    """Makes a file when it is asked, and then waits."""

    def __init__(self, file, wait):
        super().__init__()
        self.file, self.wait = file, wait

    def emit(self, record):
        self.file.touch()
        assert self.wait(LIMIT)


def test_what_was_answered_before_the_end_is_read_however_slow_a_handler_is(fake, handle, folder, monkeypatch):
    monkeypatch.setattr("nats_credentials_bridge._stdout.PIPE_SECONDS", 0.0)
    bridge = fake(f"""
        hello()
        requests = [read() for _ in range(4)]
        write(id=None, error={{"code": -32600, "message": "what?", "data": {{"kind": "invalid_request"}}}})
        while not os.path.exists("{folder}/logging"): time.sleep(0.005)
        for request in requests: answer(request, {{}})
    """)
    handle(Slow(folder / "logging", bridge._engine._program.ended.wait))
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(bridge.call("x.create"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [{}] * 4


def test_the_last_lines_of_stderr_are_in_the_error_however_slow_a_handler_is(fake, handle, folder):
    told = threading.Event()
    handle(Slow(folder / "logging", told.wait))
    bridge = fake(f"""
        hello(); read()
        os.write(2, b"one\\ntwo\\nthree\\n")
        while not os.path.exists("{folder}/logging"): time.sleep(0.005)
        os._exit(3)
    """)
    with pytest.raises(BridgeDied) as caught:
        bridge.ping()
    told.set()
    assert caught.value.stderr_tail == ("one", "two", "three")
