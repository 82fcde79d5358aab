"""With the level DEBUG there is a record for each request: which, how long, how it ended; never what was in it."""

import asyncio
import logging
import re

import pytest
from bridges import WAITS_FOR_THE_CANCEL
from conftest import under_way, until

from nats_credentials_bridge import AsyncBridge, BridgeDied, BridgeTimeout, InvalidParams, NotFound

NAME = "a-name-that-nobody-else-has"
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def records(caplog):
    """What was logged of requests: method, id and kind."""
    caplog.set_level(logging.DEBUG, "nats_credentials_bridge")

    def records():
        found = [record for record in caplog.records if hasattr(record, "milliseconds")]
        for record in found:
            assert (record.name, record.levelno) == ("nats_credentials_bridge", logging.DEBUG)
            assert 0 <= record.milliseconds < 60_000
            text = rf"{record.method}, id {record.id}: {record.kind} after \d+\.\d ms"
            assert re.fullmatch(text, record.getMessage())
        return [(record.method, record.id, record.kind) for record in found]

    return records


def test_every_request_is_a_record_without_its_params_and_its_secret(bridge, records, caplog, folder):
    made = bridge.credentials.create(name=NAME)
    with pytest.raises(NotFound):
        bridge.credentials.get(nats_credentials_id=NOBODY)
    assert len(list(bridge.credentials.list())) == 1
    with pytest.raises(InvalidParams):
        bridge.call("credentials.list", {NAME: NAME})
    # The first id is the library's own.
    assert records() == [
        ("credentials.create", 2, "result"),
        ("credentials.get", 3, "not_found"),
        ("credentials.stream", 4, "result"),
        ("credentials.list", 5, "invalid_params"),
    ]
    secret = made.credentials.content.reveal()
    for record in caplog.records:
        if hasattr(record, "milliseconds"):
            shown = repr(vars(record))
            assert not any(text in shown for text in (NAME, NOBODY, str(folder), *secret.split("\n")[1:2]))


def test_what_was_given_up_and_what_was_not_answered(fake, records):
    bridge = fake(WAITS_FOR_THE_CANCEL)
    pages = bridge.credentials.list().pages()
    next(pages)
    pages.close()
    until(lambda: under_way(bridge) == 0)
    assert records() == [("credentials.stream", 2, "given up")]


@pytest.mark.usefixtures("impatient")
def test_a_request_that_is_not_answered_in_time(fake, records):
    bridge = fake(WAITS_FOR_THE_CANCEL)
    with pytest.raises(BridgeTimeout):
        bridge.call("credentials.get", {"nats_credentials_id": NOBODY}, timeout=0.01)
    assert records() == [("credentials.get", 2, "BridgeTimeout")]


def test_a_request_that_died_with_the_program(fake, records):
    bridge = fake("hello(); read(); sys.exit(3)")
    for _ in range(2):
        with pytest.raises(BridgeDied):
            bridge.ping()
    # The second was never sent.
    assert records() == [("bridge.ping", 2, "BridgeDied")]


def test_requests_of_tasks(options, records):
    async def main():
        async with AsyncBridge(**options) as bridge:
            await bridge.credentials.create(name=NAME)
            assert [row.name async for row in bridge.credentials.list()] == [NAME]

    asyncio.run(main())
    assert records() == [("credentials.create", 2, "result"), ("credentials.stream", 3, "result")]


def test_without_the_level_there_is_none(bridge, caplog):
    caplog.set_level(logging.INFO, "nats_credentials_bridge")
    bridge.ping()
    assert caplog.records == []
