"""Which program is taken, and what is said of one that is none."""

import shutil
import stat

import pytest
from conftest import PROGRAM

from nats_credentials_bridge import BinaryNotFound, BinaryNotUsable, Bridge, NotABridge, _find


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


def test_nowhere_names_every_place(nowhere, folder):
    with pytest.raises(BinaryNotFound) as caught:
        Bridge()
    for place in "argument binary", "NATS_CREDENTIALS_BRIDGE", str(_find.SHIPPED), f"PATH: {folder}/empty":
        assert place in str(caught.value)


@pytest.mark.parametrize("by", ["argument", "variable"])
def test_a_place_that_was_named_and_is_wrong_is_not_passed_over(nowhere, folder, by):
    copy(_find.SHIPPED)
    nowhere.setenv("NATS_CREDENTIALS_BRIDGE", str(folder / "wrong"))
    with pytest.raises(BinaryNotFound, match="wrong: not there"):
        Bridge(folder / "wrong" if by == "argument" else None)


def test_a_file_that_is_not_executable(folder):
    shutil.copy(PROGRAM, folder / "program")
    (folder / "program").chmod(stat.S_IRUSR)
    with pytest.raises(BinaryNotUsable, match="not executable"):
        Bridge(folder / "program")
    with pytest.raises(BinaryNotUsable, match="not a file"):
        Bridge(folder)


@pytest.mark.parametrize(
    ("content", "reason"), [(b"\x7fELF and nothing else", "format"), (b"#!/no/such/interpreter\n", "interpreter")]
)
def test_a_file_that_cannot_be_started(folder, content, reason):
    (folder / "program").write_bytes(content)
    (folder / "program").chmod(stat.S_IRWXU)
    with pytest.raises(BinaryNotUsable, match=reason):
        Bridge(folder / "program")


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
        with pytest.raises(NotABridge, match=reason):
            bridge.ping()


def test_a_program_that_never_answers(fake):
    bridge = fake("read(); time.sleep(0.2); read(); read()")
    with pytest.raises(TimeoutError, match="answered nothing since its start"):
        bridge.ping(timeout=0.1)
