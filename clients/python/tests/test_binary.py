"""Which program is taken, and what is said of one that is none."""

import json
import shutil
import stat

import pytest
from conftest import PROGRAM, until

from nats_credentials_bridge import BinaryNotFound, BinaryNotUsable, Bridge, BridgeTimeout, NotABridge, _calls, _find


@pytest.fixture
def nowhere(monkeypatch, folder):
    """Neither the variable nor PATH nor the package has it."""
    monkeypatch.delenv("NATS_CREDENTIALS_BRIDGE", raising=False)
    monkeypatch.setenv("PATH", str(folder / "empty"))
    monkeypatch.setattr(_find, "SHIPPED", folder / "package" / "nats-credentials-bridge")
    return monkeypatch


def copy(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(PROGRAM)
    return str(path)


def test_the_order_is_argument_variable_package_path(nowhere, folder):
    in_path = copy(folder / "path" / "nats-credentials-bridge")
    nowhere.setenv("PATH", str(folder / "path"))
    assert _find.find_binary() == in_path
    in_package = copy(_find.SHIPPED)
    assert _find.find_binary() == in_package
    in_variable = copy(folder / "variable")
    nowhere.setenv("NATS_CREDENTIALS_BRIDGE", in_variable)
    assert _find.find_binary() == in_variable
    argument = copy(folder / "argument")
    assert _find.find_binary(folder / "argument") == argument


def told(error):
    """What the message says of each place, without the path of the folder."""
    first, *places, last = str(error.value).splitlines()
    assert first == "the program nats-credentials-bridge was not found; looked at:"
    assert last.startswith("Install ")
    return dict(place.strip().split(": ", 1) for place in places)


def test_nowhere_names_every_place(nowhere, folder):
    with pytest.raises(BinaryNotFound) as caught:
        Bridge()
    assert told(caught) == {
        "the argument binary": "not set",
        "the environment variable NATS_CREDENTIALS_BRIDGE": "not set",
        "this package": f"{_find.SHIPPED} does not exist",
        "PATH": f"no nats-credentials-bridge in {folder}/empty",
    }


def test_a_wrong_argument_is_not_passed_over_and_no_place_is_left_out(nowhere, folder):
    copy(_find.SHIPPED)
    nowhere.setenv("NATS_CREDENTIALS_BRIDGE", copy(folder / "right"))
    with pytest.raises(BinaryNotFound) as caught:
        Bridge(folder / "wrong")
    not_looked = "not looked at, because the argument binary names a program"
    assert told(caught) == {
        "the argument binary": f"'{folder}/wrong' does not exist",
        "the environment variable NATS_CREDENTIALS_BRIDGE": not_looked,
        "this package": not_looked,
        "PATH": not_looked,
    }


def test_a_wrong_variable_is_not_passed_over_and_no_place_is_left_out(nowhere, folder):
    copy(_find.SHIPPED)
    nowhere.setenv("NATS_CREDENTIALS_BRIDGE", "no-such-program")
    with pytest.raises(BinaryNotFound) as caught:
        Bridge()
    not_looked = "not looked at, because the environment variable NATS_CREDENTIALS_BRIDGE names a program"
    assert told(caught) == {
        "the argument binary": "not set",
        "the environment variable NATS_CREDENTIALS_BRIDGE": "'no-such-program' does not exist",
        "this package": not_looked,
        "PATH": not_looked,
    }


def test_a_file_that_is_not_executable(folder):
    shutil.copy(PROGRAM, folder / "program")
    (folder / "program").chmod(stat.S_IRUSR)
    with pytest.raises(BinaryNotUsable, match="not executable"):
        Bridge(folder / "program")
    with pytest.raises(BinaryNotUsable, match="not a file"):
        Bridge(folder)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("raw(b'Welcome!\\n'); read(); read()", "does not speak JSON-RPC"),
        ("raw(sys.stdin.buffer.readline()); read()", "does not speak JSON-RPC"),
        ("raw(b'\\xff\\xfe\\n'); read(); read()", "does not speak JSON-RPC"),
        ("fail(read(), -32601, 'unknown'); read()", "no bridge.info"),
        ("answer(read(), {'name': 'other'}); read()", "not nats-credentials-bridge"),
        ("fail(read(), 1400, 'unsupported_protocol', supported=['7']); read()", "does not speak protocol 1"),
    ],
    ids=["text", "echo", "bytes", "other methods", "other name", "other protocol"],
)
def test_a_program_that_is_another_one(fake, text, reason):
    bridge = fake(text)
    for _ in range(2):
        with pytest.raises(NotABridge, match=reason) as caught:
            bridge.credentials.create()
        assert caught.value.outcome == "none"


def test_a_program_that_never_answers(fake):
    bridge = fake("while True: read()")
    with pytest.raises(TimeoutError, match="answered nothing since its start"):
        bridge.ping(timeout=0.1)


def test_a_program_that_has_not_said_who_it_is_gets_no_request(fake, folder, monkeypatch):
    monkeypatch.setattr("nats_credentials_bridge._engine.EXIT_SECONDS", 0.1)
    monkeypatch.setattr(_calls, "GRACE", {"mutation": 0.0, "read": 0.0, "none": 0.0})
    # Reads nothing before it is told to end: then all that was ever written to it is in its pipe.
    bridge = fake(f"""
        def tell(*_):
            os.set_blocking(0, False)
            open("{folder}/read.part", "wb").write(os.read(0, 1 << 16))
            os.rename("{folder}/read.part", "{folder}/read")
            os._exit(0)
        signal.signal(signal.SIGTERM, tell)
        open("{folder}/ready", "x")
        time.sleep(1000)
    """)
    until((folder / "ready").exists)
    with pytest.raises(BridgeTimeout) as caught:
        bridge.credentials.create(timeout=0.1)
    assert caught.value.outcome == "none"
    bridge.close()
    (line,) = (folder / "read").read_text().splitlines()
    assert json.loads(line)["method"] == "bridge.info"
