"""A secret appears in the one answer of its create, or in its file, and nowhere else: not in errors, logs at the highest level, other
answers, arguments, names of files or the store; also not in part or in another spelling, and not when the process crashes."""

import base64
import contextlib
import json
import os
import resource
import signal
import sqlite3
import stat
import threading

import pytest

from bridge import LIMIT
from issued import CREATE, create, local, parts, saved_right
from nats_server import Port
from process_tools import PING, call, gather_store, held_store, run, state_folder
from shown_secrets import contains, hides, raw, secrets_of
from traced import traced
from traffic import METHODS, schema

KEY = "7d3f1c2a-canary-4c1b-9a4e-of-the-api"


def seeds_of_the_store(home):
    """The keys that sign, which never leave the state folder."""
    with contextlib.closing(sqlite3.connect(state_folder(home) / "store.db")) as store:
        rows = store.execute("SELECT seed FROM accounts UNION SELECT seed FROM signing_keys").fetchall()
        own = store.execute("SELECT operator_seed, operator_signing_seed, system_seed, system_signing_seed FROM state").fetchone()
    seeds = [seed for (seed,) in rows] + list(own)
    assert len(seeds) >= 6 and all(seed.startswith("S") for seed in seeds)
    return [*(seed.encode() for seed in seeds), *(raw(seed) for seed in seeds)]


class Watched:
    """A bridge at the highest log level, everything of which that others can see is kept."""

    def __init__(self, home, port, *arguments, env=None):
        self.bridge = local(home, port, "--log-level", "trace", *arguments, env={"SCW_SECRET_KEY": KEY, **(env or {})})
        self.lines, self.contents, self.kinds, self.errors, self.is_looked_at = [], [], set(), b"", False
        self.reader = threading.Thread(target=self.drain, daemon=True)
        self.reader.start()

    def drain(self):
        for line in self.bridge.process.stderr:
            self.errors += line

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self.is_looked_at:
            self.look_at_the_process()
        self.bridge.process.stdin.close()
        while self.answer() is not None:
            pass
        self.bridge.process.wait(LIMIT)
        self.reader.join(LIMIT)
        self.bridge.__exit__()

    def look_at_the_process(self):
        """What others see of it in /proc; while it surely lives."""
        self.is_looked_at = True
        for name in ("cmdline", "environ", "status", "maps"):
            # Where the test is not root, even these are hidden.
            with contextlib.suppress(PermissionError), open(f"/proc/{self.bridge.process.pid}/{name}", "rb") as file:
                self.lines.append(file.read().replace(KEY.encode(), b""))

    def terminate(self):
        self.look_at_the_process()
        self.bridge.process.send_signal(signal.SIGTERM)

    def answer(self):
        """The next message, kept without the secret that a create's answer may hold."""
        line = self.bridge.line()
        if line is None:
            return None
        message = json.loads(line)
        for one in message if isinstance(message, list) else [message]:
            credentials = one.get("result", {}).get("credentials")
            if credentials:
                content = credentials["content"]
                self.contents.append(content)
                line = line.replace(json.dumps(content)[1:-1].encode(), b"")
            if "error" in one:
                self.kinds.add(one["error"]["data"]["kind"])
        self.lines.append(line)
        return message

    def ask(self, method, params=None, id=1):
        self.bridge.send({"jsonrpc": "2.0", "id": id, "method": method, "params": params or {}})
        return self.last(id)

    def last(self, id):
        while (message := self.answer()) is not None and (isinstance(message, list) or message.get("id", "none") != id):
            pass
        return message


def use_every_method(watched, home):
    """Each method with success; gives the secrets made, and the ids of one credential and one account."""
    account = watched.ask("accounts.create", {"name": "one"})["result"]["id"]
    made = [watched.ask(CREATE, {"name": f"n{number}", "nats_account_id": account})["result"] for number in range(3)]
    saved = [home / "app.creds", home / "config/nats/context/app.creds"]
    watched.ask(CREATE, {"name": "saved", "save_to": str(saved[0])})
    watched.ask(CREATE, {"name": "saved", "nats_context": "app"})
    watched.bridge.send([create(id=f"b{number}", name="in a batch") for number in range(3)])
    assert isinstance(watched.answer(), list)
    for method in sorted(METHODS):
        if schema(method)["properties"]["params"].get("required") or schema(method)["x-effect"] == "mutation":
            continue
        assert "result" in watched.ask(method), method
    watched.ask("credentials.get", {"nats_credentials_id": made[0]["id"]})
    watched.ask("accounts.get", {"nats_account_id": account})
    watched.ask("accounts.update", {"nats_account_id": account, "name": "two"})
    watched.ask("credentials.delete", {"nats_credentials_id": made[1]["id"]})
    other = watched.ask("accounts.create", {"name": "other"})["result"]["id"]
    watched.ask("accounts.delete", {"nats_account_id": other})
    count = len(watched.contents)
    assert count == 6 and watched.kinds == set()
    return watched.contents + [path.read_text() for path in saved], made[0]["id"], account


