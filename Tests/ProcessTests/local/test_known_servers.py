"""A deletion is done when every nats-server that is known has heard of it or is gone. An address that refuses proves nothing by itself."""

import contextlib
import os
import re
import shutil
import signal
import subprocess

import pytest

from changing import REMOVALS
from live_clients import Client, Proxy, beside, cluster_of_two
from nats_server import NATS_SERVERS, NATSServer, Port
from process_tools import run
from revoking import DELETE, Home, create, eventually, log_in


@pytest.fixture(params=NATS_SERVERS)
def program(request):
    return NATS_SERVERS[request.param]


@pytest.fixture
def here(home, program):
    """A home with an account and a neighbour in it, a server of its configuration that is not started, and a bridge that serves."""
    with Port() as port:
        place = Home(home, port, program)
        with place.bridge() as bridge:
            place.neighbour = create(bridge, "neighbour")[1]
            place.account = bridge.result("accounts.list")["nats_accounts"][0]["id"]
            place.serving = bridge
            try:
                yield place
            finally:
                place.server.stop()


@pytest.fixture(params=REMOVALS, ids=repr)
def removal(request, here):
    request.param.prepare(here, here.serving)
    return request.param


def becomes_known(here, bridge=None):
    if here.server.process and "ports_file_dir" in here.server.configuration.read_text():
        # Who acknowledges before its ports file stands there is not known to be of this machine.
        eventually(lambda: any(file.stat().st_size for file in here.state.glob("*.ports")), "there is no ports file")
    renamed = (bridge or here.serving).result("accounts.update", {"nats_account_id": here.account, "name": "known"})
    assert renamed["pushed"] is True


def holds(here, client, said):
    """What was said to be gone is gone; else the next bridge that can reach the server ends it."""
    if said:
        assert client.has_ended() and not here.is_accepted(here.creds)


@pytest.mark.parametrize("is_known", [True, False], ids=["known", "never heard"])
def test_another_url_than_the_live_servers(is_known, removal, here):
    here.server.start()
    if is_known:
        becomes_known(here)
    with Port() as nobody, Client(here.port, here.creds) as client:
        here.arguments = ["--region", "local", "--nats-url", nobody.url]
        with here.bridge() as lost:
            said = removal.says_it_is_gone(here, lost)
            # It is found where nats-server.conf says that it listens.
            assert said
            holds(here, client, said)
            warning = lost.end()[2]
    assert nobody.url.encode() in warning and b"--listen" in warning


def test_a_server_behind_a_tunnel_that_is_closed_is_not_down(removal, here):
    """It runs on this machine, and nothing here says where: no ports file, another port than the tunnel's."""
    with Port() as behind:
        server = NATSServer(beside(here, "hidden", f'listen: "127.0.0.1:{behind.number}"', ("listen", "ports_file_dir")), behind, here.server.program)
        with server:
            with Proxy(here.port, behind):
                becomes_known(here)
                client = Client(behind, here.creds)
            # The tunnel is closed now: its address refuses.
            assert removal.says_it_is_gone(here, here.serving) is False
            client.awaits_pong()
            assert log_in(behind, here.creds) is not None
            with Proxy(here.port, behind):
                here.heals()
            assert client.has_ended() and log_in(behind, here.creds) is None


def test_a_server_that_moved_is_found_by_its_ports_file(removal, here):
    here.server.start()
    becomes_known(here)
    here.server.stop()
    with Port() as elsewhere:
        configuration = here.server.configuration
        configuration.write_text(configuration.read_text().replace(str(here.port.number), str(elsewhere.number)))
        with NATSServer(configuration, elsewhere, here.server.program), Client(elsewhere, here.creds) as client:
            said = removal.says_it_is_gone(here, here.serving)
            assert said and client.has_ended() and log_in(elsewhere, here.creds) is None


