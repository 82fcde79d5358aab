"""A deletion that some nats-server has not heard of says so, and is enforced by itself as soon as that server can hear.

A server that says nothing is given 2 s for each conversation, so nearly all of this is waiting: some scenarios run at the same time, each with
servers of its own."""

import contextlib
import fcntl
import functools
import json
import re
import socket
import threading

import pytest

from beside import Beside
from bridge import LIMIT
from live_clients import (
    Client, Proxy, cluster_of_two, hear_each_other, keeps_a_stream, listens, paused, server_name, slow_to_listen,
)  # fmt: skip
from nats_server import NATSServer, Port
from process_tools import call, run
from revoking import DELETE, Home, create, eventually, listed, log_in, payload, public_key, user_creds

SCENARIOS = Beside(at_once=5)


def scenario(stage, **variants):
    """Registers a function to be run on a stage of its own; once for each variant, which it gets as a second argument."""

    def register(function):
        name = function.__name__.replace("_", " ")
        for variant, value in variants.items():
            SCENARIOS[f"{name} ({variant.replace('_', ' ')})"] = functools.partial(play, stage, function, value)
        if not variants:
            SCENARIOS[name] = functools.partial(play, stage, function)
        return function

    return register


def play(stage, function, *value_and_folder):
    *value, folder = value_and_folder
    with stage(folder) as case:
        function(case, *value)


@pytest.fixture(scope="module")
def played(request, tmp_path_factory):
    with SCENARIOS.running(request, tmp_path_factory) as result:
        yield result


class Case(Home):
    """A home with an account, a neighbour and a victim in it, and a bridge that serves."""

    @contextlib.contextmanager
    def stopping(self):
        try:
            yield self
        finally:
            self.server.stop()

    def begin(self, bridge):
        self.serving = bridge
        self.neighbour = create(bridge, "neighbour")[1]
        self.id, self.creds = create(bridge, "victim")
        self.account = bridge.result("accounts.list")["nats_accounts"][0]["id"]
        self.name = server_name(self)

    def delete(self, bridge=None, **params):
        return (bridge or self.serving).call(DELETE, {"nats_credentials_id": self.id, **params})

    def deletes(self, bridge=None):
        answer = self.delete(bridge)
        assert answer.get("result") == {"nats_credentials_id": self.id, "deleted": True, "region": "local"}, answer
        self.is_over(bridge)

    def leaves_pending(self, bridge=None, servers=None, reason="silent", **params):
        """Asks for the deletion, which is recorded and not enforced."""
        error = self.delete(bridge, **params)["error"]
        is_pending(error, "credentials", self.id, servers or [self.name], reason)

    def is_revoking(self, bridge=None):
        """Seen so by lists, gets and the bridge itself."""
        bridge = bridge or self.serving
        assert {row["name"]: row["state"] for row in listed(bridge).values()} == {"neighbour": "active", "victim": "revoking"}
        page = bridge.result("credentials.list", {"nats_account_id": self.account})
        assert {row["name"]: row["state"] for row in page["nats_credentials"]} == {"neighbour": "active", "victim": "revoking"}
        assert bridge.result("credentials.get", {"nats_credentials_id": self.id})["state"] == "revoking"
        assert bridge.result("bridge.info")["pending_pushes"] == 1
        assert (self.state / "pending").exists()

    def is_over(self, bridge=None):
        """Deleted for everybody."""
        bridge = bridge or self.serving
        assert {row["name"]: row["state"] for row in listed(bridge).values()} == {"neighbour": "active"}
        assert bridge.error("credentials.get", {"nats_credentials_id": self.id})["data"]["kind"] == "not_found"
        assert bridge.result("bridge.info")["pending_pushes"] == 0
        assert self.delete(bridge)["error"]["data"]["kind"] == "not_found"

    def is_enforced(self):
        assert not self.is_accepted(self.creds) and self.is_accepted(self.neighbour)

    def mark_goes(self):
        eventually(lambda: not (self.state / "pending").exists(), "the mark stays")


