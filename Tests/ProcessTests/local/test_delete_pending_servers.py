"""Deletions that one of several servers has not heard of, or where a server that is not ours listens. Some scenarios run at the same time, each
with servers of its own."""

import contextlib
import json
import re
import socket
import threading

import pytest
from pending_deletions import Staged, is_pending, served, unserved

from bridge import LIMIT
from live_clients import Client, Proxy, cluster_of_two, hear_each_other, paused
from nats_server import NATSServer, Port
from process_tools import run
from revoking import Home, accepts, create, eventually, listed, log_in, payload, public_key, user_creds

SCENARIOS = Staged(at_once=5)


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


def refused_everywhere(here):
    assert [accepts(server.port, here.creds) for server in here.servers] == [False, False]
    assert [accepts(server.port, here.neighbour) for server in here.servers] == [True, True]


@SCENARIOS(both)
def every_server_of_a_cluster_has_cut_off_before_the_answer(both):
    hear_each_other(both.others[0], both.others[1])
    assert both.delete().get("result") == {"nats_credentials_id": both.id, "deleted": True, "region": "local"}
    assert [client.has_ended() for client in both.victims] == [True, True]
    for client in both.others:
        client.awaits_pong()
    refused_everywhere(both)
    both.is_over()


@SCENARIOS(both, the_one_that_is_asked=0, the_other_one=1)
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


@SCENARIOS(both)
def a_server_of_a_cluster_that_is_down_is_named_and_hears_when_it_is_back(both):
    both.servers[1].stop()
    both.leaves_pending(servers=["second"])
    assert both.victims[0].has_ended()
    both.is_revoking()
    both.servers[1].start()
    both.heals()
    refused_everywhere(both)
    both.is_over()


@SCENARIOS(both)
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
            eventually(lambda: accepts(servers[1].port, here.creds), "the second server does not get the claims from the first")
            here.servers = servers
            with Client(other_port, here.creds) as here.victim, Client(other_port, here.neighbour) as here.other:
                yield here


@SCENARIOS(joined)
def a_server_that_was_never_told_of_the_account_and_lets_it_in_is_told(here):
    here.deletes()
    assert here.victim.has_ended()
    here.other.awaits_pong()
    refused_everywhere(here)


@SCENARIOS(joined)
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


@SCENARIOS(both)
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


@SCENARIOS(both)
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


@SCENARIOS(unserved, no_operator=False, another_operator=True)
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


@SCENARIOS(unserved, takes_no_connection=False, closes_at_once=True)
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
def test(scenario, running):
    running(scenario)