def test_a_server_that_moved_by_another_configuration_is_found_by_its_ports_file(removal, here):
    """Nobody told the bridge of the port."""
    with Port() as elsewhere:
        moved = beside(here, "moved", f'listen: "127.0.0.1:{elsewhere.number}"', ("listen",))
        here.server.start()
        becomes_known(here)
        here.server.stop()
        with NATSServer(moved, elsewhere, here.server.program), Client(elsewhere, here.creds) as client:
            assert removal.says_it_is_gone(here, here.serving)
            assert client.has_ended() and log_in(elsewhere, here.creds) is None


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["ended", "killed"])
def test_a_server_of_this_machine_that_is_down_reads_it_when_it_starts(how, removal, here):
    here.server.start()
    becomes_known(here)
    here.server.stop(how)
    assert removal.says_it_is_gone(here, here.serving)
    here.server.start()
    assert not here.is_accepted(here.creds)


def test_a_ports_file_of_a_killed_server_whose_number_another_process_has(removal, here):
    here.server.start()
    becomes_known(here)
    (file,) = here.state.glob("*.ports")
    here.server.stop(signal.SIGKILL)
    program_name = file.name.rsplit("_", 1)[0]
    with subprocess.Popen(["sleep", "60"]) as other:
        try:
            file.rename(here.state / f"{program_name}_{other.pid}.ports")
            assert removal.says_it_is_gone(here, here.serving)
        finally:
            other.kill()
    here.server.start()
    assert not here.is_accepted(here.creds)


def test_a_ports_file_that_was_written_before_its_process_began_is_of_another(here):
    here.server.start()
    becomes_known(here)
    (file,) = here.state.glob("*.ports")
    here.server.stop(signal.SIGKILL)
    os.utime(file, (1_000_000_000, 1_000_000_000))
    # A process of the same name: a second server of ours with that number would look just so.
    copy = here.folder / file.name.rsplit("_", 1)[0]
    shutil.copy(shutil.which("sleep"), copy)
    with subprocess.Popen([copy, "60"]) as other:
        try:
            file.rename(here.state / f"{copy.name}_{other.pid}.ports")
            id, creds = create(here.serving)
            assert here.serving.result(DELETE, {"nats_credentials_id": id})["deleted"]
        finally:
            other.kill()


def test_a_server_without_a_name_is_known_by_its_address(here):
    here.server.configuration = beside(here, "nameless", "", ("server_name",))
    for how in (signal.SIGTERM, signal.SIGKILL, signal.SIGTERM):
        here.server.start()
        id, creds = create(here.serving)
        with Client(here.port, creds) as client:
            assert here.serving.result(DELETE, {"nats_credentials_id": id})["deleted"]
            assert client.has_ended()
        here.server.stop(how)
    id, creds = create(here.serving)
    assert here.serving.result(DELETE, {"nats_credentials_id": id})["deleted"]
    here.server.start()
    assert not here.is_accepted(creds) and here.is_accepted(here.neighbour)


def test_a_server_of_another_name_at_the_same_address_takes_the_place_of_the_first(removal, here):
    here.server.start()
    becomes_known(here)
    here.server.stop()
    here.server.configuration = beside(here, "renamed", "server_name: renamed", ("server_name",))
    here.server.start()
    with Client(here.port, here.creds) as client:
        assert removal.says_it_is_gone(here, here.serving)
        assert client.has_ended()


def test_a_stranger_at_the_address_of_a_known_server_is_pending(removal, here):
    here.server.start()
    becomes_known(here)
    here.server.stop()
    stranger = here.folder / "stranger.conf"
    stranger.write_text(f'listen: "127.0.0.1:{here.port.number}"\n')
    with NATSServer(stranger, here.port, here.server.program):
        assert removal.says_it_is_gone(here, here.serving) is False
    here.server.start()
    here.heals()
    assert not here.is_accepted(here.creds)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["ended", "killed"])
@pytest.mark.parametrize("which", [0, 1], ids=["the one that is asked", "the other"])
def test_a_cluster_member_that_was_started_again_is_not_waited_for_under_its_old_id(which, how, here):
    with Port() as other, Port() as mine, Port() as yours, contextlib.ExitStack() as stack:
        servers = cluster_of_two(here, other, (mine, yours))
        for server in servers:
            server.program = here.server.program
            stack.enter_context(server)
        eventually(lambda: knows_both(here), "the servers do not find each other")
        becomes_known(here)
        servers[which].stop(how)
        servers[which].start()
        eventually(lambda: knows_both(here), "the servers do not find each other again")
        for _ in range(2):
            id, creds = create(here.serving)
            with Client(servers[0].port, creds) as one, Client(servers[1].port, creds) as two:
                assert here.serving.result(DELETE, {"nats_credentials_id": id})["deleted"]
                assert one.has_ended() and two.has_ended()


