"""One random history of a bridge, its store, its files and its nats-servers, and what must be true after each step and at the end.

It holds the bridge to what is promised, and knows of its tables only which claims an account has. Names are unique in a history, so that a
replacement has one credential to replace."""

import contextlib
import os
import random
import re
import shutil
import signal
import sqlite3
import time

from bridge import LIMIT, Bridge, masked
from live_clients import beside, cluster_of_two
from nats_server import NATSServer, Port
from process_tools import run
from revoking import CREATE, DELETE, Home, accepts, listed

ACTIVE, DELETED, UNSURE, UNKNOWN = "active", "deleted", "unsure", "unknown"
STEPS = (8, 14)
# On a machine that has time for it.
AGREES_WITHIN = 2.0


class Credential:
    """One that was made, and what was said of it. Unsure: its deletion was asked for and not answered as done. Unknown: made after the copy
    of the store that was put back. Missed: the second server of a cluster, which keeps claims in a folder of its own, had never acknowledged
    any of the account when the deletion was asked for; it may have them from its neighbour all the same, and nobody can know."""

    def __init__(self, id, account, name, creds):
        self.id, self.account, self.name, self.creds, self.state = id, account, name, creds, ACTIVE
        self.is_missed = False


class History:
    def __init__(self, folder, seed, program):
        self.chance, self.folder, self.program = random.Random(seed), folder, program
        self.credentials, self.accounts, self.closed = [], [], []
        self.copy, self.past, self.tampered, self.must_tell = None, {}, set(), False
        self.count = 0
        self.is_cluster = self.chance.random() < 0.25
        self.servers = {"first": None} | ({"second": None} if self.is_cluster else {})
        self.bridge, self.url = None, None

    def say(self, text):
        """What is printed when a history fails."""
        print(f"  {text}")

    # The parts.

    def __enter__(self):
        self.stack = contextlib.ExitStack()
        self.ports = {name: self.stack.enter_context(Port()) for name in ("home", "elsewhere", "second", "nowhere", "mine", "yours")}
        self.home = Home(self.folder, self.ports["home"], self.program)
        return self

    def __exit__(self, *_):
        for name in self.servers:
            self.stop(name, signal.SIGKILL)
        if self.bridge:
            self.bridge.__exit__()
        self.stack.close()

    def start(self, name, elsewhere=False):
        """Starts a server where it is configured to listen; or, by a file of the user's own, elsewhere."""
        if self.is_cluster:
            first, second = self.cluster()
            server = first if name == "first" else second
            if elsewhere:
                text = server.configuration.read_text() + f'\nlisten: "127.0.0.1:{self.ports["elsewhere"].number}"\n'
                path = self.folder / "elsewhere.conf"
                path.write_text("\n".join(line for line in text.splitlines() if line != f'listen: "127.0.0.1:{self.ports["home"].number}"'))
                server = NATSServer(path, self.ports["elsewhere"])
        elif elsewhere:
            port = self.ports["elsewhere"]
            server = NATSServer(beside(self.home, "elsewhere", f'listen: "127.0.0.1:{port.number}"', without=("listen",)), port)
        else:
            server = NATSServer(self.home.state / "nats-server.conf", self.ports["home"])
        server.program = self.program
        server.start()
        self.servers[name] = server

    def cluster(self):
        """The two servers' configurations, made from the generated one as it stands now."""
        resolver = self.folder / "second-resolver"
        kept = self.folder / "kept-resolver"
        if resolver.exists():
            resolver.rename(kept)
        both = cluster_of_two(self.home, self.ports["second"], (self.ports["mine"], self.ports["yours"]))
        if kept.exists():
            resolver.rmdir()
            kept.rename(resolver)
        return both

    def stop(self, name, how):
        server, self.servers[name] = self.servers[name], None
        if server:
            server.stop(how)

    def running(self):
        return {name: server for name, server in self.servers.items() if server}

    def begin_bridge(self, url, *more):
        self.end_bridge()
        self.url = url
        self.bridge = Bridge(self.folder, "--region", "local", "--nats-url", self.ports[url].url, *more)

    def end_bridge(self):
        if self.bridge:
            with self.bridge as bridge:
                assert bridge.end()[0] == 0
            self.bridge = None

    # What is asked, and what an answer means.

    def new_name(self, kind):
        self.count += 1
        return f"{kind} {self.count}"

    def create(self, account):
        name = self.new_name("credential")
        row = self.bridge.result(CREATE, {"name": name, "nats_account_id": account})
        self.credentials.append(Credential(row["id"], account, name, row["credentials"]["content"]))

    def request(self, kind):
        """A change that ends something: method, params, and what to do with the answer, which is None where none came."""
        if kind == "delete the account":
            account = self.chance.choice(self.accounts)
            self.accounts.remove(account)
            self.closed.append(account)
            ended = [one for one in self.credentials if one.account == account]
            for one in ended:
                one.is_missed = self.misses(account)
            return "accounts.delete", {"nats_account_id": account}, lambda answer: self.take(answer, ended, "deleted")
        one = self.chance.choice([one for one in self.credentials if one.state in (ACTIVE, UNSURE) and one.account in self.accounts and one.id])
        one.is_missed = self.misses(one.account)
        if kind == "delete" or not self.is_single(one):
            return DELETE, {"nats_credentials_id": one.id}, lambda answer: self.take(answer, [one], "deleted")
        path = self.folder / f"{one.id}.creds"
        params = {"name": one.name, "nats_account_id": one.account, "if_exists": "replace", "save_to": str(path)}
        return CREATE, params, lambda answer: self.take_replacement(answer, one, path)

    def is_single(self, one):
        """Whether it is the one of its name, whatever became of others."""
        others = [other for other in self.credentials if (other.account, other.name) == (one.account, one.name) and other.state != DELETED]
        return one.state == ACTIVE and others == [one]

    def take(self, answer, ended, word):
        """Whoever is said to be gone is refused by every server that runs, now."""
        result = (answer or {}).get("result")
        if answer and not result:
            kind = answer["error"]["data"]["kind"]
            # Not found: a copy of the store was put back, or a bridge was killed, after which this is what should be.
            allowed = ["revocation_pending"] + (["not_found"] if any(one.state != ACTIVE for one in ended) or not ended else [])
            assert kind in allowed, masked(answer)
        is_done = bool(result and result.get(word))
        for one in ended:
            one.state = DELETED if is_done or one.state == DELETED else UNSURE
        if is_done:
            self.tampered -= {one.account for one in ended}
            self.refused(ended, "an answer said that it is gone")

    def take_replacement(self, answer, one, path):
        if answer and "error" in answer:
            # Nothing is replaced where nothing could be made.
            raise AssertionError(masked(answer))
        if path.exists():
            with contextlib.closing(sqlite3.connect(self.home.state / "store.db", timeout=LIMIT)) as store:
                rows = store.execute("SELECT id FROM credentials WHERE name = ? AND id <> ?", [one.name, one.id]).fetchall()
            made = answer["result"]["id"] if answer else rows[0][0] if len(rows) == 1 else None
            new = Credential(made, one.account, one.name, path.read_text())
            new.state = ACTIVE if answer else UNSURE
            self.credentials.append(new)
        if answer is None:
            one.state = UNSURE
            return
        result = answer["result"]
        assert result.get("replaced", []) + result.get("not_deleted", []) == [one.id]
        self.take({"result": result} if result["replaced"] else None, [one], "replaced")

    def misses(self, account):
        sql = "SELECT 1 FROM acknowledgements WHERE account_id = ? AND server_name = 'second'"
        return self.is_cluster and not self.home.rows(sql, account)

    def refused(self, credentials, why):
        for name, server in self.running().items():
            for one in credentials:
                if name == "second" and one.is_missed:
                    continue
                assert not accepts(server.port, one.creds), f"the {name} server accepts {one.name} of {one.account[:6]}: {why}"

    def nobody_is_back(self):
        """Whoever was deleted stays so, but where somebody has changed the files since, which the bridge must see first."""
        self.refused([one for one in self.credentials if one.state == DELETED and one.account not in self.tampered], "it was deleted")

    # The steps.

    def steps(self):
        """What may happen now, and how often."""
        ours = [one for one in self.credentials if one.account in self.accounts and one.state in (ACTIVE, UNSURE) and one.id]
        is_up = [name for name, server in self.servers.items() if server]
        is_down = [name for name, server in self.servers.items() if not server]
        possible = [
            (6, self.creates, self.accounts), (8, self.deletes, ours), (2, self.replaces, ours), (2, self.renames, self.accounts),
            (2, self.closes, len(self.accounts) > 1), (2, self.adds_an_account, True), (3, self.stops_a_server, is_up),
            (4, self.starts_a_server, is_down), (3, self.moves_the_server, True), (2, self.is_told_to_listen_elsewhere, not self.is_cluster),
            (3, self.is_asked_with_another_url, True), (4, self.harms_a_file, self.past), (2, self.copies_the_store, True),
            (3, self.puts_the_store_back, self.copy and not self.tampered), (4, self.is_killed, ours),
        ]  # fmt: skip
        return [(weight, step) for weight, step, is_possible in possible if is_possible]

    def run(self):
        self.begin_bridge("home")
        for _ in range(2):
            self.adds_an_account()
        for name in self.servers:
            self.start(name)
        for account in self.accounts * 2:
            self.create(account)
        for _ in range(self.chance.randint(*STEPS)):
            weights, steps = zip(*self.steps())
            (step,) = self.chance.choices(steps, weights)
            step()
            for account in [*self.accounts, *self.closed]:
                with contextlib.suppress(FileNotFoundError):
                    self.past.setdefault(account, set()).add(self.file(account).read_bytes())
            self.nobody_is_back()
        self.ends_well()

    def creates(self):
        self.say("create")
        self.create(self.chance.choice(self.accounts))

    def asks(self, kind):
        method, params, take = self.request(kind)
        answer = self.bridge.call(method, params)
        self.say(f"{kind}: {answer['error']['data']['kind'] if 'error' in answer else 'done'}")
        take(answer)

    def deletes(self):
        self.asks("delete")

    def replaces(self):
        self.asks("replace")

    def closes(self):
        self.asks("delete the account")

    def renames(self):
        self.say("rename")
        self.bridge.result("accounts.update", {"nats_account_id": self.chance.choice(self.accounts), "name": self.new_name("account")})

    def adds_an_account(self):
        self.say("a new account")
        self.accounts.append(self.bridge.result("accounts.create", {"name": self.new_name("account")})["id"])

    def stops_a_server(self):
        name = self.chance.choice(list(self.running()))
        how = self.chance.choice([signal.SIGTERM, signal.SIGKILL])
        self.say(f"the {name} server ends by {how.name}")
        self.stop(name, how)

    def starts_a_server(self):
        name = self.chance.choice([name for name, server in self.servers.items() if not server])
        self.say(f"the {name} server starts")
        self.start(name)

    def moves_the_server(self):
        how = self.chance.choice([signal.SIGTERM, signal.SIGKILL])
        self.say(f"the first server ends by {how.name} and starts by the user's own file at another port")
        self.stop("first", how)
        self.start("first", elsewhere=True)

    def is_told_to_listen_elsewhere(self):
        self.say("the server's configuration is made to listen at another port, by --listen; it may be restarted")
        self.ports["home"], self.ports["elsewhere"] = self.ports["elsewhere"], self.ports["home"]
        self.home.port = self.ports["home"]
        self.begin_bridge("home", "--listen", f"127.0.0.1:{self.ports['home'].number}")
        self.bridge.result("accounts.create", {"name": self.new_name("account")})
        text = (self.home.state / "nats-server.conf").read_text()
        assert re.search(r"^listen: .*:(\d+)", text, re.MULTILINE)[1] == str(self.ports["home"].number)
        if self.chance.random() < 0.5:
            self.say("… and is")
            self.stop("first", signal.SIGTERM)
            self.start("first")

    def is_asked_with_another_url(self):
        url = self.chance.choice([url for url in ("home", "nowhere", "elsewhere", "second") if url != self.url])
        self.say(f"a new bridge, asked with the URL {url}")
        self.begin_bridge(url)

    def file(self, account):
        return self.home.state / "resolver" / f"{account}.jwt"

    def harms_a_file(self):
        account = self.chance.choice(sorted(self.past))
        path, texts = self.file(account), sorted(self.past[account])
        how = self.chance.choice(["is lost", "is emptied", "is cut", "is put back older"])
        self.say(f"the file of {account[:6]} {how}")
        if how == "is lost":
            path.unlink(missing_ok=True)
        else:
            text = self.chance.choice(texts)
            path.write_bytes({"is emptied": b"", "is cut": text[: len(text) // 2], "is put back older": text}[how])
            path.chmod(0o600)
        self.tampered.add(account)

    def copies_the_store(self):
        self.say("the store is copied")
        self.copy = self.folder / f"copy {self.count}.db"
        with self.home.store() as store, contextlib.closing(sqlite3.connect(self.copy)) as copy:
            store.backup(copy)
        self.copied = ({id for (id,) in self.home.rows("SELECT id FROM credentials")}, self.claims())

    def claims(self):
        """The issued-at of each account's claims in the store."""
        return dict(self.home.rows("SELECT id, claims_iat FROM accounts"))

    def puts_the_store_back(self):
        self.say("the older copy of the store is put back")
        self.end_bridge()
        for name in ("store.db-wal", "store.db-shm"):
            (self.home.state / name).unlink(missing_ok=True)
        shutil.copy(self.copy, self.home.state / "store.db")
        (self.home.state / "store.db").chmod(0o600)
        known, issued = self.copied
        for one in self.credentials:
            if one.id not in known and one.state != DELETED:
                # Whether its deletion was recorded before the bridge was killed is not to be learnt any more.
                one.state, one.id = (UNKNOWN, one.id) if one.state == ACTIVE else (UNSURE, None)
        self.accounts = [account for account in self.accounts if account in issued]
        newer = {account for account, issued_at in issued.items() if self.issued(account) > issued_at}
        self.must_tell |= any(one.state == UNKNOWN and one.account in newer for one in self.credentials)
        self.copy = None
        self.begin_bridge(self.url)
        listed(self.bridge)
        # What the newer files say is in the store before somebody takes the files away.
        wait(self.unmerged, "the newer claims of the files are not taken into the store")
        if not self.accounts:
            self.adds_an_account()

    def unmerged(self):
        return [account for account, issued_at in self.claims().items() if not self.issued(account) or self.issued(account) > issued_at]

    def issued(self, account):
        """The issued-at of the claims in an account's file; 0 while a server writes it, which is not done in one step."""
        try:
            return self.home.file_claims(account)["iat"]
        except (OSError, ValueError, IndexError):
            return 0

    def is_killed(self):
        kind = self.chance.choice(["delete", "delete", "replace"] + ["delete the account"] * (len(self.accounts) > 1))
        method, params, take = self.request(kind)
        answer = None
        with self.bridge as bridge:
            bridge.send({"jsonrpc": "2.0", "id": "k", "method": method, "params": params})
            with contextlib.suppress(TimeoutError):
                answer = bridge.message(self.chance.uniform(0, 0.02))
            bridge.process.kill()
            answer = answer or bridge.message()
        self.bridge = None
        self.say(f"{kind}, and the bridge is killed{', after its answer' if answer else ''}")
        self.begin_bridge(self.url)
        take(answer)

    # The end.

    def ends_well(self):
        self.say("all is reachable again")
        self.end_bridge()
        for name in self.servers:
            self.stop(name, signal.SIGTERM)
        for name in self.servers:
            self.start(name)
        self.begin_bridge("home")
        wait(self.differences, "store, files and servers differ")
        # What is done when all is well is done at once.
        self.create(self.accounts[0])
        last = self.credentials[-1]
        answer = self.bridge.call(DELETE, {"nats_credentials_id": last.id})
        assert "result" in answer, masked(answer)
        self.take(answer, [last], "deleted")
        self.end_bridge()

    def differences(self):
        """What store, files and servers do not agree about. Also while something is pending clients log in: a nats-server that loads an account
        for a login while it takes new claims may go by the old ones, and must be found out."""
        rows, found = listed(self.bridge), []
        for name, server in self.servers.items():
            for one in self.credentials:
                if name == "second" and one.is_missed:
                    continue
                is_listed, is_in = one.id in rows, accepts(server.port, one.creds)
                should = {ACTIVE: True, UNKNOWN: True, DELETED: False, UNSURE: is_in if one.id is None else is_listed}[one.state]
                if is_in != should or is_listed != (should and one.state != UNKNOWN) and one.id:
                    found.append(f"{one.name} of {one.account[:6]}, {one.state}: {is_listed=}, the {name} server: {is_in}")
        for account, issued_at in self.claims().items():
            try:
                text = self.file(account).read_text()
                if self.home.file_claims(account)["iat"] != issued_at:
                    found.append(f"the file of {account[:6]} is older or newer than the store")
            except (OSError, ValueError, IndexError) as error:
                found.append(f"the file of {account[:6]}: {error}")
                continue
            if self.home.ask(f"$SYS.REQ.ACCOUNT.{account}.CLAIMS.LOOKUP") != text:
                found.append(f"the server's claims of {account[:6]} are not the file's")
        # Last: what is found wrong, and mended, is pending until every server has it.
        info = self.bridge.result("bridge.info")
        if info["pending_pushes"]:
            found.append(f"{info['pending_pushes']} pending")
        if self.must_tell and info.get("unknown_since") is None:
            found.append("nobody is told of unknown credentials")
        if not found and info.get("unknown_since") is None:
            # It sees also the files of accounts that are deleted.
            arguments = ["--region", "local", "--nats-url", self.ports["home"].url]
            report = run(self.folder, "doctor", *arguments)
            if report.returncode and any(one.is_missed for one in self.credentials):
                # It sees the older claims of the second server, too, which nobody owed any.
                assert b"it has other claims of" in report.stdout, report.stdout
                run(self.folder, "doctor", "--repair", *arguments)
                report = run(self.folder, "doctor", *arguments)
            if report.returncode:
                found.append(report.stdout.decode())
        return found


def wait(differences, otherwise):
    """Until nothing differs: for two seconds, and longer on a machine that has other things to do."""
    deadline = time.monotonic() + AGREES_WITHIN * max(1, os.getloadavg()[0] / os.cpu_count())
    while found := differences():
        assert time.monotonic() < deadline, f"{otherwise}: {'; '.join(found)}"
