"""What a parent hands down: arguments that a preloaded library hides, a mask of signals, signals that are ignored, a home that is none."""

import json
import signal
import socket
import subprocess

import pytest

from bridge import LIMIT, PROGRAM, Bridge
from nats_server import Port
from process_tools import PING, PONG, call, files_below, process_status, program, read_until, run, state_folder
from shared_library import compiled

NO_CREDENTIAL = "nats_credentials_id=00000000-0000-4000-8000-000000000000"
ENDINGS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]
every_ending = pytest.mark.parametrize("number", ENDINGS, ids=lambda number: number.name)


# Arguments

AGENTS = {
    "sets a variable": 'setenv("AGENT", "here", 1);',
    "takes one away": 'unsetenv("HOME"); setenv("HOME", "/nowhere", 1);',
    "empties the environment": "clearenv();",
    "has none": "environ = 0;",
}


@pytest.fixture(params=AGENTS)
def agent(request, tmp_path):
    """The environment in which a library does so before main."""
    headers = "#define _GNU_SOURCE\n#include <stdlib.h>\n#include <unistd.h>\n"
    source = f"{headers}__attribute__((constructor)) static void agent(void) {{ {AGENTS[request.param]} }}"
    return {"LD_PRELOAD": str(compiled(tmp_path / "agent.so", source))}


def test_a_preloaded_library_hides_no_argument(home, agent):
    version = run(home, "--version", env=agent)
    assert version.returncode == 0 and version.stdout.startswith(b"nats-credentials-bridge ")
    assert run(home, "--no-such-option", env=agent, input=PING).returncode == 64
    here = ["--region", "local", "--state", str(home / "here")]
    assert call(home, "credentials.delete", NO_CREDENTIAL, *here, env=agent).returncode == 3
    made = call(home, "credentials.create", "name=x", *here, env=agent)
    assert made.returncode == 0 and json.loads(made.stdout)["name"] == "x"
    assert (home / "here/store.db").exists() and not state_folder(home).exists() and not (home / ".local").exists()


def test_a_bridge_that_is_given_no_argument_at_all_serves_nobody(home):
    """Since Linux 5.18 the system itself puts an empty name in the place of none."""
    source = """
        #include <unistd.h>
        int main(int count, char **values) { char *none[] = {0}, *home[] = {values[2], 0}; return execve(values[1], none, home); }
    """
    starter = compiled(home / "starter", source, shared=False)
    result = subprocess.run([starter, PROGRAM, f"HOME={home}"], input=PING, capture_output=True, timeout=LIMIT)
    assert (result.returncode, result.stdout) in [(0, PONG), (64, b"")]
    assert result.returncode == 0 or b"no arguments" in result.stderr


# Signals


def blocked():
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))


@every_ending
def test_a_mask_that_was_handed_down_blocks_no_ending(home, number):
    with Bridge(home, preexec_fn=blocked) as bridge:
        bridge.result("bridge.ping")
        bridge.process.send_signal(number)
        assert bridge.process.wait(LIMIT) == 0
        assert bridge.process.stdout.read() == b"" and bridge.process.stderr.read() == b""


def test_no_thread_blocks_an_ending(home):
    """Those made later have the mask of the one that made them."""
    with Port() as port, Bridge(home, "--region", "local", "--nats-url", port.url, preexec_fn=blocked) as bridge:
        bridge.result("credentials.create", {"name": "n", "save_to": str(home / "n.creds")})
        masks = process_status(bridge.process.pid, "SigBlk")
        assert len(masks) >= 3
        assert all(not int(mask, 16) & 1 << number - 1 for mask in masks.values() for number in ENDINGS)