def knows_both(here):
    """Whether both servers have taken claims since they were started, each under the id that it has now."""
    with here.bridge() as bridge:
        renamed = bridge.result("accounts.update", {"nats_account_id": here.account, "name": "again"})
        return renamed["pushed"] and len(here.rows("SELECT name FROM servers")) == 2


def test_two_clusters_joined_by_gateways(removal, here):
    with Port() as other, Port() as mine, Port() as yours, contextlib.ExitStack() as stack:
        remotes = ", ".join(f'{{ name: {name}, urls: ["{port.url}"] }}' for name, port in (("one", mine), ("two", yours)))
        first = beside(here, "one", f'gateway {{ name: one, listen: "127.0.0.1:{mine.number}", gateways: [{remotes}] }}', ("jetstream",))
        own = f"""
listen: "127.0.0.1:{other.number}"
server_name: far
resolver: {{ type: full, dir: "{here.folder}/far", allow_delete: false, interval: "30s", timeout: "1.9s" }}
gateway {{ name: two, listen: "127.0.0.1:{yours.number}", gateways: [{remotes}] }}"""
        second = beside(here, "two", own, ("listen", "server_name", "resolver:", "jetstream", "ports_file_dir"))
        (here.folder / "far").mkdir(mode=0o700)
        servers = [NATSServer(path, port, here.server.program) for path, port in ((first, here.port), (second, other))]
        for server in servers:
            stack.enter_context(server)
        eventually(lambda: knows_both(here), "the clusters do not find each other")
        with Client(servers[0].port, here.creds) as one, Client(servers[1].port, here.creds) as two:
            assert removal.says_it_is_gone(here, here.serving)
            assert one.has_ended() and two.has_ended()
        assert log_in(other, here.creds) is None


def test_reading_with_another_url_changes_no_file(here):
    here.server.start()
    before = here.server.configuration.read_bytes()
    with Port() as nobody:
        here.arguments = ["--region", "local", "--nats-url", nobody.url]
        with here.bridge() as bridge:
            assert bridge.result("credentials.list")["total_count"] == 1
            endpoint = bridge.result("accounts.list")["nats_accounts"][0]["endpoint"]
    assert here.server.configuration.read_bytes() == before and endpoint == here.port.url


def test_listen_moves_the_server_when_it_is_asked_for(here):
    text = here.server.configuration.read_text().replace("write_deadline", "# mine\nwrite_deadline")
    here.server.configuration.write_text(text)
    with Port() as elsewhere:
        assert run(here.folder, "--listen", f"127.0.0.1:{elsewhere.number}", "--region", "local", "call", "accounts.list").returncode == 0
        moved = here.server.configuration.read_text()
        assert moved == text.replace(str(here.port.number), str(elsewhere.number))
        with NATSServer(here.server.configuration, elsewhere, here.server.program):
            assert log_in(elsewhere, here.neighbour) is not None


def test_a_bad_listen_is_named(here):
    result = run(here.folder, "--listen", "127.0.0.1:none", "--region", "local", "call", "accounts.list")
    assert result.returncode != 0 and b"--listen" in result.stderr + result.stdout


def test_lines_added_by_hand_stay_and_the_ports_folder_is_added_to_an_older_file(here):
    lines = [line for line in here.server.configuration.read_text().splitlines() if not line.startswith("ports_file_dir")]
    here.server.configuration.write_text("\n".join([*lines, "max_payload: 2097152", ""]))
    here.serving.result("credentials.list")
    assert "ports_file_dir" not in here.server.configuration.read_text(), "a read has changed the file"
    with here.bridge() as another:
        create(another)
    text = here.server.configuration.read_text()
    assert re.findall(r"^ports_file_dir: (.*)$", text, re.MULTILINE) == [f'"{here.state}"']
    assert [line for line in text.splitlines() if not line.startswith("ports_file_dir")] == [*lines, "max_payload: 2097152"]
