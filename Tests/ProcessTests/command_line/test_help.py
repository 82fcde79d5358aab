"""`--help`: all methods by their nouns, the page of a command, and the page of a method, which says what the method's schema says."""

import json
import re
import shlex

import pytest

from documents import COMMANDS, COMMITTED, METHODS
from process_tools import call, files_below, run

SCHEMAS = {method: json.loads((COMMITTED / f"{method}.json").read_text()) for method in METHODS}


def page(home, *arguments):
    result = run(home, *arguments, "--help")
    assert (result.returncode, result.stderr) == (0, b"")
    assert files_below(home) == []
    return result.stdout.decode()


def unwrapped(text):
    """Words that stand on several lines, in one."""
    return " ".join(text.split())


@pytest.mark.parametrize("arguments", [[], ["call"]])
def test_the_methods_are_listed_by_their_nouns(home, arguments):
    text = page(home, *arguments)
    listed = text[text.index("Methods of call") :].split("\n\n")[0].splitlines()[1:]
    nouns = [line.strip() for line in listed if re.fullmatch(r"  \w+", line)]
    methods = [found[1] for line in listed if (found := re.match(r"    (\w+\.\w+) ", line))]
    assert nouns == ["credentials", "accounts", "bridge", "rpc"] and sorted(methods) == METHODS
    assert [method.split(".")[0] for method in methods] == sorted((m.split(".")[0] for m in methods), key=nouns.index)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_s_page_has_its_own_options_alone(home, command):
    text = page(home, command)
    own = {"serve": ["--resolve", "--mirror"], "call": ["--all", "--output", "--field", "--params", "--errors"], "doctor": ["--json", "--repair", "--forget-server"], "schemas": ["--write"]}
    assert text.startswith(f"Usage: nats-credentials-bridge {command}")
    listed = re.findall(r"^  (--[\w-]+)", text, re.MULTILINE)
    assert set(own.get(command, [])) <= set(listed)
    assert not {option for other, options in own.items() if other != command for option in options} & set(listed)
    assert "--region" not in listed and "nats-credentials-bridge --help" in text


@pytest.mark.parametrize("command", ["serve", "call", "doctor", "schemas"])
def test_the_usage_of_a_command_has_all_options_of_its_own(home, command):
    usage, _, rest = page(home, command).partition("\n\n")
    listed = re.findall(r"^  (--[\w-]+(?: [A-Z]+| -)?)(?:  |$)", rest, re.MULTILINE)
    assert listed and [f"[{option}]" for option in listed] == re.findall(r"\[--[^]]+\]", usage)
    assert all(len(line) <= 80 for line in usage.splitlines())
    commands = page(home).partition("Commands:\n")[2].partition("\n\n")[0]
    assert f"  {command} " in commands and all(f"[{option}]" in commands for option in listed)


def shown_members(properties):
    """What `call` prints: the members of the result, or of a stream those of each row."""
    if "part" not in properties:
        return properties["result"].get("properties", {})
    return next(member["items"]["properties"] for member in properties["part"]["properties"].values() if member.get("type") == "array")


@pytest.mark.parametrize("method", METHODS)
def test_a_method_s_page_says_what_its_schema_says(home, method):
    text, schema = page(home, "call", method), SCHEMAS[method]
    words = unwrapped(text)
    assert text.startswith(f"Usage: nats-credentials-bridge call {method}") and schema["description"] in words
    params = schema["properties"]["params"]
    for name, param in params["properties"].items():
        form = re.search(rf" {name} \((.*?)\) {re.escape(param['description'])}", words)
        assert form, name
        assert ("; required" in form[1]) == (name in params.get("required", []))
        if "default" in param:
            written = param["default"] if isinstance(param["default"], str) else json.dumps(param["default"])
            assert form[1].endswith(f"; default: {written}")
        for word in param.get("enum", []):
            assert word in form[1]
        for bound in ("minimum", "maximum", "minLength", "maxLength"):
            assert bound not in param or re.search(rf"\b{param[bound]}\b", form[1])
        if param.get("type") == "boolean":
            assert form[1].startswith("true or false")
    for name in shown_members(schema["properties"]):
        assert name in words
    for error in schema["x-errors"]:
        assert f" {error['data']['kind']} {error['message']}" in words


@pytest.mark.parametrize("method", METHODS)
def test_a_method_s_examples_are_typed_as_a_shell_takes_them(home, method):
    shown = [shlex.split(line) for line in page(home, "call", method).splitlines() if line.startswith("  nats-credentials-bridge call ")]
    expected = [example["params"] for example in SCHEMAS[method]["x-examples"]]
    assert [words[:3] for words in shown] == [["nats-credentials-bridge", "call", method]] * len(expected)
    for words, params in zip(shown, expected):
        assert [word.split("=")[0].rstrip(":") for word in words[3:]] == list(params)
        result = call(home, method, *words[3:], cwd=home)
        assert result.returncode != 2, result.stderr


def test_the_exit_status_beside_each_error_is_the_one_that_call_ends_with(home):
    text = page(home, "call", "credentials.get")
    assert re.search(r"^  3  not_found ", text, re.MULTILINE) and re.search(r"^  2  invalid_params ", text, re.MULTILINE)
    assert call(home, "credentials.get", "region=local", "nats_credentials_id=00000000-0000-4000-8000-000000000000").returncode == 3
    assert call(home, "credentials.get", "region=local").returncode == 2


@pytest.mark.parametrize("arguments", [[], ["call"], *(["call", method] for method in METHODS)], ids=" ".join)
def test_it_fits_a_terminal_of_80_columns_but_for_what_is_typed(home, arguments):
    long = [line for line in page(home, *arguments).splitlines() if len(line) > 80]
    assert all(re.match(r"(Usage: |  )(nats-credentials-bridge|echo) ", line) or " matches ^" in line for line in long), long


@pytest.mark.parametrize(
    "arguments, status, words",
    [
        (["call", "credentials.lisst"], 2, "did you mean credentials.list?"),
        (["call", "nothing.such"], 2, "call --help lists them"),
        (["canary"], 64, "there is no such command"),
    ],
)
def test_help_on_what_does_not_exist_says_so(home, arguments, status, words):
    result = run(home, *arguments, "--help")
    assert (result.returncode, result.stdout) == (status, b"") and words in result.stderr.decode()
    assert b"canary" not in result.stderr


def test_where_help_stands_does_not_matter(home):
    assert run(home, "--help", "call", "accounts.get").stdout == run(home, "call", "-h", "accounts.get").stdout != b""


@pytest.mark.parametrize("words", [[], ["call"], ["doctor"], ["call", "accounts.get"]], ids=" ".join)
def test_help_is_a_command_too(home, words):
    result = run(home, "help", *words)
    assert (result.returncode, result.stderr) == (0, b"") and result.stdout.decode() == page(home, *words)


def test_help_of_a_method_needs_no_call(home):
    assert run(home, "help", "accounts.get").stdout.decode() == page(home, "accounts.get") == page(home, "call", "accounts.get")
    for words in (["canary"], ["doctor", "x", "y"], ["call", "accounts.gett"]):
        result = run(home, "help", *words)
        assert result.returncode in (2, 64) and result.stdout == b"" and result.stderr.count(b"\n") == 1