def is_pending(error, resource, id, servers, reason):
    data = error["data"]
    assert (error["code"], data["kind"], data["retryable"], data["outcome"]) == (1504, "revocation_pending", True, "done"), error
    assert (data["servers"], data["reason"], data["resource"], data["resource_id"]) == (servers, reason, resource, id), error
    assert 0 < data["retry_after_ms"] <= 60_000


@contextlib.contextmanager
def unserved(folder):
    """Nobody listens yet."""
    with Port() as port, Case(folder, port).stopping() as case, case.bridge() as bridge:
        case.begin(bridge)
        yield case


@contextlib.contextmanager
def served(folder):
    """The server has let both in."""
    with unserved(folder) as here, here.server:
        here.serving.result("accounts.update", {"nats_account_id": here.account, "name": "known to the server"})
        with Client(here.port, here.creds) as victim, Client(here.port, here.neighbour) as other:
            hear_each_other(victim, other)
            here.victim, here.other = victim, other
            yield here


# Nobody listens.


@scenario(unserved, never_started=False, known=True)
def a_server_that_is_down_reads_the_deletion_when_it_starts(here, was_known):
    if was_known:
        with here.server:
            assert here.is_accepted(here.creds)
            here.serving.result("accounts.update", {"nats_account_id": here.account, "name": "known"})
    here.deletes()
    # Nobody serves, so nobody tells the server anything.
    assert here.serving.end()[0] == 0
    with here.server:
        here.is_enforced()


@scenario(unserved)
def many_deletions_while_the_server_is_down(here):
    victims = [(here.id, here.creds), *(create(here.serving, "victim") for _ in range(10))]
    for id, _ in victims:
        assert here.serving.result(DELETE, {"nats_credentials_id": id})["deleted"]
    with here.server:
        assert not any(here.is_accepted(creds) for _, creds in victims)
        assert here.is_accepted(here.neighbour)


@contextlib.contextmanager
def starting(folder):
    """The server has read the account's claims for its JetStream data and does not listen yet: it refuses connections as one that is down
    does, and will not read anything more."""
    with served(folder) as here:
        keeps_a_stream(here.other)
        here.server.stop()
        with slow_to_listen(here.server, folder) as here.wait_until_it_listens:
            assert not listens(here.port)
            yield here


def answers_while_it_starts(here, method, params):
    answer = here.serving.call(method, params)
    assert "result" in answer or answer["error"]["data"]["kind"] == "revocation_pending"
    assert not listens(here.port), "the deletion took too long to show anything"


def goes_dead(here, *more):
    for creds in (here.creds, *more):
        eventually(lambda: not here.is_accepted(creds), "a deleted credential is accepted", limit=8)
    here.heals()
    here.mark_goes()


@scenario(starting)
def a_server_that_has_read_its_claims_and_does_not_listen_yet_is_told_when_it_does(here):
    answers_while_it_starts(here, DELETE, {"nats_credentials_id": here.id})
    here.wait_until_it_listens()
    goes_dead(here)
    here.is_enforced()
    here.is_over()


@scenario(starting)
def a_server_that_has_read_its_claims_is_told_that_an_account_is_deleted_when_it_listens(here):
    answers_while_it_starts(here, "accounts.delete", {"nats_account_id": here.account})
    here.wait_until_it_listens()
    goes_dead(here, here.neighbour)
    assert here.serving.result("accounts.list")["nats_accounts"] == []


@scenario(starting)
def a_server_that_has_read_its_claims_is_told_by_the_next_bridge(here):
    answers_while_it_starts(here, DELETE, {"nats_credentials_id": here.id})
    assert here.serving.end()[0] == 0
    here.wait_until_it_listens()
    with here.bridge() as next_one:
        goes_dead(here)
        here.is_over(next_one)
    here.is_enforced()


