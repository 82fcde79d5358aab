"""The completions of `completion SHELL`, driven in the shells themselves: bash by COMPREPLY and by the tab key, fish by `complete -C`, zsh by
the tab key."""

import json
import os
import shlex
import shutil
import subprocess
import time

import pexpect
import pytest

from bridge import LIMIT, PROGRAM, clean_environment
from documents import COMMANDS, COMMITTED, METHODS, OPTIONS
from process_tools import run

NAME = "nats-credentials-bridge"
REGIONS = ["local", "fr-par", "nl-ams"]
OF_CALL = ["--all", "--output", "--field", "--params", "--errors"]
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
    ("--state 'some folder' ca", ["call"]),
    ("--state some\\ folder ca", ["call"]),
    ("call credentials.create save_to=some\\ f", ["some folder/"]),
    ("call credentials.create --state call bridge", []),
]  # fmt: skip
METHODS_WITH_PARAMS = [method for method in METHODS if params(method)]
CASES += [(f"call {method} ", params(method)) for method in METHODS_WITH_PARAMS]
OPTION_CASES = [
    ("-", [*OPTIONS, "--resolve", "--mirror"]),
    ("--mirror so", ["some folder/"]),
    ("doctor --mir", []),
    ("serve --res", ["--resolve"]),
    ("call bridge.ping --res", []),
    ("call credentials.list --", [*OPTIONS, *OF_CALL]),
    ("call --output ", ["table", "json", "lines"]),
    ("call credentials.list --errors=", ["text", "json"]),
    ("call --output json credentials.li", ["credentials.list"]),
    ("doctor --", [*OPTIONS, "--json", "--forget-server", "--repair"]),
    ("schemas --wr", ["--write"]),
    ("doctor --wr", []),
    ("--state call --al", []),
]
IDS = dict(ids=lambda case: case or "nothing" if isinstance(case, str) else "")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the shells stand: beside two things to complete. The program is in PATH."""
    folder = tmp_path_factory.mktemp("completions")
    (folder / "some.creds").touch()
    (folder / "some folder").mkdir()
    (folder / "some folder" / "inner.creds").touch()
    (folder / "with:colon.creds").touch()
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


def prefix_of(typed):
    """`key=` of the word under the cursor, if it has come so far."""
    word = "" if typed.endswith(" ") else shlex.split(f"{NAME} {typed}")[-1]
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
    assert shell(folder, "fish", "--no-config", "-c", script, f"{NAME} call bridge.p") == ["bridge.ping\tReturns an empty object at once"]
    assert shell(folder, "fish", "--no-config", "-c", script, f"{NAME} call credentials.create na") == [
        "name=\tIts name; generated if omitted", "nats_account_id=\tIf omitted, on local: the only account; if there is none, default is created",
        "nats_context=\tAlso write a context of this name for the nats command line",
    ]  # fmt: skip


class Interactive:
    """A shell on a terminal of its own."""

    def __init__(self, folder, *arguments):
        self.folder = folder
        self.child = pexpect.spawn(
            shutil.which(arguments[0]), list(arguments[1:]), cwd=folder, env=environment(folder),
            encoding="utf-8", timeout=LIMIT, dimensions=(50, 200),
        )  # fmt: skip

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.close(force=True)

    def say(self, line):
        """A command, up to its end; the mark is not in the line as it is echoed."""
        self.child.sendline(f"{line}; echo '<it is'' done>'")
        self.child.expect_exact("<it is done>")

    def offered(self, typed):
        """What the Tab key is offered after `typed`."""
        lines = self.written("offered", f"{typed}\t", "<the end>\n").split("\n")[:-2]
        # The short form of --help is offered, too.
        return sorted(line for line in lines if line not in ("", "-h"))

    def line(self, typed):
        """What the line is after these keys, behind the program's name."""
        return self.written("line", f"{typed}\x18l", "\n").removeprefix(f"{NAME} ").removesuffix("\n")

    def written(self, name, typed, end):
        """What the shell's side of this test writes to a file while these keys are typed."""
        file = self.folder / name
        file.unlink(missing_ok=True)
        # Control-U takes away what an earlier test typed.
        self.child.send(f"\x15{NAME} {typed}")
        deadline = time.monotonic() + LIMIT
        while not (file.exists() and file.read_text().endswith(end)):
            assert time.monotonic() < deadline, f"the shell wrote no {name}"
        return file.read_text()


