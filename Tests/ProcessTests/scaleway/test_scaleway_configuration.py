"""Where Scaleway's settings come from, and what reaches the service: chapter 8 of the API's facts (configuration), and the forms of chapter 5."""

import contextlib
import json
import os
import random
import re
import shutil
import socket
import subprocess

import pytest
import yaml

from bridge import LIMIT, PROGRAM, Bridge
from process_tools import files_below, process_status, request, run, state_folder
from scaleway import TLS, Proxy, Scaleway, answer
from traffic import Traffic

ALL = [
    "SCW_SECRET_KEY", "SCW_ACCESS_KEY", "SCW_DEFAULT_PROJECT_ID", "SCW_DEFAULT_ORGANIZATION_ID", "SCW_DEFAULT_REGION", "SCW_DEFAULT_ZONE",
    "SCW_API_URL", "SCW_INSECURE", "SCW_USER_AGENT", "SCW_PROFILE", "SCW_CONFIG_PATH", "SCW_TOKEN", "SCALEWAY_TOKEN",
    "SCALEWAY_ACCESS_KEY", "SCW_ORGANIZATION", "SCALEWAY_ORGANIZATION", "SCW_REGION", "SCALEWAY_REGION", "SCW_TLSVERIFY",
]  # fmt: skip
# Names and paths may be empty, which is not set; an empty value is a broken secret of somebody's CI.
MAY_BE_EMPTY = {"SCW_PROFILE", "SCW_CONFIG_PATH"}
OF_KEY = {
    "secret_key": "SCW_SECRET_KEY", "access_key": "SCW_ACCESS_KEY", "default_project_id": "SCW_DEFAULT_PROJECT_ID",
    "default_organization_id": "SCW_DEFAULT_ORGANIZATION_ID", "default_region": "SCW_DEFAULT_REGION", "default_zone": "SCW_DEFAULT_ZONE",
    "api_url": "SCW_API_URL", "insecure": "SCW_INSECURE", "user_agent": "SCW_USER_AGENT",
}  # fmt: skip
UUIDS = [f"{digit}1111111-2222-4333-8444-abcdefabcdef" for digit in "123456"]
ACCESS_KEYS = ["SCWAAAAAAAAAAAAAAAAA", "SCWBBBBBBBBBBBBBBBBB"]
DENIED = {"message": "authentication is denied", "method": "api_key", "reason": "not_found", "type": "denied_authentication"}
PLACES = ["config/scw/config.yaml", "config/scw/config.yml", ".config/scw/config.yaml", ".config/scw/config.yml"]


@pytest.fixture(scope="module")
def good_tls():
    return TLS.good()


def write(home, text, name=PLACES[0], mode=0o600):
    path = home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return path


def lines(settings, indent=""):
    """Settings as a file says them. What is a text in JSON is the same text in YAML."""
    return "".join(f"{indent}{name}: {json.dumps(str(value))}\n" for name, value in settings.items())


def in_file(service, **more):
    return lines({"secret_key": service.key, "default_region": service.region, "api_url": service.url, **more})


class Asked:
    """One bridge that makes an account: what reached the service, what `bridge.info` said before, and what was on stderr."""

    def __init__(self, home, service, *arguments, env=None):
        count = len(service.requests)
        with Bridge(home, *arguments, env=env) as bridge:
            info = bridge.result("bridge.info")
            self.region = bridge.result("accounts.create", {"name": "a"})["region"]
            status, rest, errors = bridge.end()
        assert (status, rest, info["warnings"], len(service.requests)) == (0, b"", [], count + 1)
        self.sources = {setting["name"]: setting["source"] for setting in info["settings"]}
        self.warnings = errors.decode().splitlines()
        assert all(" warning: " in line for line in self.warnings), self.warnings
        recorded = service.requests[-1]
        self.seen = {
            "secret_key": recorded.header("X-Auth-Token"), "default_region": recorded.path.split("/")[4],
            "default_project_id": recorded.json.get("project_id"), "user_agent": recorded.header("User-Agent"),
            "api_url": recorded.header("Host"),
        }  # fmt: skip


def refusal(error):
    data = error["data"]
    assert (error["code"], data["kind"], data["retryable"], data["outcome"]) == (1460, "not_configured", False, "none"), error
    return error["message"]


def refused(home, *arguments, env=None, params=None):
    """The message of a change that was refused; nothing was made, nowhere."""
    with Bridge(home, *arguments, env=env) as bridge:
        message = refusal(bridge.error("accounts.create", params))
    assert not state_folder(home).exists()
    return message


def without(environment, *names):
    return {name: value for name, value in environment.items() if name not in names}


# Variables


def test_what_the_variables_say_reaches_the_service(home, service):
    asked = Asked(home, service, env=service.environment)
    assert asked.seen["secret_key"] == service.key and asked.seen["default_region"] == service.region
    assert asked.seen["default_project_id"] == service.project
    assert re.fullmatch(r"nats-credentials-bridge/\d+\.\d+\.\d+", asked.seen["user_agent"])
    assert asked.warnings == []


def test_bridge_info_says_which_variable_each_setting_came_from(home, service):
    more = {"SCW_DEFAULT_ORGANIZATION_ID": UUIDS[0], "SCW_DEFAULT_ZONE": "fr-par-1", "SCW_INSECURE": "0", "SCW_USER_AGENT": "tests/1"}
    asked = Asked(home, service, env={**service.environment, **more})
    assert OF_KEY.items() <= asked.sources.items() and asked.sources["region"] == "SCW_DEFAULT_REGION"
    assert asked.seen["user_agent"] == "tests/1" and asked.warnings == []


def test_bridge_info_never_says_what_a_setting_is(home, service):
    environment = {**service.environment, "SCW_DEFAULT_ORGANIZATION_ID": UUIDS[0], "SCW_USER_AGENT": "canary", "SCW_DEFAULT_ZONE": "fr-par-9"}
    with Bridge(home, env=environment) as bridge:
        text = json.dumps(bridge.result("bridge.info"))
    for name, value in environment.items():
        assert name == "SCW_DEFAULT_REGION" or value not in text, name


def test_without_a_project_the_service_decides(home, service):
    asked = Asked(home, service, env=without(service.environment, "SCW_DEFAULT_PROJECT_ID"))
    assert asked.seen["default_project_id"] is None and "default_project_id" not in asked.sources


def test_the_parameter_wins_over_the_default_project(home, service):
    with Bridge(home, env=service.environment) as bridge:
        assert bridge.result("accounts.create", {"project_id": UUIDS[0]})["project_id"] == UUIDS[0]
    assert service.requests[-1].json["project_id"] == UUIDS[0]


def test_lists_are_of_every_project(home, service):
    """The default project is for what is made. With it, a list would show other rows than Scaleway's own command line does."""
    service.add_account("of another project", project_id=UUIDS[0])
    with Bridge(home, env=service.environment) as bridge:
        assert [row["name"] for row in bridge.result("accounts.list")["nats_accounts"]] == ["of another project"]
    assert "project_id" not in dict(service.requests[-1].query)


OLD = [
    ("SCW_TOKEN", "secret_key"), ("SCALEWAY_TOKEN", "secret_key"), ("SCALEWAY_ACCESS_KEY", "secret_key"), ("SCW_REGION", "default_region"),
    ("SCALEWAY_REGION", "default_region"), ("SCW_ORGANIZATION", "default_organization_id"),
    ("SCALEWAY_ORGANIZATION", "default_organization_id"), ("SCALEWAY_ACCESS_KEY", "access_key"), ("SCW_TLSVERIFY", "insecure"),
]  # fmt: skip


