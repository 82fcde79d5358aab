"""The command line beside `call`: help, version, options and where they lead, refusals that repeat no secret, and the schemas as files."""

import json

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from bridge import Bridge
from documents import COMMITTED, METHODS
from process_tools import PING, PONG, call, files_below, run, state_folder


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_shows_examples_first_and_every_option(home, option):
    result = run(home, option)
    text = result.stdout.decode()
    assert (result.returncode, result.stderr) == (0, b"")
    assert text.startswith("Examples:\n")
    options = ("--region", "--state", "--nats-url", "--log-level", "--drain", "--resolve", "--mirror", "--version", "--write", "--all")
    for word in (*options, "serve", "call", "openrpc"):
        assert word in text[text.index("Usage:") :]
    assert files_below(home) == []


def test_the_version_is_the_one_bridge_info_tells(home):
    result = run(home, "--version")
    with Bridge(home) as bridge:
        version = bridge.result("bridge.info")["version"]
    assert (result.returncode, result.stdout, result.stderr) == (0, f"nats-credentials-bridge {version}\n".encode(), b"")


REFUSED = [
    ["--no-such-option"], ["--no-such-option=canary"], ["-x"], ["canary"], ["serve", "canary"], ["serve", "--all"], ["--write", "canary"],
    ["doctor", "--resolve"], ["call", "--resolve", "bridge.ping"], ["--region"], ["--region", "canary/../canary"], ["--region="], ["--log-level", "canary"], ["--log-level"], ["--drain", "canary"],
    ["--drain", "-1"], ["--state"], ["--nats-url"], ["schemas", "canary"], ["schemas", "--write"], ["openrpc", "canary"], ["openrpc", "--all"],
    ["completion"], ["completion", "canary"], ["completion", "bash", "zsh"], ["manual", "canary"], ["doctor", "--all"], ["manual", "--write", "canary"],
    ["--version=canary"], ["call", "--forget-server", "canary"], ["--region", "local", "call"],
]  # fmt: skip


@pytest.mark.parametrize("arguments", REFUSED, ids=" ".join)
def test_a_command_line_that_means_nothing_ends_with_64(home, arguments):
    result = run(home, *arguments, input=PING)
    assert (result.returncode, result.stdout) == (2 if "call" in arguments else 64, b"")
    assert result.stderr.startswith(b"nats-credentials-bridge: ") and result.stderr.count(b"\n") == 1
    assert b"canary" not in result.stderr


@pytest.mark.parametrize("option", ["--secret-key", "--access-key", "--token"])
@pytest.mark.parametrize("form", ["{}=canary", "{} canary"])
def test_no_option_takes_a_secret_and_none_is_repeated(home, option, form):
    for before, status in (([], 64), (["call", "bridge.ping"], 2)):
        result = run(home, *before, *form.format(option).split(" "), input=PING)
        assert (result.returncode, result.stdout) == (status, b"")
        assert b"SCW_SECRET_KEY" in result.stderr and b"canary" not in result.stderr


def test_serve_is_the_default(home):
    assert run(home, "serve", input=PING).stdout == run(home, input=PING).stdout == PONG
    assert run(home, "serve", "--resolve", input=PING).stdout == run(home, "--resolve", input=PING).stdout == PONG


@pytest.mark.parametrize("form", ["--state={}", "--state {}"])
def test_state_says_where_everything_is_kept(home, form):
    for folder in ("one/two", str(home / "absolute")):
        result = run(home, "call", "accounts.create", "region=local", *form.format(folder).split(" "), cwd=home)
        assert result.returncode == 0
        assert (home / folder / "store.db").exists()
    assert not (home / "state").exists()


def listen_address(home):
    text = (state_folder(home) / "nats-server.conf").read_text()
    return next(line.split('"')[1] for line in text.splitlines() if line.startswith("listen:"))


def test_the_server_s_address_comes_from_the_option_then_the_variable_then_the_default(home):
    variable = {"NATS_URL": "nats://127.0.0.1:4333"}
    cases = [([], {}, "4222"), ([], variable, "4333"), (["--nats-url", "nats://127.0.0.1:4444"], variable, "4444")]
    for number, (options, environment, port) in enumerate(cases):
        place = home / str(number)
        place.mkdir()
        result = call(place, "accounts.create", "region=local", *options, env=environment)
        assert json.loads(result.stdout)["endpoint"] == f"nats://127.0.0.1:{port}"
        assert listen_address(place) == f"127.0.0.1:{port}"
        # What the configuration says from then on holds, whatever a later run is told.
        later = call(place, "accounts.create", "region=local", "--nats-url", "nats://127.0.0.1:4555")
        assert json.loads(later.stdout)["endpoint"] == f"nats://127.0.0.1:{port}" and b"4555" in later.stderr
        assert listen_address(place) == f"127.0.0.1:{port}"