# Control-X l writes the line, as it now stands, to a file. Nothing that is typed here is ever run.
TABS = r"""source ./completion.bash; bind 'set bell-style none'; bind -x '"\C-xl": printf "%s\n" "$READLINE_LINE" > line'"""
BACK = "\x02"

# Writes what the function gives to a file, and gives nothing on, so that the line stays as it was typed.
BASH = r"""
source ./completion.bash
offer() {
  _nats_credentials_bridge "$@"
  ((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}" >> offered
  COMPREPLY=()
  echo '<the end>' >> offered
}
complete -F offer nats-credentials-bridge
"""


@pytest.fixture(scope="module")
def bash(folder):
    (folder / "setup.bash").write_text(BASH)
    with Interactive(folder, "bash", "--norc", "-i") as shell:
        shell.say("source ./setup.bash")
        yield shell


@pytest.mark.parametrize("typed, candidates", CASES + OPTION_CASES, **IDS)
def test_bash(bash, typed, candidates):
    # The slash behind a folder is readline's.
    assert bash.offered(typed) == sorted(candidate.rstrip("/") for candidate in candidates)


@pytest.mark.parametrize(
    "typed, becomes",
    [
        ("ca", "call "), ("call bridge.p", "call bridge.ping "),
        ("2>/dev/null ope", "2>/dev/null openrpc "), ("2> /dev/null ope", "2> /dev/null openrpc "),
        ("call credentials.create save", "call credentials.create save_to="),
        ("call credentials.create save_to=some.", "call credentials.create save_to=some.creds "),
        ("call credentials.create save_to=some\\ f", "call credentials.create save_to=some\\ folder/"),
        ('call credentials.create save_to="some f', 'call credentials.create save_to="some folder"/'),
        ("call credentials.create save_to=some\\ folder/in", "call credentials.create save_to=some\\ folder/inner.creds "),
        ("call credentials.create save_to=with:", "call credentials.create save_to=with:colon.creds "),
        ("call credentials.list order_by=name_a", "call credentials.list order_by=name_asc "),
        ("--region=nl", "--region=nl-ams "),
        ("--state some\\ f", "--state some\\ folder/"),
        ("--state some\\ folder call bridge.p", "--state some\\ folder call bridge.ping "),
        ('--state "some folder" ca', '--state "some folder" call '),
    ],
)  # fmt: skip
@pytest.mark.parametrize("breaks", ["usual", "without ="])
def test_the_tab_key_in_bash(folder, typed, becomes, breaks):
    with Interactive(folder, "bash", "--norc", "-i") as bash:
        bash.say(TABS)
        if breaks == "without =":
            bash.say("COMP_WORDBREAKS=${COMP_WORDBREAKS//=}")
        assert bash.line(f"{typed}\t") == becomes


def test_bash_lists_what_may_come_next(folder):
    with Interactive(folder, "bash", "--norc", "-i") as bash:
        bash.say(TABS)
        bash.child.send(f"{NAME} call credentials.create na\t\t")
        bash.child.expect(r"name=\s+nats_account_id=\s+nats_context=")


def test_bash_looks_only_at_what_stands_before_the_cursor(folder):
    with Interactive(folder, "bash", "--norc", "-i") as bash:
        bash.say(TABS)
        assert bash.line("call bridge.p name=x" + BACK * len(" name=x") + "\t") == "call bridge.ping name=x"


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
    with Interactive(folder, "zsh", "-f", "-i") as shell:
        shell.say("source ./setup.zsh")
        yield shell


@pytest.mark.parametrize("typed, candidates", CASES + OPTION_CASES, **IDS)
def test_zsh(zsh, typed, candidates):
    # The slash behind a folder is added later; _files offers a folder under two tags.
    assert sorted(set(zsh.offered(typed))) == sorted(candidate.rstrip("/") for candidate in candidates)


def test_zsh_offers_nothing_else_where_a_folder_is_wanted(folder, zsh):
    """The function says that it has offered something: else the next completer would offer files, too."""
    zsh.say("zstyle ':completion:*' completer _complete _approximate")
    try:
        assert set(zsh.offered("--state som")) == {"some folder"}
    finally:
        zsh.say("zstyle -d ':completion:*' completer")