# A server that says nothing.


@scenario(served)
def a_paused_server_is_pending_and_cuts_off_by_itself_when_it_goes_on(served):
    with paused(served.server) as go_on:
        served.leaves_pending()
        served.is_revoking()
        assert not served.victim.has_ended()
        go_on()
        # The bridge is asked nothing more.
        assert served.victim.has_ended(LIMIT), "the connection stays"
        served.heals()
    served.is_enforced()
    served.mark_goes()
    served.is_over()
    hear_each_other(served.other, served.other, "still here")


@scenario(served)
def asked_again_it_waits_again_and_changes_nothing(served):
    with paused(served.server) as go_on:
        served.leaves_pending()
        claims = served.file_claims(served.account)
        served.leaves_pending(missing_ok=True)
        served.is_revoking()
        assert served.file_claims(served.account) == claims and len(claims["nats"]["revocations"]) == 1
        served.serving.send(
            {"jsonrpc": "2.0", "id": "again", "method": DELETE, "params": {"nats_credentials_id": served.id, "missing_ok": True}}
        )
        go_on()
        # If what goes on by itself was faster, there was nothing left to delete. In both cases it holds now.
        assert "deleted" in served.serving.message()["result"]
        assert served.victim.has_ended()
    served.is_enforced()
    served.is_over()
    assert served.server_claims(served.account) == claims


@scenario(served, of_the_local_region=["--region", "local"], of_no_region=[])
def another_bridge_that_starts_goes_on_with_it(served, arguments):
    with paused(served.server) as go_on:
        served.leaves_pending()
        assert served.serving.end()[0] == 0
        go_on()
        assert_nobody_tells(served)
        served.arguments = [*arguments, "--nats-url", served.port.url]
        with served.bridge():
            # It is asked nothing at all.
            assert served.victim.has_ended(LIMIT), "the connection stays"
            served.heals()
            served.mark_goes()
    served.is_enforced()


def assert_nobody_tells(case):
    """While no bridge serves the credential lives on, so what ends it later is the bridge that comes."""
    case.victim.awaits_pong()
    assert case.is_accepted(case.creds)
    assert (case.state / "pending").exists()


@scenario(served)
def an_idle_bridge_goes_on_with_it_when_it_is_asked_for_the_local_region(served):
    with served.bridge() as idle:
        assert len(listed(idle)) == 2
        with paused(served.server) as go_on:
            served.leaves_pending()
            assert served.serving.end()[0] == 0
            go_on()
        assert_nobody_tells(served)
        assert idle.result("accounts.list")["total_count"] == 1
        assert served.victim.has_ended(LIMIT), "the connection stays"
        served.heals()
        served.is_over(idle)
    served.is_enforced()


@scenario(served)
def a_bridge_that_ends_its_work_is_killed_and_another_goes_on(served):
    with paused(served.server) as go_on:
        served.leaves_pending()
        served.serving.process.kill()
        served.serving.process.wait(LIMIT)
        with served.bridge() as next_one:
            served.is_revoking(next_one)
            go_on()
            assert served.victim.has_ended(LIMIT), "the connection stays"
            served.heals()
            served.is_over(next_one)
    served.is_enforced()


@scenario(served)
def a_call_says_so_by_its_exit_status_and_the_next_call_ends_it(served):
    wanted = ["credentials.delete", f"nats_credentials_id={served.id}", *served.arguments]
    assert served.serving.end()[0] == 0
    with paused(served.server) as go_on:
        first = call(served.folder, *wanted)
        assert first.returncode == 6 and b"revocation_pending" in first.stdout + first.stderr
        go_on()
    assert_nobody_tells(served)
    second = call(served.folder, *wanted, "missing_ok=true")
    assert second.returncode == 0 and json.loads(second.stdout)["nats_credentials_id"] == served.id
    assert served.victim.has_ended()
    served.is_enforced()


