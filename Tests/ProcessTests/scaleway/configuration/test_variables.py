"""Settings of Scaleway's regions from variables of the environment: each alone, under its old names, of the wrong form, and proxies."""

import json
import re

import pytest

from bridge import Bridge
from scaleway_service import TLS, Proxy, Scaleway
from scaleway_settings import ALL, MAY_BE_EMPTY, OF_KEY, UUIDS, Asked, in_file, refused, without, write


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
