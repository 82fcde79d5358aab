"""Scaleway's configuration file: where it is looked for, who may read it, what is no such file, and when it is read anew."""

import contextlib
import json
import os
import shutil
import socket
import subprocess

import pytest

from bridge import LIMIT, PROGRAM, Bridge
from process_tools import process_status, run
from scaleway_settings import PLACES, UUIDS, Asked, in_file, lines, refusal, refused, write

# The file.


def test_a_file_alone_is_enough(home, service):
    path = write(home, in_file(service, default_project_id=service.project, access_key=service.access_key, send_telemetry="false"))
    asked = Asked(home, service)
    assert asked.seen["secret_key"] == service.key and asked.seen["default_project_id"] == service.project
    assert asked.sources["config_file"] == asked.sources["secret_key"] == asked.sources["region"] == str(path) and asked.warnings == []


LOCATIONS = {
    "the named one first": (["named.yaml", *PLACES], {"SCW_CONFIG_PATH": "{home}/named.yaml"}, "named.yaml"),
    "a named one of any name": (["x/conf", *PLACES], {"SCW_CONFIG_PATH": "{home}/x/conf"}, "x/conf"),
    "XDG's": (PLACES, {}, PLACES[0]),
    "XDG's .yml": (PLACES[1:], {}, PLACES[1]),
    "no XDG": (PLACES, {"XDG_CONFIG_HOME": ""}, PLACES[2]),
    "no XDG, .yml": (PLACES[3:], {"XDG_CONFIG_HOME": ""}, PLACES[3]),
    "a relative XDG does not count": (PLACES, {"XDG_CONFIG_HOME": "config"}, PLACES[2]),
    "an empty name is none": (PLACES, {"SCW_CONFIG_PATH": ""}, PLACES[0]),
    "no HOME": (PLACES, {"HOME": ""}, PLACES[0]),
}


@pytest.mark.parametrize("there, environment, chosen", LOCATIONS.values(), ids=LOCATIONS)
def test_which_file_is_read(home, service, there, environment, chosen):
    for name in there:
        write(home, in_file(service, user_agent=name), name)
    asked = Asked(home, service, env={name: value.format(home=home) for name, value in environment.items()})
    assert asked.seen["user_agent"] == chosen and asked.sources["config_file"] == str(home / chosen)


def test_a_named_path_may_be_relative(home, service):
    write(home, in_file(service), "near.yaml")
    with Bridge(home, env={"SCW_CONFIG_PATH": "near.yaml"}, cwd=home) as bridge:
        bridge.result("accounts.list")


def test_the_file_of_home_is_not_looked_for_where_xdg_names_a_folder(home, service):
    write(home, in_file(service), PLACES[2])
    with Bridge(home) as bridge:
        assert bridge.result("accounts.list")["region"] == "local"


def test_a_named_file_that_is_not_there_is_refused_and_nothing_else_is_taken(home, service):
    write(home, in_file(service))
    write(home, in_file(service), "gone.yml")
    message = refused(home, env={"SCW_CONFIG_PATH": str(home / "gone.yaml")})
    assert "SCW_CONFIG_PATH" in message and str(home / "gone.yaml") in message
    assert service.requests == []


def test_a_link_to_a_file_is_followed(home, service):
    target = write(home, in_file(service), "dotfiles/scw")
    (home / "config/scw").mkdir(parents=True)
    (home / PLACES[0]).symlink_to(target)
    assert Asked(home, service).warnings == []


# Permissions.


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o602, 0o777, 0o444, 0o610])
def test_a_file_that_others_may_look_into_draws_one_warning(home, service, mode):
    path = write(home, in_file(service), mode=mode)
    with Bridge(home) as bridge:
        for _ in range(2):
            bridge.result("accounts.list")
            bridge.result("bridge.info")
        status, rest, errors = bridge.end()
    assert (status, rest) == (0, b"")
    warnings = errors.decode().splitlines()
    assert len(warnings) == 1 and f"mode 0{mode:o}" in warnings[0] and f"chmod 600 {path}" in warnings[0]


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700, 0o500])
def test_a_file_of_one_s_own_draws_none(home, service, mode):
    write(home, in_file(service), mode=mode)
    assert Asked(home, service).warnings == []


def test_the_command_of_the_warning_can_be_pasted(home, service):
    path = write(home, in_file(service), "it's; rm -r *.yaml", mode=0o644)
    warning = Asked(home, service, env={"SCW_CONFIG_PATH": str(path)}).warnings[0]
    subprocess.run(["sh", "-c", warning[warning.index("chmod 600") :]], check=True, timeout=LIMIT)
    assert path.stat().st_mode & 0o777 == 0o600