@scenario(served)
def a_short_time_does_not_hide_that_it_is_recorded(served):
    with paused(served.server) as go_on:
        answer = served.delete(timeout_ms=1)
        # It may run out before anything was done.
        if answer["error"]["data"]["kind"] == "timeout":
            assert answer["error"]["data"]["outcome"] == "none"
            assert {row["state"] for row in listed(served.serving).values()} == {"active"}
        served.leaves_pending(timeout_ms=500)
        served.is_revoking()
        go_on()
        served.heals()
    assert served.victim.has_ended()
    served.is_over()


@scenario(served)
def a_credential_made_meanwhile_is_accepted_and_other_deletions_wait_too(served):
    third, third_creds = create(served.serving, "third")
    with paused(served.server) as go_on:
        served.leaves_pending()
        made, made_creds = create(served.serving, "made meanwhile")
        is_pending(served.serving.error(DELETE, {"nats_credentials_id": third}), "credentials", third, [served.name], "silent")
        states = {row["name"]: row["state"] for row in listed(served.serving).values()}
        assert states == {"neighbour": "active", "victim": "revoking", "third": "revoking", "made meanwhile": "active"}
        # One account, one push.
        assert served.serving.result("bridge.info")["pending_pushes"] == 1
        go_on()
        served.heals()
    assert not served.is_accepted(third_creds) and served.is_accepted(made_creds)
    served.is_enforced()
    assert {row["name"] for row in listed(served.serving).values()} == {"neighbour", "made meanwhile"} and made in listed(served.serving)


@scenario(served)
def a_server_that_dies_while_it_is_paused_reads_the_deletion_when_it_starts_again(served):
    with paused(served.server):
        served.leaves_pending()
        served.server.process.kill()
        # Nobody listens now, so the next attempt finds it settled.
        served.heals()
    served.is_over()
    served.server.stop()
    served.server.start()
    served.is_enforced()