@every_ending
def test_a_command_that_serves_nobody_ends_too(home, number):
    """It waits for a service that never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        env = {"SCW_SECRET_KEY": "11111111-1111-4111-8111-111111111111", "SCW_DEFAULT_REGION": "fr-par"}
        env["SCW_API_URL"] = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with program(home, "doctor", env=env, preexec_fn=blocked, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            connection, _ = silent.accept()
            with connection:
                process.send_signal(number)
                assert process.wait(LIMIT) == -number


@every_ending
def test_a_signal_that_was_ignored_stays_ignored(home, number):
    def ignoring():
        signal.signal(number, signal.SIG_IGN)

    with Bridge(home, preexec_fn=ignoring) as bridge:
        bridge.result("bridge.ping")
        bridge.process.send_signal(number)
        assert bridge.result("bridge.ping") == {}
        assert int(process_status(bridge.process.pid, "SigIgn")[str(bridge.process.pid)], 16) & 1 << number - 1
        others = [other for other in ENDINGS if other != number]
        bridge.process.send_signal(others[0])
        assert bridge.process.wait(LIMIT) == 0


def test_under_nohup_it_outlives_its_terminal(home):
    """And goes on to the end of its input."""
    streams = dict.fromkeys(["stdin", "stdout", "stderr"], subprocess.PIPE)
    with program(home, PROGRAM, executable="nohup", **streams) as process:
        process.stdin.write(PING)
        process.stdin.flush()
        read_until(process.stdout.fileno(), PONG)
        process.send_signal(signal.SIGHUP)
        process.stdin.write(PING)
        process.stdin.flush()
        read_until(process.stdout.fileno(), PONG)
        process.stdin.close()
        assert process.wait(LIMIT) == 0


def test_the_key_that_quits_is_ignored_where_it_was(home):
    """A shell without job control has what it puts in the background ignore it."""
    with Bridge(home, preexec_fn=lambda: signal.signal(signal.SIGQUIT, signal.SIG_IGN)) as bridge:
        bridge.result("bridge.ping")
        bridge.process.send_signal(signal.SIGQUIT)
        assert bridge.result("bridge.ping") == {}
        assert bridge.end()[0] == 0


# Homes

RELATIVE = {
    "XDG_STATE_HOME": {"XDG_STATE_HOME": "state"},
    "./": {"XDG_STATE_HOME": "./state"},
    "..": {"XDG_STATE_HOME": "../state"},
    "~": {"XDG_STATE_HOME": "~/state"},
}


@pytest.fixture
def here(home):
    """The working folder, in which nothing may appear."""
    path = home / "here"
    path.mkdir()
    yield path
    assert files_below(path) == []


@pytest.mark.parametrize("folders", RELATIVE.values(), ids=RELATIVE)
def test_a_relative_state_folder_of_the_environment_counts_as_not_set(home, here, folders):
    with Bridge(home, env=folders, cwd=here) as bridge:
        bridge.result("credentials.create", {"region": "local", "name": "n"})
        sources = {row["name"]: row["source"] for row in bridge.result("bridge.info")["settings"]}
    assert sources["state"] == "HOME"
    assert (home / ".local/state/nats-credentials-bridge/store.db").exists() and not state_folder(home).exists()


NO_HOME = {"relative": "home", ".": ".", "~": "~", "empty": ""}


@pytest.mark.parametrize("value", NO_HOME.values(), ids=NO_HOME)
def test_a_relative_home_is_no_place_for_anything(home, here, value):
    env = {"HOME": value, "XDG_STATE_HOME": value, "XDG_CONFIG_HOME": value}
    with Bridge(home, "--region", "local", env=env, cwd=here) as bridge:
        for method, params in (("credentials.create", {"name": "n"}), ("credentials.list", {}), ("accounts.list", {})):
            error = bridge.error(method, params)
            assert (error["code"], error["data"]["kind"], error["data"]["outcome"]) == (1460, "not_configured", "none")
            for word in ("XDG_STATE_HOME", "HOME", "--state", "absolute"):
                assert word in error["message"]
        error = bridge.error("credentials.create", {"name": "n", "nats_context": "n"})
        assert (error["data"]["kind"], error["data"]["reason"]) == ("save_failed", "no_folder")
        assert "XDG_CONFIG_HOME" in error["message"] and "absolute" in error["message"]
        assert {"name": "state", "source": "not set"} in bridge.result("bridge.info")["settings"]
    result = run(home, "doctor", "--region", "local", env=env, cwd=here)
    assert result.returncode == 1 and b"FAIL state folder" in result.stdout and b"XDG_STATE_HOME" in result.stdout


@pytest.mark.parametrize("value", NO_HOME.values(), ids=NO_HOME)
def test_a_relative_home_has_no_configuration_of_scaleways(home, value):
    """Whoever can write in the working folder could else choose the address that the key is sent to."""
    folder = home / "here"
    for place in ("home/.config/scw", "~/.config/scw", ".config/scw", "home/scw", "scw", "~/scw"):
        (folder / place).mkdir(parents=True)
        (folder / place / "config.yaml").write_text("default_region: nl-ams\n")
    env = {"HOME": value, "XDG_CONFIG_HOME": value}
    with Bridge(home, env=env, cwd=folder) as bridge:
        assert bridge.result("credentials.list")["region"] == "local"


def test_a_relative_folder_that_was_asked_for_begins_at_the_working_folder(home, tmp_path):
    folder = home / "work"
    folder.mkdir()
    result = call(home, "credentials.create", "name=n", "--region", "local", "--state", "own", cwd=folder)
    assert result.returncode == 0 and (folder / "own/store.db").exists() and not state_folder(home).exists()