@pytest.mark.parametrize("url", ["http://127.0.0.1", "nats://", "nats://127.0.0.1:99999", "nats://user:canary@127.0.0.1:4222", "nats://a b"])
def test_an_address_that_is_none_is_not_configured_and_not_repeated(home, url):
    result = call(home, "accounts.list", "region=local", "--nats-url", url)
    assert (result.returncode, result.stdout) == (4, b"")
    assert b"canary" not in result.stderr


def test_info_says_where_each_setting_came_from_and_never_what_it_is(home):
    options = ["--state", str(home / "canary"), "--log-level", "error"]
    with Bridge(home, *options, env={"NATS_URL": "nats://127.0.0.1:4747"}) as bridge:
        info = bridge.result("bridge.info")
    sources = {setting["name"]: setting["source"] for setting in info["settings"]}
    assert (sources["state"], sources["log_level"], sources["nats_url"]) == ("--state", "--log-level", "NATS_URL")
    assert "canary" not in json.dumps(info) and "4747" not in json.dumps(info)


def test_the_schemas_in_the_repository_are_the_program_s(home):
    folder = home / "schemas"
    folder.mkdir()
    result = run(home, "schemas", "--write", str(folder))
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    assert files_below(folder) == files_below(COMMITTED)
    for name in files_below(folder):
        assert (folder / name).read_bytes() == (COMMITTED / name).read_bytes(), name


def test_schemas_that_cannot_be_written_are_an_error(home):
    result = run(home, "schemas", "--write", str(home / "missing"))
    assert (result.returncode, result.stdout) == (1, b"") and result.stderr.count(b"\n") == 1


@pytest.mark.parametrize("command", ["schemas", "openrpc", "--help", "--version", "manual", "completion fish", "doctor", "doctor --json"])
def test_what_cannot_be_printed_is_an_error(home, command):
    with open("/dev/full", "wb") as full:
        result = run(home, "--region=local", *command.split(), stdout=full)
    assert result.returncode == 74 and b"stdout cannot be written" in result.stderr


def test_schemas_prints_what_it_writes(home):
    printed = json.loads(run(home, "schemas").stdout)
    assert sorted(printed) == METHODS
    assert printed == {name: json.loads((COMMITTED / f"{name}.json").read_text()) for name in METHODS}


def test_openrpc_is_what_the_file_and_rpc_discover_say(home):
    printed = run(home, "openrpc").stdout
    assert printed == (COMMITTED / "openrpc.json").read_bytes()
    with Bridge(home) as bridge:
        discovered = bridge.result("rpc.discover")
    assert discovered == json.loads(printed)
    assert discovered["openrpc"].startswith("1.3")
    assert sorted(method["name"] for method in discovered["methods"]) == METHODS


@pytest.mark.parametrize("method", METHODS)
def test_every_schema_is_one_in_both_drafts_and_its_examples_keep_to_it(method):
    document = json.loads((COMMITTED / f"{method}.json").read_text())
    for draft in (Draft202012Validator, Draft7Validator):
        draft.check_schema(document)
        for part in document["properties"].values():
            draft.check_schema(part)
        for example in document["x-examples"]:
            for name in ("params", "result"):
                if name in example:
                    draft(document["properties"][name]).validate(example[name])
    assert document["properties"]["params"]["additionalProperties"] is False


def test_there_are_examples_of_every_method():
    lacking = [method for method in METHODS if not json.loads((COMMITTED / f"{method}.json").read_text())["x-examples"]]
    assert lacking == []


RUNNABLE = ["bridge.info", "bridge.ping", "rpc.discover"]


@pytest.mark.parametrize("method", RUNNABLE)
def test_success_examples_that_need_nothing_give_what_they_say(home, method):
    document = json.loads((COMMITTED / f"{method}.json").read_text())
    with Bridge(home) as bridge:
        for example in document["x-examples"]:
            assert set(bridge.result(method, example["params"])) == set(example["result"])


@pytest.mark.parametrize("method", ["credentials.list", "accounts.list"])
def test_success_examples_of_lists_have_the_members_of_real_answers(home, method):
    document = json.loads((COMMITTED / f"{method}.json").read_text())
    with Bridge(home, "--region", "local") as bridge:
        bridge.result("credentials.create")
        for example in document["x-examples"]:
            params = {name: value for name, value in example["params"].items() if name in ("page", "page_size", "order_by")}
            real = bridge.result(method, params)
            assert list(real) == list(example["result"])
            rows = next(name for name, value in real.items() if isinstance(value, list))
            for row in example["result"][rows]:
                assert list(row) == list(real[rows][0])