def echo_in_every_place(watched, secret):
    """The secret in every place of a request where it is refused. Where it is a legal name or path, it would be the caller's own."""
    text = json.dumps(secret).encode()
    legal = {(CREATE, "name"), (CREATE, "save_to"), (CREATE, "nats_context"), ("accounts.create", "name")}
    lines = [b'{"' + secret[:20].encode() + b"\x01", secret.encode().replace(b"\n", b" "), b"[" + text + b",]", text, b"[" + text + b"]"]
    lines += [b'{"jsonrpc":' + text + b',"id":1,"method":"bridge.ping"}', b'{"jsonrpc":"2.0","id":1,"method":' + text + b"}"]
    lines += [b'{"jsonrpc":"2.0","id":{' + text + b":1}}", b'{"jsonrpc":"2.0","id":1,"method":"bridge.ping","id":' + text + b"}"]
    for method in sorted(METHODS):
        names = [name for name in schema(method)["properties"]["params"].get("properties", {}) if (method, name) not in legal]
        params = [b"{%s:%s}" % (json.dumps(name).encode(), text) for name in names]
        params += [b"{%s:1}" % text, b"[%s]" % text, text, b'{"region":"local","region":%s}' % text]
        lines += [b'{"jsonrpc":"2.0","id":1,"method":"%s","params":%s}' % (method.encode(), given) for given in params]
    warnings = [b'{"jsonrpc":"2.0","method":"credentials.create","params":{"name":%s}}' % text, b'{"jsonrpc":"2.0","method":%s}' % text]
    warnings += [b'{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":%s}}' % text]
    watched.bridge.send(*lines, *warnings, {"jsonrpc": "2.0", "id": "end", "method": "bridge.ping"})
    watched.last("end")


def break_the_framing(watched):
    watched.bridge.send(
        b'{"a":' + b"[" * 200, b"[" + b",".join([b"1"] * 101) + b"]", b'"' + b"x" * (9 << 20) + b'"',
        {"jsonrpc": "2.0", "id": "end", "method": "bridge.ping"},
    )  # fmt: skip
    watched.last("end")


