"""What calls give: frozen, open for what is new, and silent about secrets."""

import copy
import dataclasses
import inspect
import json
import logging
import pickle
import subprocess
import sys
import traceback
import typing

import pytest
from conftest import SOURCE

import nats_credentials_bridge
from nats_credentials_bridge import (
    AsyncBridge,
    BinaryNotFound,
    Bridge,
    BridgeClosed,
    BridgeError,
    ErrorKind,
    Outcome,
    RPCError,
    Secret,
    rpc_errors,
)
from nats_credentials_bridge._async_accounts import AsyncAccounts
from nats_credentials_bridge._async_credentials import AsyncCredentials
from nats_credentials_bridge._generated import ERRORS, METHODS
from nats_credentials_bridge._sync_accounts import Accounts
from nats_credentials_bridge._sync_credentials import Credentials


def test_members_that_are_not_known_are_kept(fake):
    bridge = fake("""
        made = {**ROW, "checksum": "c", "credentials": {"name": "n", "content": "TOP", "format": 2}, "colour": "red"}
        serve(lambda request: answer(request, made))
    """)
    made = bridge.credentials.create()
    assert made.raw == {"colour": "red"}
    assert made.credentials.raw == {"format": 2}
    assert bridge.credentials.get(nats_credentials_id="i").raw["colour"] == "red"


def test_a_kind_of_error_that_is_not_known(fake):
    bridge = fake("serve(lambda request: fail(request, 1999, 'too_hot', outcome='done', degrees=80))")
    with pytest.raises(RPCError) as caught:
        bridge.ping()
    assert type(caught.value) is RPCError
    assert (caught.value.code, caught.value.kind, caught.value.data["degrees"]) == (1999, "too_hot", 80)


@pytest.mark.parametrize("outcome", ["perhaps", 7, None, ["none"]])
def test_an_outcome_that_is_not_known_is_unknown(outcome):
    assert RPCError(1999, "so it is", {"outcome": outcome}).outcome == "unknown"


def test_kinds_and_outcomes_are_typed():
    assert set(typing.get_args(ErrorKind)) == set(ERRORS)
    assert typing.get_args(Outcome) == ("none", "done", "unknown")


def test_an_error_says_which_method_was_called(fake):
    bridge = fake("""
        def handle(request):
            if request["method"] != "accounts.get": return fail(request, 1404, "not_found", outcome="none")
            sys.exit(3)
        serve(handle)
    """)
    calls = {
        "credentials.get": lambda: bridge.credentials.get(nats_credentials_id="i"),
        "credentials.stream": lambda: list(bridge.credentials.list()),
        "accounts.delete": lambda: bridge.call("accounts.delete"),
        "accounts.get": lambda: bridge.accounts.get(nats_account_id="A"),
        "accounts.create": lambda: bridge.accounts.create(),
    }
    for method, call in calls.items():
        with pytest.raises(BridgeError) as caught:
            call()
        again = pickle.loads(pickle.dumps(caught.value))
        assert (caught.value.method, again.method, str(again)) == (method, method, str(caught.value))
        assert str(caught.value).startswith(f"{method}: ")
    bridge.close()
    with pytest.raises(BridgeClosed, match=r"^bridge.ping: the bridge is closed$"):
        bridge.ping()
    with pytest.raises(BinaryNotFound) as caught:
        Bridge("/no/such/program")
    assert caught.value.method is None


def test_an_error_without_data(fake):
    bridge = fake("""
        serve(lambda request: write(id=request["id"], error={"code": -32000, "message": "well"}))
    """)
    with pytest.raises(RPCError, match="-32000: well") as caught:
        bridge.ping()
    assert (caught.value.kind, caught.value.retryable, caught.value.retry_after) == ("", False, None)


def test_nothing_shows_a_secret(bridge, caplog):
    made = bridge.credentials.create(name="app")
    secret = made.credentials.content
    lines = {line for line in secret.reveal().splitlines() if len(line) > 40 and "-" * 5 not in line}
    assert len(lines) >= 2
    logging.getLogger("app").warning("made %s %r", made, secret)
    shown = [str(made), repr(made), f"{made}", f"{secret:>10}", f"{secret}", repr(vars(made)), caplog.text]
    shown += [str(dataclasses.asdict(made)), repr(bridge), repr(vars(bridge)), repr([secret]), str({"a": secret})]
    try:
        raise RuntimeError(made)
    except RuntimeError:
        shown.append(traceback.format_exc())
    for text in shown:
        assert not any(line in text for line in lines)
    for dump in pickle.dumps, json.dumps, copy.copy:
        if dump is not copy.copy:
            with pytest.raises(TypeError):
                dump(secret)
    with pytest.raises(TypeError):
        pickle.dumps(made)


