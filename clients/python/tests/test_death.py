"""The program dies, hangs, is late, or is flooded with: nobody waits for ever, and everybody is told what is known."""

import json
import logging
import os
import pickle
import signal
import threading
import time

import pytest
from bridges import LATE, WARNS
from conftest import LIMIT, is_gone, under_way, until

from nats_credentials_bridge import Bridge, BridgeClosed, BridgeDied, BridgeTimeout, ProtocolError, Timeout
from nats_credentials_bridge._calls import grace
from nats_credentials_bridge._core import Core
from nats_credentials_bridge._events import Answer


def waiting_callers(bridge, count):
    """Threads that create and wait, and the errors that they got with the time."""
    errors = []

    def work():
        try:
            bridge.credentials.create(timeout=60)
        except BridgeDied as error:
            errors.append((time.monotonic(), error))

    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    until(lambda: under_way(bridge) == count)
    return threads, errors


def kill_in_mid_call(options, hold_store):
    """How long it took until all callers knew."""
    with Bridge(**options) as bridge:
        bridge.credentials.page()
        held = hold_store()
        bridge._engine._outbox.put(lambda: WARNS)
        until(lambda: bridge._engine._stderr.tail)
        threads, errors = waiting_callers(bridge, 8)
        bridge.ping()
        begin = time.monotonic()
        os.kill(bridge._engine.pid, signal.SIGKILL)
        for thread in threads:
            thread.join(LIMIT)
        held.release()
        assert len(errors) == 8
        for _, error in errors:
            assert (error.signal, error.returncode, error.outcome) == (signal.SIGKILL, -signal.SIGKILL, "unknown")
            assert "accounts.create" in error.stderr_tail[-1]
            assert "SIGKILL" in str(error)
            assert error.stderr_tail[-1] in str(error)
            assert "may have been made" in str(error)
        with pytest.raises(BridgeDied) as later:
            bridge.ping()
        assert (later.value.signal, later.value.outcome) == (signal.SIGKILL, "none")
        assert is_gone(bridge._engine.pid)
        return max(when for when, _ in errors) - begin


def test_kill_in_mid_call_fails_every_waiter_within_a_second(options, hold_store):
    # Other work on the machine can make it slower, never faster: once is enough.
    assert min(kill_in_mid_call(options, hold_store) for _ in range(3)) < 1


def test_a_program_that_ends_before_it_answers(fake):
    bridge = fake("""
        read()
        os.write(2, b"no licence\\n")
        sys.exit(3)
    """)
    with pytest.raises(BridgeDied, match="before it answered anything") as caught:
        bridge.ping()
    assert (caught.value.returncode, caught.value.signal, caught.value.stderr_tail) == (3, None, ("no licence",))


def test_a_usage_error_is_told_with_its_text(environment):
    bridge = Bridge(arguments=["--nonsense"], env=environment)
    with pytest.raises(BridgeDied, match="no such option") as caught:
        bridge.ping()
    bridge.close()
    assert caught.value.returncode == 64


@pytest.mark.parametrize(
    "line", ["hello", "[]", "{}", '{"jsonrpc":"2.0"}', '{"jsonrpc":"2.0","id":2,"error":7}', "\\xff"]
)
def test_a_line_that_is_no_message_ends_it(fake, line):
    bridge = fake(f"""
        hello(); read(); raw(b'{line}\\n'); read()
    """)
    with pytest.raises(ProtocolError):
        bridge.ping()
    until(lambda: is_gone(bridge._engine.pid))
    with pytest.raises(ProtocolError):
        bridge.ping()


@pytest.mark.parametrize(("call", "outcome"), [("create", "unknown"), ("page", "none")])
def test_what_is_known_of_a_call_after_a_line_that_is_no_message(fake, call, outcome):
    bridge = fake("""
        hello(); read(); raw(b"{}\\n"); read()
    """)
    with pytest.raises(ProtocolError) as caught:
        getattr(bridge.credentials, call)()
    assert (caught.value.outcome, "may have been made" in str(caught.value)) == (outcome, outcome == "unknown")
    with pytest.raises(ProtocolError) as later:
        bridge.credentials.create()
    assert later.value.outcome == "none"


def test_a_program_that_dies_before_it_says_who_it_is_was_asked_for_nothing(fake):
    bridge = fake("time.sleep(0.1); sys.exit(3)")
    with pytest.raises(BridgeDied) as caught:
        bridge.credentials.create()
    assert caught.value.outcome == "none"


def test_a_program_that_reads_no_more_is_ended(fake, monkeypatch):
    monkeypatch.setattr("nats_credentials_bridge._engine.TERM_SECONDS", 0.1)
    bridge = fake("request = read(); os.close(0); answer(request, INFO); time.sleep(1000)")
    with pytest.raises(BridgeDied) as caught:
        bridge.credentials.create()
    assert (caught.value.signal, caught.value.outcome) == (signal.SIGKILL, "unknown")