def test_call_warns_on_stderr_and_never_on_stdout(home, service):
    write(home, in_file(service), mode=0o644)
    result = run(home, "call", "accounts.list")
    assert result.returncode == 0 and json.loads(result.stdout)["nats_accounts"] == []
    assert result.stderr.count(b"\n") == 1 and b"chmod 600" in result.stderr


# Files that are none.


def a_socket(path):
    # The path of a socket is short; the file that it leaves stays one when it is moved.
    with socket.socket(socket.AF_UNIX) as made, contextlib.chdir(path.parent):
        made.bind(path.name)


def sparse(path):
    path.touch()
    os.truncate(path, 16 << 30)


ODD_FILES = {
    "folder": lambda path: path.mkdir(),
    "pipe": lambda path: os.mkfifo(path),
    "socket": a_socket,
    "dangling link": lambda path: path.symlink_to(path.parent / "nowhere"),
    "link to itself": lambda path: path.symlink_to(path),
    "device that never ends": lambda path: path.symlink_to("/dev/zero"),
    "device that is empty": lambda path: path.symlink_to("/dev/null"),
    "2 MiB": lambda path: path.write_bytes(b"#" * (2 << 20)),
    "a byte more than 1 MiB": lambda path: path.write_bytes(b"#" * ((1 << 20) + 1)),
    "16 GiB of nothing": sparse,
}
every_way_to_name_it = pytest.mark.parametrize("way", ["XDG_CONFIG_HOME", "HOME", "SCW_CONFIG_PATH"])


@every_way_to_name_it
@pytest.mark.parametrize("kind", ODD_FILES)
def test_what_is_no_file_of_a_sensible_size_is_refused_and_hangs_nobody(home, service, kind, way):
    path = home / {"XDG_CONFIG_HOME": PLACES[0], "HOME": PLACES[2], "SCW_CONFIG_PATH": "named"}[way]
    path.parent.mkdir(parents=True, exist_ok=True)
    ODD_FILES[kind](path)
    environment = {"XDG_CONFIG_HOME": {"XDG_CONFIG_HOME": str(home / "config"), "SCW_CONFIG_PATH": str(path)}, "HOME": {"XDG_CONFIG_HOME": ""}}
    with Bridge(home, env={**service.environment, **environment.get(way, {"SCW_CONFIG_PATH": str(path)})}) as bridge:
        assert str(path) in refusal(bridge.error("accounts.list"))
        assert bridge.result("bridge.ping") == {} and str(path) in bridge.result("bridge.info")["warnings"][0]
        # 16 GiB are not read to find out how many they are.
        assert max(int(size.split()[0]) for size in process_status(bridge.process.pid, "VmHWM").values()) < 64 << 10
    assert service.requests == []


def test_a_file_of_exactly_1_mib_is_read(home, service):
    text = in_file(service)
    write(home, text + "#" * ((1 << 20) - len(text)))
    Asked(home, service)


def test_a_pipe_with_a_writer_is_no_file_either(home):
    path = home / "pipe"
    os.mkfifo(path)
    held = os.open(path, os.O_RDWR)
    try:
        os.write(held, b"default_region: local\n")
        assert str(path) in refused(home, env={"SCW_CONFIG_PATH": str(path)})
        assert os.read(held, 100) == b"default_region: local\n", "it was read"
    finally:
        os.close(held)


def of_mere_mortals(home):
    """A bridge that may not look everywhere, though root runs the tests."""
    if os.geteuid() != 0:
        return Bridge(home)
    rights = "-dac_override,-dac_read_search"
    return Bridge(home, f"--bounding-set={rights}", f"--inh-caps={rights}", PROGRAM, executable=shutil.which("setpriv"))


@pytest.mark.parametrize("closed", [PLACES[0], "config/scw", "config"])
def test_a_file_that_may_not_be_read_is_refused(home, closed):
    path = write(home, "default_region: local\n")
    (home / closed).chmod(0)
    try:
        with of_mere_mortals(home) as bridge:
            message = refusal(bridge.error("accounts.list"))
            assert str(path) in message and "ermission" in message
            (home / closed).chmod(0o700)
            assert bridge.result("accounts.list")["region"] == "local"
    finally:
        (home / closed).chmod(0o700)