@pytest.mark.parametrize("old, key", OLD)
def test_an_old_name_works_and_a_warning_names_the_new_one(home, service, old, key):
    values = {"secret_key": service.key, "access_key": service.access_key, "default_region": "nl-ams", "insecure": "true"}
    environment = {**without(service.environment, OF_KEY[key]), old: values.get(key, UUIDS[0])}
    asked = Asked(home, service, env=environment)
    assert asked.sources[key] == old
    assert len(asked.warnings) == 1 and f"{old} is an old name" in asked.warnings[0] and OF_KEY[key] in asked.warnings[0]
    if key in ("secret_key", "default_region"):
        assert asked.seen[key] == values[key]


@pytest.mark.parametrize("old, key", OLD)
def test_the_new_name_wins_over_the_old_one_and_nobody_is_warned(home, service, old, key):
    """Then the old one is not looked at: it may be anything, though it must not be empty."""
    values = {"default_organization_id": UUIDS[1], "insecure": "false"}
    environment = {**service.environment, OF_KEY[key]: values.get(key) or service.environment[OF_KEY[key]], old: "SCWZZ no value"}
    asked = Asked(home, service, env=environment)
    assert asked.sources[key] == OF_KEY[key] and asked.warnings == []
    assert (asked.seen["secret_key"], asked.seen["default_region"]) == (service.key, service.region)


@pytest.mark.parametrize("old", ["SCW_TOKEN", "SCW_REGION"])
def test_an_old_variable_wins_over_the_file(home, service, old):
    write(home, in_file(service, secret_key=UUIDS[0], default_region="nl-ams"))
    service.keys.add(UUIDS[0])
    key = "secret_key" if old == "SCW_TOKEN" else "default_region"
    value = {"SCW_TOKEN": service.key, "SCW_REGION": "fr-par"}[old]
    asked = Asked(home, service, env={old: value})
    assert asked.seen[key] == value and asked.sources[key] == old


@pytest.mark.parametrize("variable", [name for name in ALL if name not in MAY_BE_EMPTY])
def test_a_variable_that_is_set_but_empty_is_refused_by_name(home, service, variable):
    """Though everything it could say is said by the file."""
    write(home, in_file(service))
    message = refused(home, env={**service.environment, variable: ""})
    assert message.startswith(f"{variable} ") and "empty" in message
    assert service.requests == []


@pytest.mark.parametrize("variable", sorted(MAY_BE_EMPTY))
def test_an_empty_profile_or_path_is_none(home, service, variable):
    write(home, in_file(service, user_agent="of the file", active_profile="default"))
    assert Asked(home, service, env={variable: ""}).seen["user_agent"] == "of the file"


BAD_VALUES = {
    "SCW_SECRET_KEY": ["canary", UUIDS[0].replace("-", ""), "{" + UUIDS[0] + "}", UUIDS[0] + "\n", " " + UUIDS[0], UUIDS[0][:-1] + "g", "é"],
    "SCW_ACCESS_KEY": ["canary", "scw" + "A" * 17, "SCW" + "A" * 16, "SCW" + "A" * 18, "SCW" + "a" * 17, UUIDS[0]],
    "SCW_DEFAULT_PROJECT_ID": ["canary", UUIDS[0][1:], UUIDS[0] + " "],
    "SCW_DEFAULT_ORGANIZATION_ID": ["canary", "canary@example.com"],
    "SCW_DEFAULT_REGION": ["canary", "FR-PAR", "fr_par", "fr-par-1", "f-par", "fr-pa", "fr-parisian", "fr-par ", "fr-par/../nl-ams", "Local"],
    "SCW_DEFAULT_ZONE": ["canary", "fr-par", "fr-par-", "fr-par-123", "fr-par-a"],
    "SCW_INSECURE": ["canary", "yes", "on", "2", "tRUE", " true", "01"],
    "SCW_TLSVERIFY": ["canary", "no"],
    "SCW_USER_AGENT": ["a\nb", "a\tb", "é", "x" * 513, " a", "a ", "\x7f"],
}  # fmt: skip
EACH_BAD = [(variable, value) for variable, values in BAD_VALUES.items() for value in values]


@pytest.mark.parametrize("variable, value", EACH_BAD, ids=[f"{name}-{number}" for number, (name, _) in enumerate(EACH_BAD)])
def test_a_value_of_the_wrong_form_is_refused_by_name_and_not_repeated(home, service, variable, value):
    message = refused(home, env={**service.environment, variable: value})
    assert message.startswith(f"{variable} ") and "canary" not in message and UUIDS[0][:20] not in message
    assert service.requests == []


@pytest.mark.parametrize("value", ["1", "t", "T", "true", "True", "TRUE", "0", "f", "F", "false", "False", "FALSE"])
@pytest.mark.parametrize("variable", ["SCW_INSECURE", "SCW_TLSVERIFY"])
def test_whether_a_certificate_is_checked(home, value, variable):
    is_insecure = (value[0] in "1tT") == (variable == "SCW_INSECURE")
    with Scaleway(tls=TLS.self_signed()) as service, Bridge(home, env={**service.environment, variable: value}) as bridge:
        if is_insecure:
            bridge.result("accounts.list")
        else:
            assert bridge.error("accounts.list")["data"]["kind"] == "tls"
            assert service.requests == []
        errors = bridge.end()[2].decode()
    assert ("certificate is not checked" in errors) == is_insecure