def test_a_result_without_what_is_promised(fake):
    bridge = fake("""
        serve(lambda request: answer(request, {"id": "i", "content": "a secret"}))
    """)
    with pytest.raises(ProtocolError, match="'credentials' is missing") as caught:
        bridge.credentials.create()
    assert "a secret" not in str(caught.value)
    assert caught.value.outcome == "unknown"


def test_close_does_not_wait_for_a_program_that_hangs(fake, monkeypatch):
    monkeypatch.setattr("nats_credentials_bridge._engine.EXIT_SECONDS", 0.1)
    monkeypatch.setattr("nats_credentials_bridge._engine.TERM_SECONDS", 0.1)
    bridge = fake("""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        hello(); answer(read(), {})
        time.sleep(1000)
    """)
    bridge.ping()
    bridge.close()
    assert bridge._engine._program.returncode == -signal.SIGKILL
    assert is_gone(bridge._engine.pid)


def test_close_tells_a_program_that_ignores_the_end_of_input_to_end(fake, monkeypatch):
    monkeypatch.setattr("nats_credentials_bridge._engine.EXIT_SECONDS", 0.1)
    bridge = fake("""
        hello(); answer(read(), {})
        time.sleep(1000)
    """)
    bridge.ping()
    bridge.close()
    assert bridge._engine._program.returncode == -signal.SIGTERM


def test_close_before_the_program_has_said_who_it_is_ends_its_input_and_sends_nothing(fake, folder, monkeypatch):
    monkeypatch.setattr("nats_credentials_bridge._engine.EXIT_SECONDS", LIMIT)
    bridge = fake(f"""
        for line in sys.stdin.buffer: open("{folder}/in", "ab").write(line)
    """)
    errors = []

    def work():
        try:
            bridge.credentials.create()
        except BridgeClosed as error:
            errors.append(error.outcome)

    thread = threading.Thread(target=work)
    thread.start()
    until(lambda: under_way(bridge) == 2)  # The library's own question, too.
    bridge.close()
    thread.join(LIMIT)
    assert (bridge._engine._program.returncode, errors) == (0, ["none"])
    (line,) = (folder / "in").read_text().splitlines()
    assert json.loads(line)["method"] == "bridge.info"


@pytest.fixture
def of_another_user(monkeypatch):
    """No signal reaches the program, as if it ran as somebody else."""

    def refuse(group, number):
        raise PermissionError

    monkeypatch.setattr(os, "killpg", refuse)


@pytest.mark.usefixtures("of_another_user")
def test_a_program_that_cannot_be_killed_gets_the_end_of_input(fake):
    bridge = fake("hello(); read(); raw(b'{}\\n'); read()")
    with pytest.raises(ProtocolError):
        bridge.ping(timeout=LIMIT)
    until(lambda: is_gone(bridge._engine.pid))
    assert bridge._engine._program.returncode == 0


@pytest.mark.usefixtures("of_another_user")
def test_a_program_that_cannot_be_killed_and_does_not_end_holds_nobody_up(fake, monkeypatch):
    monkeypatch.setattr("nats_credentials_bridge._engine.EXIT_SECONDS", 0.1)
    monkeypatch.setattr("nats_credentials_bridge._engine.TERM_SECONDS", 0.1)
    bridge = fake("hello(); read(); os.close(1); time.sleep(1000)")
    with pytest.raises(ProtocolError, match="cannot be killed") as caught:
        bridge.credentials.create(timeout=LIMIT)
    assert caught.value.outcome == "unknown"
    bridge.close()
    os.kill(bridge._engine.pid, signal.SIGKILL)
    bridge._engine._program.reap()


@pytest.mark.long
def test_ten_megabytes_on_stderr_stop_nothing(fake, caplog):
    caplog.set_level(logging.INFO, "nats_credentials_bridge")
    bridge = fake("""
        hello()
        request = read()
        line = b"nats-credentials-bridge: info: " + b"x" * 1000 + b"\\n"
        sys.stderr.buffer.write(line * 10000)
        sys.stderr.buffer.write(b"y" * 1000000 + b"\\nnats-credentials-bridge: error: the last\\n")
        sys.stderr.buffer.flush()
        answer(request, {})
        read()
    """)
    bridge.ping()
    until(lambda: "the last" in caplog.messages[-1])
    infos = [record for record in caplog.records if record.levelno == logging.INFO]
    assert len(infos) == 10000
    assert caplog.records[-1].levelno == logging.ERROR
    tail = bridge._engine._stderr.tail
    assert len(tail) < 100
    assert sum(map(len, tail)) < 100_000


def test_a_warning_of_the_program_is_a_record_of_logging(bridge, caplog):
    bridge._engine._outbox.put(lambda: WARNS)
    bridge.ping()
    until(lambda: caplog.records)
    assert (caplog.records[0].name, caplog.records[0].levelno) == ("nats_credentials_bridge", logging.WARNING)
    assert "accounts.create" in caplog.records[0].getMessage()


