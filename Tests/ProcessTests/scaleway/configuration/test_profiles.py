"""Profiles of Scaleway's configuration file: which counts, and that a variable wins over the profile and that over the top level."""

import pytest

from scaleway_settings import ACCESS_KEYS, OF_KEY, PLACES, UUIDS, Asked, in_file, lines, refused, write

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