def test_a_raw_call_hides_the_secret_and_nothing_else(bridge):
    made = bridge.call("credentials.create", {"name": "app"})
    secret = made["credentials"].pop("content")
    assert secret.reveal().startswith("-----BEGIN NATS USER JWT-----")
    assert str(secret) == "***"
    got = bridge.call("credentials.get", {"nats_credentials_id": made["id"]})
    assert json.loads(json.dumps(got))["name"] == json.loads(json.dumps(made))["name"] == "app"


def secret_members(schema, path=()):
    """Where a schema has members that are marked as secret."""
    if isinstance(schema, dict):
        if schema.get("x-secret"):
            yield path
        for name, inner in schema.items():
            yield from secret_members(inner, (*path, name))


def test_the_secret_that_a_raw_call_hides_is_the_only_one_of_the_schemas():
    schemas = sorted(SOURCE.parents[2].joinpath("schemas").glob("*.*.json"))
    assert {path.stem for path in schemas} == set(METHODS)
    found = {path.stem: list(secret_members(json.loads(path.read_text())["properties"]["result"])) for path in schemas}
    place = ("properties", "credentials", "properties", "content")
    assert {name: places for name, places in found.items() if places} == {"credentials.create": [place]}


def test_every_error_has_an_outcome():
    for name in nats_credentials_bridge.__all__:
        each = getattr(nats_credentials_bridge, name)
        if isinstance(each, type) and issubclass(each, BridgeError) and not issubclass(each, RPCError):
            assert each.outcome == "none"
    assert "outcome" in BridgeError.__doc__


def test_a_secret_can_be_compared_copied_and_revealed():
    secret = Secret("text")
    assert secret == Secret("text") != Secret("other")
    assert secret != "text"
    assert {secret: 1}[Secret("text")] == 1
    assert copy.deepcopy(secret).reveal() == "text"
    assert str(secret) == "***"
    with pytest.raises(AttributeError):
        secret.anything = 1
    with pytest.raises(TypeError):
        Secret(b"text")


def test_objects_are_frozen_and_can_be_compared_and_hashed(bridge):
    bridge.credentials.create()
    (row,) = bridge.credentials.list()
    with pytest.raises(dataclasses.FrozenInstanceError):
        row.name = "x"
    assert {row} == set(bridge.credentials.page().rows)
    assert pickle.loads(pickle.dumps(row)) == row


def test_every_kind_of_error_has_a_class():
    assert set(rpc_errors.BY_KIND) == set(ERRORS)
    assert {each.__name__ for each in rpc_errors.BY_KIND.values()} < set(nats_credentials_bridge.__all__)


def signature(function):
    return [
        (each.name, each.kind, each.default, each.annotation)
        for each in inspect.signature(function).parameters.values()
    ]


@pytest.mark.parametrize(
    ("plain", "asynchronous"), [(Bridge, AsyncBridge), (Credentials, AsyncCredentials), (Accounts, AsyncAccounts)]
)
def test_bridge_and_async_bridge_have_the_same_names_and_arguments(plain, asynchronous):
    names = {name for name in vars(plain) if not name.startswith("_")}
    assert names == {name for name in vars(asynchronous) if not name.startswith("_")}
    for name in names:
        assert signature(getattr(plain, name)) == signature(getattr(asynchronous, name))
        assert getattr(plain, name).__doc__
        assert getattr(asynchronous, name).__doc__


@pytest.mark.parametrize("method", [name for name in METHODS if name.split(".")[0] in ("credentials", "accounts")])
def test_arguments_are_the_params_of_the_schemas(method):
    group, name = method.split(".")
    python_name = {"list": "page", "stream": "list"}.get(name, name)
    function = getattr({"credentials": Credentials, "accounts": Accounts}[group], python_name)
    arguments = {each.name: each for each in list(inspect.signature(function).parameters.values())[1:]}
    params = dict(METHODS[method][1])
    assert arguments.pop("timeout").annotation == "float | None"
    assert params.pop("timeout_ms") == "int?"
    params.pop("max_pages", None)
    assert set(arguments) == set(params)
    for name, kind in params.items():
        argument = arguments[name]
        assert argument.kind is inspect.Parameter.KEYWORD_ONLY
        assert (argument.default is inspect.Parameter.empty) is not kind.endswith("?")
        annotation = argument.annotation.replace(" | None", "").replace("StrPath", "str")
        assert annotation == kind.rstrip("?")


@pytest.mark.parametrize("name", ["generate_types.py", "generate_sync.py"])
def test_what_is_generated_is_up_to_date(name):
    """The types are those of the schemas, and what is for threads is what is for asyncio."""
    generator = SOURCE.parent.parent / name
    result = subprocess.run([sys.executable, generator, "--check"], capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stdout) == (0, "")