@pytest.mark.parametrize("agent", ["x", "x" * 512, "scaleway-cli/2.0 (linux; amd64)", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"])
def test_a_user_agent_of_one_s_own_is_sent_as_it_is(home, service, agent):
    assert Asked(home, service, env={**service.environment, "SCW_USER_AGENT": agent}).seen["user_agent"] == agent


@pytest.mark.parametrize("old, new", [("par1", "fr-par"), ("ams1", "nl-ams")])
def test_a_region_s_name_of_years_ago(home, service, old, new):
    asked = Asked(home, service, env={**service.environment, "SCW_DEFAULT_REGION": old})
    assert asked.seen["default_region"] == asked.region == new
    assert len(asked.warnings) == 1 and new in asked.warnings[0] and "SCW_DEFAULT_REGION" in asked.warnings[0]


def test_variables_of_other_programs_are_left_alone(home, service):
    others = {name: UUIDS[0] for name in ("SCW_PROJECT_ID", "SCW_CACHE_DIR", "SCW_DEBUG", "SCW_SESSION_TOKEN", "SCW_API_TIMEOUT")}
    asked = Asked(home, service, "--log-level", "warning", env={**service.environment, **others})
    assert asked.seen["default_project_id"] == service.project and asked.warnings == []
    assert UUIDS[0].encode() not in service.requests[-1].head


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy"])
def test_https_goes_through_the_proxy_of_the_environment(home, good_tls, variable):
    with Scaleway(tls=good_tls) as service, Proxy() as proxy:
        environment = {**service.environment, "SSL_CERT_FILE": str(good_tls.ca_file), variable: proxy.url}
        Asked(home, service, env=environment)
        assert [asked.target for asked in proxy.asked] == [f"localhost:{service.port}"]
        Asked(home, service, env={**environment, "NO_PROXY": "localhost"})
        assert len(proxy.asked) == 1


def test_plain_http_shows_the_key_to_no_proxy(home, service):
    with Proxy() as proxy:
        Asked(home, service, env={**service.environment, "http_proxy": proxy.url, "HTTP_PROXY": proxy.url, "all_proxy": proxy.url})
        assert proxy.asked == []


# The file


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


# Profiles

PROFILES = """
user_agent: top
active_profile: work
profiles:
  work: {}
  home:
    user_agent: home
  club:
    user_agent: club
"""
CHOICES = {
    "the active one": (PROFILES.replace("work: {}", "work:\n    user_agent: work"), [], {}, "work", "config_file"),
    "nobody chose": (PROFILES.replace("active_profile: work", ""), [], {}, "top", None),
    "what is not set is inherited": (PROFILES, [], {}, "top", "config_file"),
    "the variable over the active one": (PROFILES, [], {"SCW_PROFILE": "home"}, "home", "SCW_PROFILE"),
    "the option over the variable": (PROFILES, ["--profile", "club"], {"SCW_PROFILE": "home"}, "club", "--profile"),
    "the option over a variable that names none": (PROFILES, ["--profile=club"], {"SCW_PROFILE": "nobody"}, "club", "--profile"),
    "the option over an active one that is not there": (
        PROFILES.replace("active_profile: work", "active_profile: nobody"), ["--profile", "club"], {}, "club", "--profile"),
    "default is the top level": (PROFILES, ["--profile", "default"], {"SCW_PROFILE": "home"}, "top", "--profile"),
    "default by the variable": (PROFILES, [], {"SCW_PROFILE": "default"}, "top", "SCW_PROFILE"),
    "default by the file": (PROFILES.replace("active_profile: work", "active_profile: default"), [], {}, "top", "config_file"),
    "an empty variable": (PROFILES.replace("active_profile: work", "active_profile: home"), [], {"SCW_PROFILE": ""}, "home", "config_file"),
    "null is inherited": (PROFILES.replace("work: {}", "work:\n    user_agent: ~"), [], {}, "top", "config_file"),
    "a name in quotes": (PROFILES.replace("  work: {}", "  'at: w': {}\n  \"\\u0061t\":\n    user_agent: at"), ["--profile", "at"], {}, "at",
        "--profile"),
}  # fmt: skip


@pytest.mark.parametrize("text, options, environment, agent, source", CHOICES.values(), ids=CHOICES)
def test_which_profile_counts(home, service, text, options, environment, agent, source):
    path = write(home, in_file(service) + text)
    asked = Asked(home, service, *options, env=environment)
    assert asked.seen["user_agent"] == agent and asked.warnings == []
    assert asked.sources.get("profile") == (str(path) if source == "config_file" else source)


UNKNOWN = {
    "by the option": (["--profile", "nobody"], {}, ["nobody", "--profile", "{path}"]),
    "by the variable": ([], {"SCW_PROFILE": "nobody"}, ["nobody", "SCW_PROFILE", "{path}"]),
    "an empty option over a good variable": (["--profile", ""], {"SCW_PROFILE": "home"}, ["--profile", "empty"]),
    "of another case": (["--profile", "Home"], {}, ["Home", "{path}"]),
    "with a space": (["--profile", "home "], {}, ["--profile", "{path}"]),
    "a key of the top level": (["--profile", "profiles"], {}, ["profiles", "{path}"]),
}


@pytest.mark.parametrize("options, environment, words", UNKNOWN.values(), ids=UNKNOWN)
def test_a_profile_that_is_not_there_is_refused(home, service, options, environment, words):
    path = write(home, in_file(service) + PROFILES)
    message = refused(home, *options, env=environment)
    assert all(word.format(path=path) in message for word in words), message
    assert service.requests == []


def test_an_active_profile_that_is_not_there_is_refused(home, service):
    path = write(home, in_file(service, active_profile="nobody"))
    message = refused(home)
    assert "active_profile" in message and "nobody" in message and str(path) in message


@pytest.mark.parametrize("options, environment", [(["--profile", "work"], {}), ([], {"SCW_PROFILE": "work"})])
def test_a_profile_without_a_file_is_refused_and_says_where_it_looked(home, service, options, environment):
    message = refused(home, *options, env={**service.environment, **environment})
    assert "work" in message and str(home / PLACES[0]) in message and str(home / PLACES[1]) in message


def test_a_profile_is_the_one_of_exactly_this_name(home, service):
    """An é of one character and one of two look alike and are two names."""
    write(home, in_file(service) + "profiles:\n  caf\u00e9:\n    user_agent: one\n")
    assert Asked(home, service, "--profile", "caf\u00e9").seen["user_agent"] == "one"
    assert "--profile" in refused(home, "--profile", "cafe\u0301")


def test_a_profile_named_default_is_not_used_and_that_is_said(home, service):
    path = write(home, in_file(service, user_agent="top") + "profiles:\n  default:\n    user_agent: never\n")
    asked = Asked(home, service, "--profile", "default")
    assert asked.seen["user_agent"] == "top"
    assert len(asked.warnings) == 1 and "default" in asked.warnings[0] and str(path) in asked.warnings[0]


# The strongest, and a weaker one beside it.
VALUES = {
    "secret_key": UUIDS[:2], "access_key": ACCESS_KEYS, "default_project_id": UUIDS[2:4], "default_organization_id": UUIDS[4:6],
    "default_region": ["nl-ams", "fr-par"], "default_zone": ["nl-ams-1", "fr-par-1"],
    "api_url": ["http://localhost:{port}", "http://127.0.0.1:{port}"], "insecure": ["true", "false"], "user_agent": ["strong", "weak"],
}  # fmt: skip
STRENGTH = [["variable", "profile", "top"], ["variable", "profile"], ["variable", "top"], ["profile", "top"], ["profile"], ["top"]]


@pytest.mark.parametrize("places", STRENGTH, ids="+".join)
@pytest.mark.parametrize("key", VALUES)
def test_a_variable_wins_over_the_profile_and_that_over_the_top_level(home, service, key, places):
    strong, weak = (value.format(port=service.port) for value in VALUES[key])
    service.keys |= set(UUIDS[:2])
    values = {place: strong if place == places[0] else weak for place in places}
    base = {"secret_key": service.key, "default_region": "fr-par", "api_url": service.url}
    text = lines({name: value for name, value in base.items() if name != key})
    # Booleans stand without quotes.
    said = {place: f"{key}: {value}\n" for place, value in values.items()}
    path = write(home, text + said.get("top", "") + "active_profile: work\nprofiles:\n  work:\n    " + said.get("profile", "\n"))
    asked = Asked(home, service, env={OF_KEY[key]: values["variable"]} if "variable" in values else {})
    assert asked.sources[key] == {"variable": OF_KEY[key], "profile": f"profile work of {path}", "top": str(path)}[places[0]]
    if key in asked.seen:
        assert asked.seen[key] == strong.removeprefix("http://")
    assert bool(asked.warnings) == (key == "insecure")


def test_only_a_value_that_counts_is_checked(home, service):
    broken = {name: "broken" for name in OF_KEY}
    write(home, lines(broken) + "profiles:\n  work:\n" + lines({**broken, "user_agent": "mine"}, "    "))
    more = {"SCW_INSECURE": "false", "SCW_DEFAULT_ZONE": "fr-par-1", "SCW_DEFAULT_ORGANIZATION_ID": UUIDS[0]}
    asked = Asked(home, service, "--profile", "work", env={**service.environment, **more})
    assert asked.seen["user_agent"] == "mine" and asked.seen["secret_key"] == service.key


@pytest.mark.parametrize("value", ["canary", ""])
@pytest.mark.parametrize("key", [name for name in OF_KEY if name != "user_agent"])
@pytest.mark.parametrize("place", ["top", "profile"])
def test_a_value_of_the_wrong_form_in_the_file_names_its_key_and_place(home, service, key, place, value):
    """An empty text, too: it is no way to take back what a weaker place says."""
    good = {"secret_key": service.key, "default_region": "fr-par", "api_url": service.url}
    if place == "top":
        path = write(home, lines({**good, key: value}))
        message = refused(home)
        assert message.startswith(f"{key} of {path} ")
    else:
        path = write(home, lines(good) + "profiles:\n  work:\n" + lines({key: value}, "    "))
        message = refused(home, "--profile", "work")
        assert message.startswith(f"{key} of profile work of {path} ")
    assert "canary" not in message and service.requests == []


YAML_BOOLEANS = {"true": True, "Yes": True, "on": True, "y": True, "TRUE": True, "false": False, "no": False, "OFF": False, "n": False}


@pytest.mark.parametrize("word", YAML_BOOLEANS)
def test_a_boolean_of_the_file_is_one_of_yaml_s(home, service, word):
    write(home, in_file(service) + f"insecure: {word}\n")
    assert bool(Asked(home, service).warnings) == YAML_BOOLEANS[word]


@pytest.mark.parametrize("word", ["'true'", '"false"', "1", "t", "maybe"])
def test_what_is_no_boolean_of_yaml_s_is_refused(home, service, word):
    write(home, in_file(service) + f"insecure: {word}\n")
    assert refused(home).startswith("insecure of ")


# The region that nobody wrote

A_FILE = f"secret_key: {UUIDS[0]}\n"
BROKEN = {**{name: "broken" for name in ALL if "PROFILE" not in name}, "SCW_CONFIG_PATH": "/nowhere/at/all", "SCW_SECRET_KEY": ""}
REGION_CASES = {
    # Text of the file, options, environment, then the region or words of the refusal.
    "nothing at all": (None, [], {}, "local with a warning"),
    "empty names": (None, [], {"SCW_PROFILE": "", "SCW_CONFIG_PATH": ""}, "local with a warning"),
    "a key": (None, [], {"SCW_SECRET_KEY": UUIDS[0]}, ["SCW_SECRET_KEY", "SCW_DEFAULT_REGION"]),
    "an access key": (None, [], {"SCW_ACCESS_KEY": ACCESS_KEYS[0]}, ["SCW_ACCESS_KEY", "SCW_DEFAULT_REGION"]),
    "a zone": (None, [], {"SCW_DEFAULT_ZONE": "fr-par-1"}, ["SCW_DEFAULT_ZONE", "SCW_DEFAULT_REGION"]),
    "a file": (A_FILE, [], {}, ["{path}", "SCW_DEFAULT_REGION"]),
    "an empty file": ("", [], {}, ["{path}", "SCW_DEFAULT_REGION"]),
    "a file of comments": ("# nothing yet\n", [], {}, ["{path}"]),
    "a broken file": ("a", [], {}, ["{path}", "line 1"]),
    "a file with a null region": ("default_region: ~\n", [], {}, ["{path}"]),
    "a file with an empty region": ("default_region: ''\n", [], {}, ["{path}", "default_region"]),
    "a region in a profile that is not chosen": (A_FILE + "profiles:\n  work:\n    default_region: local\n", [], {}, ["{path}"]),
    "an unknown profile": (None, ["--profile", "work"], {}, ["--profile"]),
    "the default profile of no file": (None, ["--profile", "default"], {}, ["--profile"]),
    "an unknown profile of a variable": (None, [], {"SCW_PROFILE": "work"}, ["SCW_PROFILE"]),
    "local in the file": ("default_region: local\n", [], {}, "local"),
    "local in the file, with a key": (A_FILE + "default_region: local\n", [], {}, "local"),
    "local in the profile": (A_FILE + "default_region: fr-par\nprofiles:\n  work:\n    default_region: local\n", ["--profile", "work"], {}, "local"),
    "local in the variable": (None, [], {"SCW_DEFAULT_REGION": "local"}, "local"),
    "local in the variable, all else broken": ("a", [], {**BROKEN, "SCW_DEFAULT_REGION": "local"}, "local"),
    "local in the variable, the profile unknown": (None, ["--profile", "work"], {"SCW_DEFAULT_REGION": "local"}, "local"),
    "local in the option, all else broken": ("a", ["--region", "local"], BROKEN, "local"),
    "a variable over local in the file": ("default_region: local\n", [], {"SCW_DEFAULT_REGION": "fr-par"}, ["SCW_SECRET_KEY"]),
    "no key": (None, [], {"SCW_DEFAULT_REGION": "fr-par"}, ["SCW_SECRET_KEY"]),
    "no key, region of the file": ("default_region: nl-ams\n", [], {}, ["SCW_SECRET_KEY", "secret_key"]),
    "no key, region of the option": (None, ["--region", "fr-par"], {}, ["SCW_SECRET_KEY"]),
    "an access key is no secret key": (None, ["--region", "fr-par"], {"SCALEWAY_ACCESS_KEY": ACCESS_KEYS[0]}, ["SCW_SECRET_KEY"]),
    "Scaleway's, but not known to have the service": (
        None, [], {"SCW_DEFAULT_REGION": "pl-waw"}, ["SCW_SECRET_KEY", "is pl-waw the right region?", "fr-par", "nl-ams"]),
    "of another form": (None, [], {"SCW_DEFAULT_REGION": "LOCAL"}, ["SCW_DEFAULT_REGION"]),
}  # fmt: skip


@pytest.mark.parametrize("text, options, environment, expected", REGION_CASES.values(), ids=REGION_CASES)
def test_the_region_of_a_request_that_names_none(home, text, options, environment, expected):
    path = home / PLACES[0] if text is None else write(home, text)
    if isinstance(expected, list):
        message = refused(home, *options, env=environment)
        assert all(word.format(path=path) in message for word in expected), message
        return
    with Bridge(home, *options, env=environment) as bridge:
        assert [bridge.result("accounts.list")["region"] for _ in range(2)] == ["local"] * 2
        errors = bridge.end()[2].splitlines()
    assert len(errors) == (1 if "warning" in expected else 0), errors
    assert all(b" warning: " in line and b"local" in line for line in errors)


@pytest.mark.parametrize("variable", ALL)
def test_no_variable_alone_makes_anything_local(home, variable):
    values = {
        "SCW_DEFAULT_REGION": "fr-par", "SCW_REGION": "fr-par", "SCALEWAY_REGION": "fr-par", "SCW_DEFAULT_ZONE": "fr-par-1", "SCW_INSECURE": "0",
        "SCW_TLSVERIFY": "1", "SCW_API_URL": "https://localhost:1", "SCW_ACCESS_KEY": ACCESS_KEYS[0], "SCW_PROFILE": "default",
        "SCW_CONFIG_PATH": str(write(home, "", "empty.yaml")),
    }  # fmt: skip
    message = refused(home, env={variable: values.get(variable, UUIDS[0])})
    assert variable in message or "SCW_SECRET_KEY" in message


def test_a_region_of_the_request_needs_a_key_too(home):
    with Bridge(home) as bridge:
        assert "SCW_SECRET_KEY" in refusal(bridge.error("accounts.list", {"region": "fr-par"}))
        assert bridge.result("accounts.list", {"region": "local"})["region"] == "local"


def test_one_process_serves_every_region(home, service):
    with Bridge(home, env=service.environment) as bridge:
        regions = [bridge.result("accounts.list", {"region": name} if name else {})["region"] for name in ("nl-ams", None, "local", "fr-par")]
    assert regions == ["nl-ams", "fr-par", "local", "fr-par"]
    assert [recorded.path.split("/")[4] for recorded in service.requests] == ["nl-ams", "fr-par", "fr-par"]


# The API's URL

REACHED = [
    "http://127.0.0.1:{port}", "http://127.0.0.1:{port}/", "http://localhost:{port}", "HTTP://LocalHost:{port}//", "http://127.0.0.1:{port}/v",
    "http://localhost:{port}/a/b-c_d.e~1/", "https://localhost:{tls}", "HTTPS://LOCALHOST:{tls}/gate/way",
]  # fmt: skip


@pytest.mark.parametrize("url", REACHED)
def test_a_url_that_is_taken_and_reached(home, good_tls, url):
    with Scaleway() as service, Scaleway(tls=good_tls) as safe:
        reached, other = (safe, service) if "{tls}" in url else (service, safe)
        reached.fail("*", answer(401, DENIED), times=None)
        environment = {**service.environment, "SCW_API_URL": url.format(port=service.port, tls=safe.port), "SSL_CERT_FILE": str(good_tls.ca_file)}
        with Bridge(home, env=environment) as bridge:
            assert bridge.error("accounts.list")["code"] == 1401
        path = "/" + "/".join(url.rstrip("/").split("/")[3:])
        assert [recorded.path for recorded in reached.requests] == [path.rstrip("/") + "/mnq/v1beta1/regions/fr-par/nats-accounts"]
        assert other.requests == []


# Nothing is sent there: `bridge.info` reads the configuration, too.
TAKEN = [
    "https://api.scaleway.com", "https://api.scaleway.com/", "https://api.scaleway.com:443", "https://API.scaleway.com:65535/x", "https://gw_1-a.b",
    "https://[2001:db8::1]:8443/x", "http://[::1]:1", "http://127.255.255.254:1", "https://127.1", "https://10.0.0.1",
    "https://xn--bcher-kva.example", "https://api.example/a:b@c;d=e,f+g", "https://" + "a" * 63 + ".example",
]  # fmt: skip


@pytest.mark.parametrize("url", TAKEN)
def test_a_url_that_is_taken(home, url):
    with Bridge(home, env={"SCW_API_URL": url, "SCW_SECRET_KEY": UUIDS[0], "SCW_DEFAULT_REGION": "fr-par"}) as bridge:
        info = bridge.result("bridge.info")
    assert info["warnings"] == [] and {"name": "api_url", "source": "SCW_API_URL"} in info["settings"]


REFUSED = [
    "canary", "api.canary.example", "//canary.example", "ftp://canary.example", "file:///canary", "javascript:canary", "https:", "https://",
    "https:///canary", "https:/canary.example", "https:canary.example", "http://canary.example", "http://10.0.0.1", "http://0.0.0.0", "http://127.1",
    "http://0177.0.0.1", "http://2130706433", "http://127.0.0.1.canary.example", "http://localhost.canary.example", "http://127.0.0.256",
    "http://[::ffff:127.0.0.1]", "http://[::2]", "http://[::1", "http://::1", "https://[::1]canary", "https://[canary]", "https://[fe80::1%25lo]",
    "https://user:canary@api.example", "https://canary@api.example", "https://api.example@canary.example", "http://127.0.0.1@canary.example",
    "https://api.example:0", "https://api.example:65536", "https://api.example:", "https://api.example:canary", "https://api.example:80:80",
    "https://api.example:+80", "https://api.example?canary", "https://api.example/?canary=1", "https://api.example#canary", "https://api.example/#",
    "https://api.example/canary/../x", "https://api.example/./canary", "https://api.example//canary", "https://api.example/%2e%2e/canary",
    "https://api.example/a%20b", "https://%61pi.example", "https://api.example/canary x", " https://api.example", "https://api.example ",
    "https://api.example\n", "https://api.example\r\nX-Canary: canary", "https://api.example\\canary", "https:\\\\api.example",
    "https://api..example", "https://.example", "https://api.example./", "https://b\u00fccher.example", "https://api.example/\u00fc",
    "https://api.example/<canary>",
    "https://" + "a" * 64 + ".example", "https://api.example/" + "canary" * 400, "https://canary!.example", "https://api.example\u3002example",
    "https://api.scaleway.com, https://canary.example",
]  # fmt: skip


@pytest.mark.parametrize("url", REFUSED, ids=[str(number) for number in range(len(REFUSED))])
def test_a_url_that_is_refused(home, url):
    message = refused(home, env={"SCW_API_URL": url, "SCW_SECRET_KEY": UUIDS[0], "SCW_DEFAULT_REGION": "fr-par"})
    assert message.startswith("SCW_API_URL is not a usable URL: ") and "canary" not in message.lower()


def test_a_url_of_the_file_that_is_refused_names_the_file(home):
    path = write(home, lines({"api_url": "http://canary.example", "secret_key": UUIDS[0], "default_region": "fr-par"}))
    message = refused(home)
    assert message.startswith(f"api_url of {path} is not a usable URL: ") and "canary" not in message


# Permissions


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


# Files that are none


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


# The life of a configuration


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


# Secrets

# A slip of the hand puts the key anywhere. What follows it here is cut off at neither end by any of the forms.
CANARY = "5ec2e700-dead-4bad-8bad-c0ffee5ec2e7"
SLIPS = {
    # Variables and the file's text, then what the message names.
    "a key with a tail": ({"SCW_SECRET_KEY": CANARY + "x"}, None, "SCW_SECRET_KEY"),
    "as the access key": ({"SCW_ACCESS_KEY": CANARY}, None, "SCW_ACCESS_KEY"),
    "as the region": ({"SCW_DEFAULT_REGION": CANARY}, None, "SCW_DEFAULT_REGION"),
    "as the zone": ({"SCW_DEFAULT_ZONE": CANARY}, None, "SCW_DEFAULT_ZONE"),
    "as the profile": ({"SCW_PROFILE": CANARY}, None, "SCW_PROFILE"),
    "as the URL": ({"SCW_API_URL": CANARY}, None, "SCW_API_URL"),
    "in the URL": ({"SCW_API_URL": f"https://{CANARY}@api.example"}, None, "SCW_API_URL"),
    "in the URL's query": ({"SCW_API_URL": f"https://api.example/?token={CANARY}"}, None, "SCW_API_URL"),
    "as a boolean": ({"SCW_INSECURE": CANARY}, None, "SCW_INSECURE"),
    "in the user agent": ({"SCW_USER_AGENT": f"a\t{CANARY}"}, None, "SCW_USER_AGENT"),
    "by an old name": ({"SCW_TOKEN": CANARY + "x"}, None, "SCW_TOKEN"),
    "by an old name of two meanings": ({"SCALEWAY_ACCESS_KEY": CANARY + "x"}, None, "SCALEWAY_ACCESS_KEY"),
    "with a tail in the file": ({}, f"secret_key: {CANARY}x\n", "secret_key of "),
    "with a quote that never ends": ({}, f'secret_key: "{CANARY}\n', "line 1"),
    "behind a quote": ({}, f"secret_key: '' {CANARY}\n", "line 1"),
    "without a colon": ({}, f"secret_key {CANARY}\n", "line 1"),
    "with no space": ({}, f"secret_key:{CANARY}\n", "line 1"),
    "alone": ({}, CANARY, "line 1"),
    "on the next line": ({}, f"secret_key:\n  {CANARY}\n", "line 2"),
    "with another colon": ({}, f"secret_key: {CANARY}: x\n", "line 1"),
    "twice": ({}, f"secret_key: {CANARY}\nsecret_key: {CANARY}\n", "line 2"),
    "in a list": ({}, f"secret_key:\n- {CANARY}\n", "line 1"),
    "in brackets": ({}, f"secret_key: [{CANARY}]\n", "line 1"),
    "as an anchor": ({}, f"secret_key: &{CANARY} x\n", "line 1"),
    "as a tag": ({}, f"secret_key: !{CANARY} x\n", "line 1"),
    "as an escape": ({}, f'secret_key: "\\q{CANARY}"\n', "line 1"),
    "as a key of a key": ({}, f"secret_key:\n  {CANARY}: x\n", "line 1"),
    "a key twice": ({}, f"{CANARY}: x\n{CANARY}: x\n", "line 2"),
    "as the file's region": ({}, f"default_region: {CANARY}\n", "default_region of "),
    "as the active profile": ({}, f"active_profile: {CANARY}\n", "active_profile"),
    "as the profiles": ({}, f"profiles: {CANARY}\n", "line 1"),
    "as a profile's name": ({}, f"active_profile: {CANARY}\nprofiles:\n  {CANARY}:\n    secret_key: {CANARY}x\n", "secret_key of "),
    "as a profile": ({}, f"profiles:\n  work: {CANARY}\n", "line 2"),
    "in the file's URL": ({}, f"api_url: https://api.example/{CANARY}/../x\n", "api_url of "),
    "as the directive": ({}, f"%{CANARY}\n---\na: b\n", "line 1"),
    "in bytes that are no text": ({}, f"secret_key: {CANARY}".encode() + b"\xff", "line 1"),
}


@pytest.mark.parametrize("environment, text, named", SLIPS.values(), ids=SLIPS)
def test_a_key_in_the_wrong_place_is_never_shown(home, environment, text, named):
    if text is not None:
        write(home, text, mode=0o644)
    if text is None:
        # Nobody listens there, should a slip ever pass for a setting.
        environment = {"SCW_DEFAULT_REGION": "fr-par", "SCW_API_URL": "http://127.0.0.1:1", **environment}
    with Bridge(home, "--log-level", "trace", env=environment) as bridge:
        message = refusal(bridge.error("accounts.list"))
        said = [message, json.dumps(bridge.result("bridge.info")), bridge.end()[2].decode()]
    doctor = run(home, "doctor", env=environment)
    call = run(home, "call", "accounts.list", env=environment)
    for result in (doctor, call):
        said += [result.stdout.decode(), result.stderr.decode()]
    assert doctor.returncode == 1 and call.returncode == 4
    assert named in message and named in said[1]
    for part in (CANARY[:18], CANARY[-18:]):
        assert not any(part in text.lower() for text in said), "the key was shown"


ENDINGS = {"well": None, "refused": answer(401, DENIED), "forbidden": answer(403, {"type": "permissions_denied"}), "nonsense": answer(200, b"{")}


@pytest.mark.parametrize("place", ["variable", "old variable", "file"])
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_key_that_is_used_is_shown_nowhere(home, service, place, ending):
    environment = {**service.environment, "SCW_ACCESS_KEY": service.access_key}
    if place == "file":
        write(home, in_file(service, access_key=service.access_key))
        environment = {}
    elif place == "old variable":
        environment = {**without(environment, "SCW_SECRET_KEY"), "SCW_TOKEN": service.key}
    if ENDINGS[ending]:
        service.fail("*", ENDINGS[ending], times=None)
    with Bridge(home, "--log-level", "trace", env=environment) as bridge:
        said = [json.dumps(bridge.call(method, {})) for method in ("accounts.list", "accounts.create", "bridge.info", "credentials.list")]
        with open(f"/proc/{bridge.process.pid}/cmdline") as file:
            said.append(file.read())
        said.append(bridge.end()[2].decode())
    doctor = run(home, "doctor", env=environment)
    said += [doctor.stdout.decode(), doctor.stderr.decode()]
    assert doctor.returncode == (0 if ending == "well" else 1)
    shown = [text for text in said if service.key in text.lower() or service.access_key in text]
    assert shown == [], "a key was shown"
    assert files_below(home) == (["config", "config/scw", PLACES[0]] if place == "file" else [])


# doctor


class Doctor:
    """One run: settings with their sources, and findings by subject."""

    def __init__(self, home, *arguments, env=None):
        result = run(home, "doctor", *arguments, env=env)
        self.status, self.errors = result.returncode, result.stderr.decode()
        text = result.stdout.decode().splitlines()
        self.sources = dict(line[2:].split(": from ", 1) for line in text if line.startswith("  "))
        self.findings = dict(line.split(": ", 1) for line in text if not line.startswith("  "))
        assert self.status == (1 if any(subject.startswith("!! ") for subject in self.findings) else 0)


def test_doctor_asks_the_service_and_says_where_everything_came_from(home, service):
    service.add_account("one")
    path = write(home, in_file(service, access_key=service.access_key) + "profiles:\n  work:\n    user_agent: doctor\n")
    found = Doctor(home, "--profile", "work", env={"SCW_DEFAULT_PROJECT_ID": service.project})
    assert found.status == 0 and found.errors == ""
    assert "takes the key" in found.findings["ok fr-par"] and found.findings["ok fr-par"].endswith("accounts: 1")
    file, profile = str(path), f"profile work of {path}"
    expected = {
        "secret_key": file, "access_key": file, "default_region": file, "api_url": file, "config_file": file, "region": file,
        "user_agent": profile, "profile": "--profile", "default_project_id": "SCW_DEFAULT_PROJECT_ID",
    }  # fmt: skip
    assert expected.items() <= found.sources.items()
    assert [recorded.method for recorded in service.requests] == ["GET"] and service.requests[0].header("User-Agent") == "doctor"


@pytest.mark.parametrize("options, environment", [(["--region", "nl-ams"], {}), ([], {"SCW_DEFAULT_REGION": "nl-ams"})])
def test_doctor_asks_in_the_region_that_counts(home, service, options, environment):
    assert "ok nl-ams" in Doctor(home, *options, env={**service.environment, **environment}).findings
    assert "/regions/nl-ams/" in service.requests[-1].path


def test_doctor_and_a_key_that_the_service_does_not_know(home, service):
    service.keys.clear()
    found = Doctor(home, env=service.environment)
    assert found.status == 1 and "unauthenticated" in found.findings["!! Scaleway"] and "SCW_SECRET_KEY" in found.findings["!! Scaleway"]


def test_doctor_and_a_service_that_is_not_reached(home, service):
    service.down()
    found = Doctor(home, env=service.environment)
    assert found.status == 1 and "network" in found.findings["!! Scaleway"]


def test_doctor_and_a_certificate_that_nobody_vouches_for(home):
    with Scaleway(tls=TLS.self_signed()) as service:
        found = Doctor(home, env=service.environment)
    assert found.status == 1 and found.findings["!! Scaleway"].startswith("tls: ")


def test_doctor_and_a_broken_file(home):
    path = write(home, "secret_key: 'x\n")
    found = Doctor(home)
    assert found.status == 1 and str(path) in found.findings["!! Scaleway"] and "line 1, column 13" in found.findings["!! Scaleway"]


def test_doctor_and_a_region_without_a_key(home):
    found = Doctor(home, env={"SCW_DEFAULT_REGION": "fr-par"})
    assert found.status == 1 and "SCW_SECRET_KEY" in found.findings["!! Scaleway"]


def test_doctor_and_a_region_that_is_not_served(home, service):
    """Every request that names no region is refused then, so all is not well."""
    found = Doctor(home, env={**service.environment, "SCW_DEFAULT_REGION": "pl-waw"})
    assert found.status == 1 and any("pl-waw" in text for subject, text in found.findings.items() if subject.startswith("!! "))


def test_doctor_and_a_key_without_a_region(home, service):
    """The same."""
    found = Doctor(home, env=without(service.environment, "SCW_DEFAULT_REGION"))
    assert found.status == 1 and any("SCW_DEFAULT_REGION" in text for subject, text in found.findings.items() if subject.startswith("!! "))


def test_doctor_where_nothing_of_scaleway_s_is_configured(home):
    found = Doctor(home)
    assert found.status == 0 and not any("Scaleway" in subject or "par" in subject for subject in found.findings)


def test_doctor_gives_warnings_on_stderr(home, service):
    path = write(home, in_file(service), mode=0o644)
    found = Doctor(home, env={"SCW_ORGANIZATION": UUIDS[0]})
    assert found.status == 0 and f"chmod 600 {path}" in found.errors and "SCW_DEFAULT_ORGANIZATION_ID" in found.errors
    assert found.errors.count("\n") == 2


# The file, read as PyYAML reads it

PLAIN_NULLS = ("", "~", "null", "Null", "NULL")
TEXTS = [
    "plain", "two words", "it's", 'say "x"', "a\\b", "a: b", "a #b", "a#b", "#x", "x:", "x:y", "-x", "- x", "--- x", "...", "---", "null", "~", "123",
    "0x1F", "yes", "1e3", "2024-01-01", "&a", "*a", "!t", "|", ">", "%x", "@x", "`x`", "{a}", "{}", "[a]", "a,b", ",a", "?x", "? x", ":x", "<<", "=",
    "x ", "'", '"', "\\", "\\x41", "a  b", "a'b'c", '"a" b', "x'", "://", "}", "]",
]  # fmt: skip
# For names of profiles, which may be any text.
SCALARS = ["\u00e9", "e\u0301", "\u4e2d", "\U0001f511", "\u2028", "\u2029", "\x85", "\xa0", "\t", "\x07", "\u200b", "\ufffd", "a", " ", "b"]
ESCAPES = {
    "\0": "0", "\x07": "a", "\x08": "b", "\t": "t", "\n": "n", "\x0b": "v", "\x0c": "f", "\r": "r", "\x1b": "e", "\x85": "N", "\xa0": "_",
    "\u2028": "L", "\u2029": "P", '"': '"', "\\": "\\", "/": "/", " ": " ",
}  # fmt: skip
# What a slip of the hand, another program or somebody who knows YAML well may put in.
ODDITIES = [
    "\t", "\r", "\ufeff", "\0", "\x85", "\u2028", "\x7f", "\xa0", " ", "  ", "\n", "\n\n", ":", ": ", " #", "#", "'", '"', "\\", "-", "- ", "---\n",
    "...\n", "&a ", "*a", "!!str ", "!x ", "[", "]", "{", "}", "{}", ",", "|\n", ">-\n", "? ", "<<: ", "%YAML 1.1\n", "~", "null", "\\u12", "\\x4",
    "''", "@", "`", "|", "%", "=", "\n  more words\n", "\n    deeper: x\n", "\n- item\n", "a: {b: c}\n", "a: [b, c]\n", "x: &y z\n", "x: *y\n",
    "\u00e9",
]  # fmt: skip


class Writer:
    """Writes small files of the shape of Scaleway's, each way that YAML has; all from one number."""

    def __init__(self, seed, url):
        self.random, self.url = random.Random(seed), url
        self.options = []

    def quoted(self, text):
        """In double quotes, with some characters escaped that need not be."""
        return '"' + "".join(self.escaped(character) for character in text) + '"'

    def escaped(self, character):
        must = character in '"\\' or character in ESCAPES and character not in "/ " or not character.isprintable() and character not in "\u200b"
        if not must and self.random.random() > 0.2:
            return character
        ways = [f"\\U{ord(character):08x}"]
        ways += [f"\\u{ord(character):04X}"] if ord(character) < 0x10000 else []
        ways += [f"\\x{ord(character):02x}"] if ord(character) < 0x100 else []
        ways += ["\\" + ESCAPES[character]] * 2 if character in ESCAPES else []
        return self.random.choice(ways)

    def scalar(self, text):
        """Any way to write it that is right: plain only where nobody could take it for something else."""
        ways = [self.quoted(text)]
        if text.isprintable():
            ways.append("'" + text.replace("'", "''") + "'")
        if re.fullmatch(r"[a-zA-Z0-9/\u00e9][\w./:-]*(?<!:)( [\w.-]+)*", text) and text not in PLAIN_NULLS:
            ways += [text] * 3
        return self.random.choice(ways)

    def entry(self, key, text, indent=""):
        key = self.random.choice([key] * 6 + [f"'{key}'", self.quoted(key)])
        colon = self.random.choice([": "] * 5 + [":  ", " : "])
        comment = self.random.choice([""] * 4 + [" # more", "   #", "  # a\tb", "  "])
        return f"{indent}{key}{colon}{text}{comment}\n"

    def filler(self):
        return self.random.choice([""] * 6 + ["\n", "# a comment: 'x\n", "   \n", "  # \tx\n", "\n\n"])

    def settings(self, indent="", keys=()):
        values = {
            "secret_key": self.random.choice(UUIDS), "default_region": self.random.choice(["fr-par", "nl-ams"]), "access_key": ACCESS_KEYS[0],
            "api_url": self.url + "/" + self.random.choice("abc"), "default_project_id": self.random.choice(UUIDS),
            "user_agent": self.random.choice([text for text in TEXTS if text.strip() == text]),
        }  # fmt: skip
        chosen = [key for key in values if key in keys or self.random.random() < 0.5]
        made = [self.entry(key, self.scalar(values[key]), indent) for key in chosen]
        made += self.random.sample([
            f"{indent}send_telemetry: true\n", f"{indent}s3_endpoint: 'https://x: y'\n", f"{indent}tags:\n{indent}- one\n{indent}- 'two'\n",
            f"{indent}cli:\n{indent}  alias:\n{indent}    isl: {{}}\n{indent}  x: ~\n", f"{indent}default_zone:\n", f"{indent}insecure: no\n",
            f"{indent}default_organization_id: null\n", f"{indent}more:\n{indent}    - \n{indent}    - \"b\" # c\n",
        ], self.random.choice([0, 0, 1, 2]))  # fmt: skip
        self.random.shuffle(made)
        return self.filler().join(made)

    def name(self):
        if self.random.random() < 0.5:
            return self.random.choice(["work", "home", "at home", "123", "profiles"])
        return "".join(self.random.choices(SCALARS, k=self.random.randint(1, 6)))

    def ordinary(self):
        """A file that must be read: everything in it is right, and nothing is of the rarer kinds."""
        text = self.filler() + self.settings(keys=("secret_key", "default_region", "api_url"))
        if self.random.random() < 0.6:
            name, indent = self.name(), " " * self.random.randint(1, 5)
            inner = indent + " " * self.random.randint(1, 4)
            text += f"profiles:{self.random.choice(['', ' ', ' # all'])}\n" + self.filler()
            # A value behind it, so that a profile is never empty.
            text += f"{indent}{self.scalar(name)}:\n{self.settings(inner, keys=('user_agent',))}{self.filler()}"
            if self.random.random() < 0.5:
                self.options = [f"--profile={name}"]
            else:
                text = self.entry("active_profile", self.scalar(name)) + text if self.random.random() < 0.5 else text + self.entry(
                    "active_profile", self.scalar(name)
                )
        if self.random.random() < 0.2:
            text = self.random.choice(["---\n", "--- # x\n", "\n---\n"]) + text
        if self.random.random() < 0.1:
            text += self.random.choice(["...\n", "... # x\n# y\n"])
        if self.random.random() < 0.15:
            text = text.replace("\n", "\r\n")
        if self.random.random() < 0.1:
            text = "\ufeff" + text
        return text.rstrip("\r\n") if self.random.random() < 0.1 else text

    def odd(self):
        """The same, with something put in, taken out, exchanged or doubled at one to three places, seldom after all right."""
        text = self.ordinary()
        for _ in range(self.random.choice([1, 1, 1, 2, 3])):
            # At the seams, where it matters, or anywhere.
            seams = [found.start() for found in re.finditer(r"(?m)^|$|(?<=: )|(?=:)|(?<=['\"])|(?=['\"])|(?<=^ )", text)]
            place = self.random.choice(seams) if self.random.random() < 0.7 else self.random.randint(0, len(text))
            kind = self.random.random()
            if kind < 0.5:
                text = text[:place] + self.random.choice(ODDITIES) + text[place:]
            elif kind < 0.65:
                text = text[:place] + text[place + self.random.randint(1, 3) :]
            elif kind < 0.8:
                text = text[:place] + self.random.choice(ODDITIES + TEXTS) + text[place + 1 :]
            elif kind < 0.9:
                whole = text.splitlines(keepends=True)
                number = self.random.randrange(len(whole))
                whole.insert(self.random.randrange(len(whole)), whole[number])
                text = "".join(whole)
            else:
                whole = text.splitlines(keepends=True)
                number = self.random.randrange(len(whole))
                whole[number] = self.random.choice(["", " ", "  ", "    "]) + whole[number].lstrip(" ")
                text = "".join(whole)
        return text


class PyYAML:
    """What PyYAML makes of a file, by the rules of the configuration. `is_read` is false where it refuses the text."""

    def __init__(self, data, options):
        try:
            root = yaml.compose(data, Loader=yaml.BaseLoader)
        except (yaml.YAMLError, ValueError, OverflowError):
            # The last two come from escapes that are no characters.
            self.is_read = False
            return
        self.is_read = True
        top = self.plain(root) if root else {}
        self.top = top if isinstance(top, dict) else {}
        profiles = self.top.get("profiles")
        name = options[0].removeprefix("--profile=") if options else self.top.get("active_profile")
        chosen = profiles.get(name) if isinstance(profiles, dict) and isinstance(name, str) and name != "default" else {}
        of_profile = {key: value for key, value in (chosen or {}).items() if value is not None} if isinstance(chosen, dict | None) else {}
        self.settings = {**self.top, **of_profile}

    def plain(self, node):
        if isinstance(node, yaml.MappingNode):
            return {self.hashable(key): self.plain(value) for key, value in node.value}
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(item) for item in node.value]
        return None if node.style is None and node.value in PLAIN_NULLS else node.value

    def hashable(self, node):
        """A key; one that is no text is like none of ours."""
        return node.value if isinstance(node, yaml.ScalarNode) else object()

    def request(self):
        """What must reach the service."""
        found = {key: self.settings.get(key) for key in ("secret_key", "default_region", "default_project_id", "user_agent")}
        return {**found, "path": ("/" + str(self.settings.get("api_url")).split("/", 3)[-1]).rstrip("/")}


class Judge:
    """Gives files to bridges, one each, and compares."""

    def __init__(self, home, service):
        self.home, self.service, self.traffic = home, service, Traffic()
        self.read = self.refused = 0
        service.fail("*", answer(401, DENIED), times=None)

    def environment(self, theirs):
        """Nothing may ever leave this machine: where a file names no URL of the stand-in's, a variable does; and a proxy that is none is
        between the bridge and all others."""
        own = theirs.is_read and str(theirs.settings.get("api_url")).startswith(self.service.url + "/")
        return {"HTTPS_PROXY": self.service.url, **({} if own else {"SCW_API_URL": self.service.url})}

    def differences(self, seed, text, options, must_read):
        """What is wrong with the way one file was taken; empty if nothing is."""
        path = write(self.home, text.encode("utf-8", "surrogatepass"))
        theirs, count = PyYAML(path.read_bytes(), options), len(self.service.requests)
        line = request("accounts.create", {"name": "a"})
        self.traffic.sent(line)
        result = run(self.home, *options, input=line, env=self.environment(theirs))
        answered = self.traffic.came(result.stdout.rstrip(b"\n"))
        assert result.returncode == 0
        requests = self.service.requests[count:]
        code, message = (answered["error"]["code"], answered["error"]["message"]) if "error" in answered else (0, "made")
        if code == 1460:
            self.refused += 1
            place = re.search(r" is not understood: line (\d+), column (\d+): ", message)
            if must_read or not theirs.is_read and not place or requests:
                return [(seed, text, options, message)]
            if place and not (int(place[1]) <= text.count("\n") + 1 and int(place[2]) <= 1 + max(map(len, text.split("\n")))):
                return [(seed, text, "a place outside the file", message)]
            return []
        self.read += 1
        if (code, len(requests)) != (1401, 1) or not theirs.is_read:
            return [(seed, text, options, message)]
        recorded = requests[0]
        ours = {
            "secret_key": recorded.header("X-Auth-Token"), "default_region": recorded.path.split("/")[-2],
            "default_project_id": recorded.json.get("project_id"), "user_agent": recorded.header("User-Agent"),
            "path": recorded.path.split("/mnq/")[0],
        }  # fmt: skip
        wanted = theirs.request()
        if "SCW_API_URL" in self.environment(theirs):
            wanted["path"] = ""
        if wanted["user_agent"] is None and ours["user_agent"].startswith("nats-credentials-bridge/"):
            wanted["user_agent"] = ours["user_agent"]
        return [] if ours == wanted else [(seed, text, options, {key: (ours[key], wanted[key]) for key in ours if ours[key] != wanted[key]})]


@pytest.fixture
def judge(home, service):
    return Judge(home, service)


def test_ordinary_files_are_read_as_pyyaml_reads_them(judge):
    found = []
    for seed in range(130):
        writer = Writer(f"ordinary {seed}", judge.service.url)
        found += judge.differences(seed, writer.ordinary(), writer.options, True)
    assert found[:3] == [] and judge.read == 130


def test_odd_files_are_read_as_pyyaml_reads_them_or_refused(judge):
    found = []
    for seed in range(300):
        writer = Writer(f"odd {seed}", judge.service.url)
        found += judge.differences(seed, writer.odd(), writer.options, False)
    assert found[:3] == []
    # Both ways were gone often enough for this to mean something.
    assert judge.read > 30 and judge.refused > 100