@scenario(served)
def another_process_that_pushes_for_too_long_is_waited_for_and_then_said(served):
    with (served.state / "push.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        served.leaves_pending(servers=["?"], reason="busy")
        served.is_revoking()
        served.victim.awaits_pong()
    served.heals()
    assert served.victim.has_ended()
    served.is_enforced()
    served.is_over()


# Two servers in a cluster.


@contextlib.contextmanager
def both(folder):
    """Two servers that know each other and the account; the victim and its neighbour are connected to each."""
    with unserved(folder) as here, Port() as other_port, Port() as mine, Port() as yours:
        servers = cluster_of_two(here, other_port, (mine, yours))
        with contextlib.ExitStack() as stack:
            for server in servers:
                stack.enter_context(server)
            eventually(lambda: pings(here) == {here.name, "second"}, "the servers do not find each other")
            renamed = here.serving.result("accounts.update", {"nats_account_id": here.account, "name": "known to both"})
            assert renamed["pushed"] is True
            here.victims = [stack.enter_context(Client(server.port, here.creds)) for server in servers]
            here.others = [stack.enter_context(Client(server.port, here.neighbour)) for server in servers]
            here.servers = servers
            yield here


def pings(here):
    """Which servers answer to one of them, until one of them says that it knows of both."""
    connection = log_in_to_system(here)
    with connection, connection.makefile("rb") as lines:
        connection.sendall(b"SUB _INBOX.a 1\r\nPUB $SYS.REQ.SERVER.PING _INBOX.a 0\r\n\r\n")
        names, count = set(), 1
        while len(names) < count:
            line = lines.readline()
            if line.startswith(b"MSG"):
                answer = json.loads(lines.read(int(line.split()[-1])))
                names.add(answer["server"]["name"])
                count = max(count, answer["statsz"]["active_servers"])
    return names


def log_in_to_system(here):
    ((identity, signer),) = here.rows("SELECT system_seed, system_signing_seed FROM state")
    return log_in(here.port, user_creds(public_key(identity), signer))


def accepts(server, creds):
    connection = log_in(server.port, creds)
    if connection:
        connection.close()
    return connection is not None


def refused_everywhere(here):
    assert [accepts(server, here.creds) for server in here.servers] == [False, False]
    assert [accepts(server, here.neighbour) for server in here.servers] == [True, True]


@scenario(both)
def every_server_of_a_cluster_has_cut_off_before_the_answer(both):
    hear_each_other(both.others[0], both.others[1])
    assert both.delete().get("result") == {"nats_credentials_id": both.id, "deleted": True, "region": "local"}
    assert [client.has_ended() for client in both.victims] == [True, True]
    for client in both.others:
        client.awaits_pong()
    refused_everywhere(both)
    both.is_over()


@scenario(both, the_one_that_is_asked=0, the_other_one=1)
def a_server_of_a_cluster_that_is_paused_is_named(both, which):
    with paused(both.servers[which]) as go_on:
        # The other one is only reached through the first.
        both.leaves_pending(servers=[[both.name, "second"], ["second"]][which])
        both.is_revoking()
        assert not both.victims[which].has_ended()
        # The one that could hear has done it.
        assert both.victims[0].has_ended() == (which == 1)
        go_on()
        assert all(client.has_ended(LIMIT) for client in both.victims), "a connection stays"
        both.heals()
    refused_everywhere(both)
    both.is_over()


@scenario(both)
def a_server_of_a_cluster_that_is_down_is_named_and_hears_when_it_is_back(both):
    both.servers[1].stop()
    both.leaves_pending(servers=["second"])
    assert both.victims[0].has_ended()
    both.is_revoking()
    both.servers[1].start()
    both.heals()
    refused_everywhere(both)
    both.is_over()


@scenario(both)
def the_deletion_of_an_account_reaches_every_server_of_a_cluster(both):
    with paused(both.servers[1]) as go_on:
        error = both.serving.error("accounts.delete", {"nats_account_id": both.account})
        is_pending(error, "account", both.account, ["second"], "silent")
        assert all(clients[0].has_ended() and not clients[1].has_ended() for clients in (both.victims, both.others))
        go_on()
        both.heals()
    assert all(client.has_ended() for client in [*both.victims, *both.others])
    for server in both.servers:
        assert log_in(server.port, both.creds) is None and log_in(server.port, both.neighbour) is None
    assert listed(both.serving) == {} and both.serving.result("accounts.list")["nats_accounts"] == []


@contextlib.contextmanager
def joined(folder):
    """A second server that came after the last claims and was never told of any, with the victim connected to it."""
    with served(folder) as here, Port() as other_port, Port() as mine, Port() as yours:
        here.server.stop()
        servers = cluster_of_two(here, other_port, (mine, yours))
        with servers[0], servers[1]:
            eventually(lambda: pings(here) == {here.name, "second"}, "the servers do not find each other")
            eventually(lambda: accepts(servers[1], here.creds), "the second server does not get the claims from the first")
            here.servers = servers
            with Client(other_port, here.creds) as here.victim, Client(other_port, here.neighbour) as here.other:
                yield here


@scenario(joined)
def a_server_that_was_never_told_of_the_account_and_lets_it_in_is_told(here):
    here.deletes()
    assert here.victim.has_ended()
    here.other.awaits_pong()
    refused_everywhere(here)


@scenario(joined)
def a_server_that_was_never_told_and_is_paused_is_pending(here):
    """The other one counts it, and nobody can name it."""
    with paused(here.servers[1]) as go_on:
        here.leaves_pending(servers=["?"])
        here.is_revoking()
        assert not here.victim.has_ended()
        go_on()
        here.heals()
    assert here.victim.has_ended()
    refused_everywhere(here)
    here.is_over()


@scenario(both)
def a_server_of_a_cluster_that_is_not_asked_and_lives_is_named_while_the_other_is_down(both):
    """Its own reads the deletion when it starts; nobody tells the other one."""
    both.servers[0].stop()
    both.leaves_pending(servers=["second"], reason="unreachable")
    both.is_revoking()
    assert not both.victims[1].has_ended()
    both.servers[0].start()
    both.heals()
    assert both.victims[1].has_ended()
    refused_everywhere(both)
    both.is_over()


@scenario(both)
def a_server_of_a_cluster_that_is_gone_for_good_is_taken_out(both):
    both.servers[1].stop()
    both.leaves_pending(servers=["second"])
    forget = ["doctor", "--forget-server", "second", *both.arguments]
    assert run(both.folder, *forget).returncode == 0
    both.heals()
    both.is_over()
    assert log_in(both.port, both.creds) is None


# Somebody else's server.


def strangers_configuration(folder, port, has_operator):
    """A server that is not ours: of another bridge's operator, or of none."""
    if not has_operator:
        path = folder / "stranger.conf"
        path.write_text(f'listen: "127.0.0.1:{port.number}"\n')
        return path
    (folder / "stranger").mkdir()
    stranger = Home(folder / "stranger", port)
    with stranger.bridge() as bridge:
        create(bridge, "stranger")
    return stranger.state / "nats-server.conf"


@scenario(unserved, no_operator=False, another_operator=True)
def a_server_that_is_not_ours_is_pending_and_learns_nothing_that_matters(here, has_operator):
    with Port() as port, NATSServer(strangers_configuration(here.folder, port, has_operator), port), Proxy(here.port, port) as proxy:
        here.leaves_pending(reason="not_ours")
        here.is_revoking()
        heard, connections = proxy.heard, proxy.connections
    assert connections >= 1
    learns_nothing(here, heard, has_operator)
    # Now ours is there.
    with here.server:
        here.heals()
        here.is_enforced()
        here.is_over()


def learns_nothing(here, heard, asks_for_a_login):
    if not asks_for_a_login:
        assert heard == b""
        return
    # A login that ends soon, may do next to nothing, and whose seed stays here: no claims, nobody's seed, no credential.
    assert set(re.findall(rb"^([A-Z]+)", heard, re.MULTILINE)) == {b"CONNECT", b"PING"}
    tokens = re.findall(rb"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+", heard)
    assert len(tokens) == heard.count(b"CONNECT") == heard.count(b'"jwt"')
    for claims in (payload(token.decode()) for token in tokens):
        # After a refusal comes one without an end, which tells a wrong clock from a stranger.
        assert claims["nats"]["type"] == "user" and ("exp" not in claims or 0 < claims["exp"] - claims["iat"] <= 120)
        assert all(subject.startswith(("$SYS.REQ.", "_PROBE")) for subject in claims["nats"]["pub"]["allow"])
    assert not re.search(rb"S[OAU][A-Z2-7]{56}", heard)
    seeds = here.rows("SELECT operator_seed, operator_signing_seed, system_seed, system_signing_seed FROM state")[0]
    own = [here.creds.splitlines()[1], here.neighbour.splitlines()[1], (here.state / "resolver" / f"{here.account}.jwt").read_text()]
    assert not any(text.encode() in heard for text in [*seeds, *own])


def close_each_at_once(listener):
    with contextlib.suppress(OSError):
        while True:
            listener.accept()[0].close()


@scenario(unserved, takes_no_connection=False, closes_at_once=True)
def a_port_where_nobody_speaks_is_pending(here, closes):
    listener = socket.create_server(("127.0.0.1", here.port.number))
    try:
        if closes:
            threading.Thread(target=close_each_at_once, args=(listener,), daemon=True).start()
        here.leaves_pending()
        here.is_revoking()
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
    with here.server:
        here.heals()
        here.is_enforced()
        here.is_over()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test(scenario, played):
    played(scenario)