NOT_TEXT = {
    "a byte that is none of UTF-8": (b"default_region: local\n# \xff\n", 2, 3), "cut short": (b"default_region: local\n#\xe2\x82", 2, 2),
    "overlong": (b"a: \xc0\xaf\n", 1, 4), "half a surrogate pair": (b"a: '\xed\xa0\x80'\n", 1, 5), "beyond Unicode": (b"a: \xf4\x90\x80\x80\n", 1, 4),
    "NUL": (b"default_region: local\n#\0\n", 2, 2), "only NUL": (b"\0\0\0\0", 1, 1), "UTF-16": ("default_region: local\n".encode("utf-16"), 1, 1),
    "an escape of terminals": (b"a: \x1b[2J\n", 1, 4), "DEL": (b"a: \x7f\n", 1, 4), "a line separator": ("a: b\u2028c: d\n".encode(), 1, 5),
    "a mark of byte order inside": ("a: \ufeffb\n".encode(), 1, 4), "a carriage return alone": (b"a: b\rc: d\n", 1, 5),
}  # fmt: skip
NOT_YAML = {
    "a tab": ("a: b\n\tc: d\n", 2, 1), "a colon in a value": ("a: b\nc: d: e\n", 2, 5), "an open quote": ('\u00e9: 1\n\u00e9\u00e9: "b\n', 2, 5),
    "a key twice": ("# 1\na: b\n\na: c\n", 4, 1), "a key of ours with several values": ("profiles:\n  a:\n    secret_key: {}\n", 3, 5),
}  # fmt: skip


@pytest.mark.parametrize("content, line, column", [*NOT_TEXT.values(), *NOT_YAML.values()], ids=[*NOT_TEXT, *NOT_YAML])
def test_a_file_that_is_not_understood_is_refused_with_its_place(home, content, line, column):
    path = write(home, content)
    message = refused(home)
    assert f"{path} is not understood: line {line}, column {column}: " in message
    assert message.isascii() and message.isprintable()


# The life of a configuration.

UNUSABLE = {
    "broken": "secret_key: 'x\n", "not a URL": lines({"api_url": "x"}), "not a key": lines({"secret_key": "x"}), "empty": "",
    "no region": lines({"secret_key": UUIDS[0]}), "no key": lines({"default_region": "fr-par"}), "not served": lines({"default_region": "pl-waw"}),
}  # fmt: skip


@pytest.mark.parametrize("text", UNUSABLE.values(), ids=UNUSABLE)
def test_a_file_that_is_mended_works_at_the_next_request(home, service, text):
    """Whatever was wrong with it: who reads a refusal does what it says, and need not know what runs."""
    path = write(home, text)
    with Bridge(home) as bridge:
        refusal(bridge.error("accounts.list"))
        path.write_text(in_file(service))
        assert bridge.result("accounts.list")["region"] == "fr-par"
        assert bridge.result("bridge.info")["warnings"] == []


def test_a_file_may_be_mended_step_by_step_and_is_warned_about_once(home, service):
    path = write(home, "", mode=0o644)
    with Bridge(home) as bridge:
        for text in UNUSABLE.values():
            path.write_text(text)
            refusal(bridge.error("accounts.list"))
        path.write_text(in_file(service))
        assert bridge.result("accounts.list")["region"] == "fr-par"
        assert bridge.end()[2].count(b"chmod 600") == 1


@pytest.mark.parametrize("options", [["--profile", "work"], ["--region", "fr-par"]], ids=" ".join)
def test_a_file_that_appears_is_read(home, service, options):
    with Bridge(home, *options) as bridge:
        refusal(bridge.error("accounts.list"))
        write(home, in_file(service) + "profiles:\n  work: {}\n")
        assert bridge.result("accounts.list")["region"] == "fr-par"


def test_a_configuration_that_was_read_is_kept(home, service):
    path = write(home, in_file(service, user_agent="before"))
    with Bridge(home) as bridge:
        bridge.result("accounts.list")
        path.write_text("broken")
        bridge.result("accounts.list")
        path.unlink()
        bridge.result("accounts.list")
    assert {recorded.header("User-Agent") for recorded in service.requests} == {"before"}


def test_nothing_is_read_before_it_is_needed(home):
    """Reading this file would draw a warning."""
    write(home, "default_region: fr-par\n", mode=0o644)
    with Bridge(home, "--region", "local") as bridge:
        bridge.result("bridge.ping")
        bridge.result("accounts.list")
        assert bridge.end() == (0, b"", b"")