def be_refused(watched, home, credential, account):
    """Errors of methods whose params were right."""
    nowhere = "00000000-0000-4000-8000-000000000000"
    watched.ask("credentials.get", {"nats_credentials_id": nowhere})
    watched.ask("bridge.info", {"protocol": "9"})
    watched.ask("credentials.list", {"region": "fr-par"})
    watched.ask(CREATE, {"name": "n0", "if_exists": "fail"})
    watched.ask(CREATE, {"name": "in a batch", "if_exists": "replace", "save_to": str(home / "never.creds")})
    for path in (home / "app.creds", home / "missing/x", "/dev/null", home, state_folder(home) / "x", "x" * 255):
        watched.ask(CREATE, {"name": "x", "save_to": str(path)})
    (home / "dir").mkdir()
    # Committed, then not saved: the credential is undone.
    with held_store(home) as release:
        watched.bridge.send(create(id="late", name="late", save_to=str(home / "dir/late.creds")), PING[:-1])
        watched.last(1)
        watched.bridge.send(create(id="slow", name="slow", timeout_ms=1), create(id="slow", name="slow"))
        for id in ("cancelled", "cancelled too"):
            watched.bridge.send(create(id=id, name="x"), {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": id}})
        watched.last("cancelled too")
        (home / "dir").rmdir()
        release()
    watched.last("late")


def end_by_a_signal(watched, home):
    with held_store(home) as release:
        watched.bridge.send(create(id="runs", name="x"), {"jsonrpc": "2.0", "id": "waits", "method": "credentials.list"}, PING[:-1])
        watched.last(1)
        watched.terminate()
        watched.last("waits")
        release()
        watched.last("runs")


OF_THE_DRIVE = {
    "parse_error", "invalid_request", "duplicate_id", "message_too_large", "nesting_too_deep", "batch_too_large", "method_not_found",
    "invalid_params", "cancelled", "unsupported_protocol", "not_found", "timeout", "already_exists", "conflict", "not_configured",
    "save_failed", "shutting_down",
}  # fmt: skip


@pytest.fixture(scope="module")
def driven(tmp_path_factory, port):
    """One bridge that went through everything; what it showed, and what it must not have shown."""
    home = tmp_path_factory.mktemp("driven")
    with Watched(home, port) as watched:
        contents, credential, account = use_every_method(watched, home)
        for secret in secrets_as_text(contents[0]) + [KEY]:
            echo_in_every_place(watched, secret)
        break_the_framing(watched)
        be_refused(watched, home, credential, account)
        end_by_a_signal(watched, home)
    assert watched.kinds == OF_THE_DRIVE
    watched.contents, watched.home = contents, home
    return watched


def secrets_as_text(content):
    token, seed = parts(content)
    return [seed, token, content]


def test_the_search_finds_what_it_looks_for():
    """Else the tests below would see nothing."""
    seed = b"SUAJ2YNRTXX72WTAXKCEV5ES5QWMIRCJYVUXWMTJDFYDXLADDSXH6YALCA"
    in_base64 = [base64.b64encode(before + seed) for before in (b"", b"a", b"ab")]
    for shown in (seed, b"x" + seed[20:36] + b"x", *in_base64, seed.hex().encode()[10:42]):
        assert contains(b"before " + shown + b" after", [seed])
    hides(b"before " + seed[:15] + b" after " + seed[16:31], [seed])
    assert raw(seed.decode()).hex() == "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"


def all_secrets(driven):
    return [secret for content in driven.contents for secret in secrets_of(content)] + seeds_of_the_store(driven.home) + [KEY.encode()]


def test_other_answers_hold_no_secret(driven):
    hides(b"\n".join(driven.lines), all_secrets(driven))


def test_the_log_at_its_highest_level_holds_no_secret(driven):
    answered = driven.errors.count(b"answered method=credentials.create")
    assert answered >= 10, "the log was not at its highest level"
    hides(driven.errors, all_secrets(driven))


def test_each_secret_was_given_once(driven):
    seeds = [parts(content)[1].encode() for content in driven.contents]
    state = state_folder(driven.home)
    files = [path.read_bytes() for path in driven.home.rglob("*") if path.is_file() and state not in path.parents]
    in_files = [sum(seed in file for file in files) for seed in seeds]
    different = len(set(seeds))
    assert different == len(in_files) and in_files == [0] * (different - 2) + [1, 1]


def test_no_file_of_the_state_folder_holds_a_users_secret(driven):
    """Nor a token by which one could log in; only the signature of it is looked for, because the rest is public in other tokens."""
    home, secrets = driven.home, []
    for content in driven.contents:
        token, seed = parts(content)
        secrets += [seed.encode(), raw(seed), token.split(".")[2].encode()]
    files = [path for path in state_folder(home).rglob("*") if path.is_file()]
    assert {"store.db", "operator.jwt", "nats-server.conf"} <= {path.name for path in files}
    for path in files:
        hides(path.read_bytes(), secrets, path.name)


def test_no_name_of_a_file_holds_a_secret(driven):
    names = [str(path.relative_to(driven.home)) for path in driven.home.rglob("*")]
    assert "config/nats/context/app.creds" in names
    hides("\n".join(names).encode(), all_secrets(driven))


def test_what_a_client_saves_holds_no_key_that_signs(driven):
    hides("".join(driven.contents).encode(), seeds_of_the_store(driven.home))


@pytest.mark.parametrize("umask", [0o000, 0o777], ids=oct)
def test_the_state_folder_is_its_owners_alone_while_a_bridge_works(home, port, umask):
    with local(home, port, umask=umask) as bridge:
        made = bridge.result(CREATE, {"name": "app"})["id"]
        bridge.result("credentials.delete", {"nats_credentials_id": made})
        bridge.result(CREATE, {"name": "app"})
        found = {path: stat.filemode(path.stat().st_mode) for path in [state_folder(home), *state_folder(home).rglob("*")]}
    names = {path.name for path in found}
    assert {"store.db", "store.db-wal", "store.db-shm", "operator.jwt", "nats-server.conf", "resolver", "files.lock", "push.lock"} <= names
    assert {mode for path, mode in found.items() if path.is_dir()} == {"drwx------"}
    assert {mode for path, mode in found.items() if path.is_file()} == {"-rw-------"}


def test_a_deletion_that_is_not_enforced_shows_no_secret(home):
    """The nats-server takes the connection and says nothing."""
    with Port() as port, Watched(home, port) as watched:
        made = watched.ask(CREATE, {"name": "app"})["result"]["id"]
        port.socket.listen()
        watched.ask("credentials.delete", {"nats_credentials_id": made})
        assert watched.kinds == {"revocation_pending"}
        watched.terminate()
    secrets = secrets_of(watched.contents[0]) + seeds_of_the_store(home)
    hides(b"\n".join(watched.lines) + watched.errors, secrets)


def damage(home, secret):
    (state_folder(home) / "store.db").write_bytes(secret * 100)


def open_to_others(home, secret):
    state_folder(home).chmod(0o755)


def make_newer(home, secret):
    with contextlib.closing(sqlite3.connect(state_folder(home) / "store.db")) as store:
        store.execute("PRAGMA user_version = 99")


@pytest.mark.parametrize("harm", [damage, open_to_others, make_newer], ids=lambda harm: harm.__name__)
def test_errors_of_the_store_show_nothing_of_what_is_in_it(home, port, harm):
    with Watched(home, port) as first:
        content = first.ask(CREATE, {"name": "app"})["result"]["credentials"]["content"]
    secrets = secrets_of(content) + seeds_of_the_store(home)
    gather_store(state_folder(home))
    harm(home, parts(content)[1].encode())
    with Watched(home, port) as watched:
        for method in (CREATE, "credentials.list", "accounts.list", "bridge.info"):
            watched.ask(method)
        assert watched.kinds == {"storage"}
    doctor = run(home, "doctor", "--region", "local", "--nats-url", port.url)
    assert doctor.returncode != 0 and doctor.stdout
    hides(b"\n".join(watched.lines) + watched.errors + doctor.stdout + doctor.stderr, secrets)


def test_the_command_line_shows_a_secret_once(home, port):
    made = call(home, CREATE, "name=app", "region=local", "--nats-url", port.url, "--log-level", "trace")
    content = json.loads(made.stdout)["credentials"]["content"]
    secrets = secrets_of(content) + seeds_of_the_store(home)
    hides(made.stderr, secrets)
    hides(made.stdout.replace(json.dumps(content)[1:-1].encode(), b""), secrets)
    seed = parts(content)[1]
    get, unknown, wrong = ["credentials.get", f"nats_credentials_id={seed}"], [CREATE, f"{seed}=1"], [CREATE, f"overwrite={seed}"]
    for number, arguments in enumerate([get, unknown, wrong, [seed], [f"--{seed}"]]):
        refused = call(home, *arguments)
        hides(refused.stdout + refused.stderr, secrets, f"a secret is shown by number {number}")
        assert refused.returncode == 2


# Crashes

CRASHES = [signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT, signal.SIGTRAP]
every_crash = pytest.mark.parametrize("number", CRASHES, ids=lambda number: number.name)


@every_crash
def test_a_crash_ends_it_and_shows_nothing(home, port, number):
    """A core is allowed as far as the test itself may allow it."""
    (home / "work").mkdir()
    with local(home, port, cwd=home / "work", preexec_fn=allow_cores) as bridge:
        bridge.result(CREATE, {"name": "app"})
        bridge.process.send_signal(number)
        assert bridge.process.wait(LIMIT) == -number
        is_silent = (bridge.process.stdout.read(), bridge.process.stderr.read()) == (b"", b"")
        assert is_silent
    assert os.listdir(home / "work") == []


def allow_cores():
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


@every_crash
@pytest.mark.parametrize("kind", ["linkat", "write"])
def test_a_crash_while_a_secret_is_being_saved_shows_nothing(home, port, kind, number):
    """At a system call of the thread that saves, or at a write of any thread."""
    (home / "work").mkdir()
    with traced(home, kind, f"signal={number.name}:when=1", "--nats-url", port.url) as bridge:
        bridge.send(create(name="app", save_to=str(home / "work/app.creds")))
        assert bridge.line() is None
        assert bridge.process.wait(LIMIT) == -number
        is_silent = bridge.process.stderr.read() == b""
        assert is_silent
    for path in (home / "work").iterdir():
        assert stat.filemode(path.stat().st_mode) == "-rw-------" and path.name.endswith((".creds", ".tmp"))


def test_there_is_no_core_and_no_looking_into_the_process(home, port):
    log = home / "strace.log"
    with traced(home, "prctl", "delay_enter=1:when=1", "--nats-url", port.url, log=log) as bridge:
        assert bridge.result("bridge.ping") == {}
        assert b"prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE" in log.read_bytes()
    with local(home, port, preexec_fn=allow_cores) as bridge:
        bridge.result("bridge.ping")
        with open(f"/proc/{bridge.process.pid}/limits") as file:
            [limits] = [line.split() for line in file if line.startswith("Max core file size")]
        assert limits[4:6] == ["0", "0"]


def test_it_starts_no_other_program(home, port):
    """Whoever starts one hands it the environment and may hand it descriptors."""
    log = home / "strace.log"
    with traced(home, "execve,execveat,?fork,?vfork", "delay_enter=1:when=1", "--nats-url", port.url, log=log) as bridge:
        saved_right(bridge.result(CREATE, {"name": "app", "save_to": str(home / "app.creds"), "nats_context": "app"}))
        bridge.result("rpc.discover")
        assert bridge.end()[0] == 0
    assert [line for line in log.read_text().splitlines() if "exec" in line or "fork" in line][1:] == []