def test_a_line_that_is_cut_at_any_byte_is_one_message():
    result = {"text": "\u00e4\u2028\U0001f600", "more": [1, {}]}
    for ensure_ascii in True, False:  # The bridge writes ASCII only; a newer one need not.
        message = {"jsonrpc": "2.0", "id": 1, "result": result}
        line = json.dumps(message, ensure_ascii=ensure_ascii).encode() + b"\n"
        for cut in range(len(line) + 1):
            core, events = Core(), []
            core.request(core.new_id(), "x", {}, lambda event, events=events: events.append(event) or True)
            core.feed(line[:cut])
            core.feed(line[cut:])
            assert events == [Answer(result)]


def test_a_line_in_single_bytes_and_many_lines_at_once(fake):
    bridge = fake("""
        def slowly(data):
            for byte in data: os.write(1, bytes([byte]))
        hello()
        request = read()
        text = "\\u00e4\\u2028\\U0001f600"
        slowly(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": {"text": text}}).encode() + b"\\n")
        first, second = read(), read()
        both = [json.dumps({"jsonrpc": "2.0", "id": each["id"], "result": each["params"]}).encode() + b"\\n" for each
        in (first, second)]
        raw(b"".join(both))
        answer(read(), "x" * 20_000_000)
        read()
    """)
    assert bridge.call("x") == {"text": "ä\u2028😀"}
    results = {}
    threads = [
        threading.Thread(target=lambda n=n: results.update({n: bridge.call("x", {"n": n})["n"]})) for n in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {0: 0, 1: 1}
    assert len(bridge.call("x")) == 20_000_000


def test_a_create_that_the_bridge_gives_up_in_time(bridge, hold_store):
    bridge.credentials.page()
    hold_store()
    with pytest.raises(TimeoutError) as caught:
        bridge.credentials.create(timeout=0.3)
    assert isinstance(caught.value, Timeout)
    assert caught.value.outcome in ("none", "unknown")


@pytest.mark.usefixtures("impatient")
def test_a_create_without_an_answer_may_have_happened_and_its_late_answer_is_logged(fake, caplog):
    bridge = fake(LATE)
    bridge.ping()
    with pytest.raises(BridgeTimeout, match="may have been made") as caught:
        bridge.credentials.create(timeout=0.1)
    assert isinstance(caught.value, TimeoutError)
    assert (caught.value.outcome, caught.value.method) == ("unknown", "credentials.create")
    until(lambda: "the-id exists" in caplog.text)
    assert under_way(bridge) == 0
    assert "TOP" not in caplog.text


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("outcome", "is_logged"), [("none", False), ("unknown", True)])
def test_a_late_error_of_a_change_is_logged_if_something_may_have_happened(fake, caplog, outcome, is_logged):
    bridge = fake(LATE)
    bridge.ping()
    with pytest.raises(BridgeTimeout):
        bridge.accounts.create(name=outcome, timeout=0.1)
    bridge.ping()
    assert bool(caplog.records) is is_logged


@pytest.mark.usefixtures("impatient")
def test_a_read_without_an_answer_has_done_nothing(fake, caplog):
    bridge = fake(LATE)
    bridge.ping()
    with pytest.raises(BridgeTimeout) as caught:
        bridge.credentials.page(timeout=0.1)
    assert caught.value.outcome == "none"
    with pytest.raises(BridgeTimeout):
        list(bridge.credentials.list(timeout=0.1))
    bridge.ping()
    assert under_way(bridge) == 0
    assert caplog.records == []


def test_a_change_is_waited_for_15_seconds_longer_than_the_bridge_has():
    assert (grace("credentials.create"), grace("accounts.delete"), grace("a.method.of.tomorrow")) == (15, 15, 15)
    assert (grace("credentials.stream"), grace("bridge.ping")) == (5, 0)


def test_errors_survive_pickling(fake):
    died = pickle.loads(pickle.dumps(BridgeDied(-9, ["a"], "unknown")))
    assert (died.signal, died.stderr_tail, died.outcome) == (9, ("a",), "unknown")
    late = pickle.loads(pickle.dumps(BridgeTimeout("m", 1.5, "unknown")))
    assert (str(late), late.seconds) == (str(BridgeTimeout("m", 1.5, "unknown")), 1.5)
    broken = pickle.loads(pickle.dumps(ProtocolError("so it is", "unknown")))
    assert (str(broken), broken.outcome) == (str(ProtocolError("so it is", "unknown")), "unknown")
    error = pickle.loads(pickle.dumps(Timeout(1408, "late", {"kind": "timeout", "outcome": "none"})))
    assert (type(error), error.kind, error.outcome, str(error)) == (Timeout, "timeout", "none", "timeout: late")
