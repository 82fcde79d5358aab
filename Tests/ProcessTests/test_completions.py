"""The completions of `completion SHELL`, driven in the shells themselves: bash by COMPREPLY and by the tab key, fish by `complete -C`, zsh by
the tab key."""

import json
import os
import shutil
import subprocess
import time

import pexpect
import pytest

from bridge import LIMIT, PROGRAM, clean_environment
from process_tools import run
from test_options import COMMITTED, METHODS

NAME = "nats-credentials-bridge"
COMMANDS = ["serve", "call", "doctor", "schemas", "openrpc", "completion", "manual"]
OPTIONS = ["--region", "--state", "--nats-url", "--profile", "--ca-file", "--log-level", "--drain", "--version", "--help"]
REGIONS = ["local", "fr-par", "nl-ams"]
LEVELS = ["error", "warning", "info", "debug", "trace"]


def params(method):
    return [f"{name}=" for name in json.loads((COMMITTED / f"{method}.json").read_text())["properties"]["params"]["properties"]]


def without(names, *left_out):
    return [name for name in names if name not in left_out]


# What is typed after the program's name, and what may come next. A shell that keeps `key=` of what it completes shows it before each.
CASES = [
    ("", COMMANDS),
    ("o", ["openrpc"]),
    ("completion ", ["bash", "zsh", "fish"]),
    ("completion bash ", []),
    ("call ", METHODS),
    ("call accounts.", [method for method in METHODS if method.startswith("accounts.")]),
    ("--region local call bridge.", ["bridge.info", "bridge.ping"]),
    ("call --state /tmp bridge.", ["bridge.info", "bridge.ping"]),
    ("call --region=local rpc", ["rpc.discover"]),
    ("call bridge.ping ", []),
    ("call credentials.nothing ", []),
    ("serve ", []),
    ("call credentials.list order_by=name", ["name_asc", "name_desc"]),
    ("call credentials.delete missing_ok=", ["true", "false"]),
    ("call credentials.delete missing_ok:=t", ["true"]),
    ("call credentials.create name=x=y if_exists=f", ["fail"]),
    ("call accounts.list region=", REGIONS),
    ("call credentials.get nats_credentials_id=", []),
    ("--region ", REGIONS),
    ("--region=fr", ["fr-par"]),
    ("--log-level ", LEVELS),
    ("--log-level=in", ["info"]),
    ("--nats-url ", []),
    ("call credentials.create name=x sa", ["save_to="]),
    ("call credentials.create name=x ", without(params("credentials.create"), "name=")),
    ("call credentials.create save_to:=1 name=x ", without(params("credentials.create"), "name=", "save_to=")),
    ("call credentials.create 'name=a b' overwr", ["overwrite="]),
    ("call credentials.create save_to=so", ["some.creds", "some folder/"]),
    ("--ca-file so", ["some.creds", "some folder/"]),
    ("--state so", ["some folder/"]),
    ("--state=so", ["some folder/"]),
]  # fmt: skip
METHODS_WITH_PARAMS = [method for method in METHODS if params(method)]
CASES += [(f"call {method} ", params(method)) for method in METHODS_WITH_PARAMS]
OPTION_CASES = [
    ("-", OPTIONS),
    ("call credentials.list --", [*OPTIONS, "--all"]),
    ("doctor --", [*OPTIONS, "--forget-server"]),
    ("schemas --wr", ["--write"]),
    ("doctor --wr", []),
]
IDS = dict(ids=lambda case: case or "nothing" if isinstance(case, str) else "")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the shells stand: beside two things to complete. The program is in PATH."""
    folder = tmp_path_factory.mktemp("completions")
    (folder / "some.creds").touch()
    (folder / "some folder").mkdir()
    (folder / "bin").mkdir()
    (folder / "bin" / NAME).symlink_to(PROGRAM)
    for shell in ("bash", "zsh", "fish"):
        (folder / f"completion.{shell}").write_bytes(run(folder, "completion", shell).stdout)
    return folder


def environment(folder):
    return clean_environment(folder, {"PATH": f"{folder}/bin:{os.environ['PATH']}", "TERM": "xterm", "LC_ALL": "C.UTF-8"})


def shell(folder, *arguments):
    result = subprocess.run(arguments, cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=LIMIT)
    assert (result.returncode, result.stderr) == (0, "")
    return [line for line in result.stdout.split("\n") if line]


BASH = r"""
source ./completion.bash
# What readline does before it calls the function, as far as the function looks.
compopt() { :; }
COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
COMP_LINE=$1 COMP_POINT=${#1}
_nats_credentials_bridge
((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
"""


@pytest.mark.parametrize("typed, candidates", CASES + OPTION_CASES, **IDS)
def test_bash(folder, typed, candidates):
    found = shell(folder, "bash", "-c", BASH, "bash", f"{NAME} {typed}")
    # The slash behind a folder is readline's.
    assert sorted(without(found, "-h")) == sorted(candidate.rstrip("/") for candidate in candidates)


def test_bash_keeps_the_key_where_an_equals_sign_ends_no_word(folder):
    script = BASH.replace("><=;", "><;")
    assert shell(folder, "bash", "-c", script, "bash", f"{NAME} call credentials.list order_by=name") == [
        "order_by=name_asc", "order_by=name_desc",
    ]  # fmt: skip


def test_bash_looks_only_at_what_stands_before_the_cursor(folder):
    script = BASH.replace("COMP_POINT=${#1}", "COMP_POINT=$2")
    line = f"{NAME} call bridge.p credentials"
    assert shell(folder, "bash", "-c", script, "bash", line, str(line.index(" credentials"))) == ["bridge.ping"]


def prefix_of(typed):
    word = typed.rsplit(" ", 1)[-1]
    return word[: word.index("=") + 1] if "=" in word else ""


@pytest.mark.parametrize("typed, candidates", CASES + OPTION_CASES, **IDS)
def test_fish(folder, typed, candidates):
    lines = shell(folder, "fish", "--no-config", "-c", 'source ./completion.fish; complete -C "$argv[1]"', f"{NAME} {typed}")
    found = [line.split("\t")[0] for line in lines]
    # fish offers the short forms of options, too, and keeps the key.
    prefix = prefix_of(typed)
    assert sorted(without(found, "-h")) == sorted(prefix + candidate for candidate in candidates)


def test_fish_says_what_each_method_and_parameter_is(folder):
    script = 'source ./completion.fish; complete -C "$argv[1]"'
    assert shell(folder, "fish", "--no-config", "-c", script, f"{NAME} call bridge.p") == ["bridge.ping\tAnswers at once with an empty object"]
    assert shell(folder, "fish", "--no-config", "-c", script, f"{NAME} call credentials.create na") == [
        "name=\tIts name; made up if left out", "nats_account_id=\tLeft out, on local: the only account; with none, default is made",
        "nats_context=\tAlso write a context of this name for the nats command line",
    ]  # fmt: skip


class Interactive:
    """A shell on a terminal of its own."""

    def __init__(self, folder, *arguments, env=()):
        self.child = pexpect.spawn(
            shutil.which(arguments[0]), list(arguments[1:]), cwd=folder, env={**environment(folder), **dict(env)},
            encoding="utf-8", timeout=LIMIT, dimensions=(50, 200),
        )  # fmt: skip
        self.say("PS1='ready> '")

    def say(self, line):
        self.child.sendline(line)
        self.child.expect("\r\n.*ready> ")

    def close(self):
        self.child.close(force=True)


# Writes what is offered to a file: each match that compadd would add, then a line that says that all were. Inserts nothing.
ZSH = r"""
unsetopt prompt_cr prompt_sp; [[ -z ${ZSH_ROOT-} ]] || { module_path=($ZSH_ROOT/usr/lib/*/zsh/*(/)); fpath=($ZSH_ROOT/usr/share/zsh/functions/**/*(/)) }
autoload -Uz compinit && compinit -u -d $PWD/.zcompdump
source ./completion.zsh
compadd() {
  if [[ -n ${(M)@[1,${@[(i)(-|--)]}]:#-[a-zA-Z12]#[OAD]*} ]]; then builtin compadd "$@"; return; fi
  local -a matched
  builtin compadd -A matched "$@"
  print -rl -- "${(@Q)matched}" >> $PWD/offered
  builtin compadd "$@"
}
offer() { _main_complete; compstate[insert]= compstate[list]=; print -r -- "<the end>" >> $PWD/offered }
zle -C offer complete-word offer
bindkey '^I' offer
"""


@pytest.fixture(scope="module")
def zsh(folder):
    (folder / "setup.zsh").write_text(ZSH)
    shell = Interactive(folder, "zsh", "-f", "-i")
    shell.say("source ./setup.zsh; PS1='ready> '")
    yield shell
    shell.close()


@pytest.mark.parametrize("typed, candidates", CASES + OPTION_CASES, **IDS)
def test_zsh(folder, zsh, typed, candidates):
    offered = folder / "offered"
    offered.unlink(missing_ok=True)
    # Control-U takes away what an earlier test typed.
    zsh.child.send(f"\x15{NAME} {typed}\t")
    deadline = time.monotonic() + LIMIT
    while not (offered.exists() and offered.read_text().endswith("<the end>\n")):
        assert time.monotonic() < deadline, "the completion did not come to its end"
    found = {line for line in offered.read_text().split("\n")[:-2] if line}
    # The slash behind a folder is added later.
    assert sorted(found - {"-h"}) == sorted(candidate.rstrip("/") for candidate in candidates)


@pytest.mark.parametrize(
    "typed, becomes",
    [
        ("ca", "call "), ("call bridge.p", "call bridge.ping "), ("call credentials.create na\t", None),
        ("call credentials.create save", "call credentials.create save_to="),
        ("call credentials.create save_to=some.", "call credentials.create save_to=some.creds "),
        ("call credentials.list order_by=name_a", "call credentials.list order_by=name_asc "),
        ("--region=nl", "--region=nl-ams "),
    ],
)  # fmt: skip
def test_the_tab_key_in_bash(folder, typed, becomes):
    bash = Interactive(folder, "bash", "--norc", "-i")
    try:
        bash.say("source ./completion.bash; bind 'set bell-style none'; bind 'set enable-bracketed-paste off'")
        bash.child.send(f"{NAME} {typed}\t")
        if becomes is None:
            bash.child.expect(r"name=\s+nats_account_id=\s+nats_context=")
        else:
            # What stands before the number sign is what the key made of it.
            bash.child.send("#\n")
            bash.child.expect_exact(f"{NAME} {becomes}#")
    finally:
        bash.close()
