"""Which region an unwritten one is: local only where nothing at all of Scaleway's is configured, so that a broken variable can never mint a
local credential in silence."""

import pytest

from bridge import Bridge
from process_tools import call, files_below, state_folder

VARIABLES = [
    "SCW_ACCESS_KEY", "SCW_SECRET_KEY", "SCW_DEFAULT_PROJECT_ID", "SCW_DEFAULT_ORGANIZATION_ID", "SCW_DEFAULT_ZONE", "SCW_API_URL",
    "SCW_PROFILE", "SCW_CONFIG_PATH", "SCW_INSECURE",
]  # fmt: skip
METHODS = ["credentials.list", "credentials.create", "accounts.list", "accounts.create"]


def refused(bridge, method="credentials.list", params=None):
    error = bridge.error(method, params)
    data = error["data"]
    assert (error["code"], data["kind"], data["retryable"], data["outcome"]) == (1460, "not_configured", False, "none")
    return error["message"]


def test_with_nothing_configured_it_is_local_and_one_warning_says_so(home):
    with Bridge(home) as bridge:
        for method in ["credentials.list", "credentials.create", "accounts.list"] * 2:
            assert bridge.result(method)["region"] == "local"
        status, _, errors = bridge.end()
    assert status == 0
    lines = errors.splitlines()
    assert len([line for line in lines if b"local" in line and b" warning: " in line]) == 1
    assert len(lines) == 1


@pytest.mark.parametrize("written", ["parameter", "option", "variable"])
def test_local_written_out_is_always_allowed_and_warns_nobody(home, written):
    environment = {name: "canary" for name in VARIABLES}
    options, params = [], {}
    if written == "variable":
        environment["SCW_DEFAULT_REGION"] = "local"
    elif written == "option":
        options = ["--region", "local"]
    else:
        params = {"region": "local"}
    with Bridge(home, *options, env=environment) as bridge:
        assert bridge.result("credentials.list", params)["region"] == "local"
        status, _, errors = bridge.end()
    assert (status, errors) == (0, b"")


@pytest.mark.parametrize("variable", VARIABLES)
def test_any_variable_of_scaleway_s_without_a_region_is_not_configured(home, variable):
    with Bridge(home, env={variable: "canary"}) as bridge:
        for method in METHODS:
            message = refused(bridge, method)
            assert variable in message
            # A path and a profile's name are told, so that they can be mended; a value never is.
            assert ("canary" in message) == (variable in ("SCW_PROFILE", "SCW_CONFIG_PATH"))
        assert bridge.result("credentials.list", {"region": "local"})["region"] == "local"
        assert b"canary" not in bridge.end()[2]


@pytest.mark.parametrize("variable", [name for name in VARIABLES if name not in ("SCW_PROFILE", "SCW_CONFIG_PATH")])
def test_a_variable_that_is_set_to_nothing_is_never_local(home, variable):
    with Bridge(home, env={variable: ""}) as bridge:
        assert f"{variable} is set but empty" in refused(bridge)


@pytest.mark.parametrize("variable", ["SCW_PROFILE", "SCW_CONFIG_PATH"])
def test_an_empty_choice_of_file_or_profile_counts_as_none(home, variable):
    assert call(home, "credentials.list", env={variable: ""}).returncode == 0


@pytest.mark.parametrize("name", ["config.yaml", "config.yml"])
@pytest.mark.parametrize("below", ["config", ".config"])
def test_a_configuration_file_without_a_region_is_not_configured(home, name, below):
    folder = home / below / "scw"
    folder.mkdir(parents=True)
    (folder / name).write_text("secret_key: canary\n")
    with Bridge(home, env={"XDG_CONFIG_HOME": "" if below == ".config" else str(home / below)}) as bridge:
        message = refused(bridge)
        assert str(folder / name) in message and "canary" not in message
    assert not state_folder(home).exists()


@pytest.mark.parametrize("kind", ["folder", "dangling link", "unreadable"])
def test_a_configuration_file_that_cannot_be_read_is_never_local(home, kind):
    path = home / "config" / "scw" / "config.yaml"
    path.parent.mkdir(parents=True)
    if kind == "folder":
        path.mkdir()
    elif kind == "dangling link":
        path.symlink_to(home / "nowhere")
    else:
        path.write_bytes(b"\xff\xfe\x00")
        path.chmod(0)
    with Bridge(home) as bridge:
        assert str(path) in refused(bridge)


@pytest.mark.parametrize("region", ["fr-par", "nl-ams"])
@pytest.mark.parametrize("written", ["parameter", "option", "variable"])
def test_a_region_of_scaleway_s_without_a_key_is_not_configured(home, region, written):
    options = ["--region", region] if written == "option" else []
    environment = {"SCW_DEFAULT_REGION": region} if written == "variable" else {}
    with Bridge(home, *options, env=environment) as bridge:
        for method in METHODS:
            params = {"region": region} if written == "parameter" else {}
            if method == "credentials.create":
                params["nats_account_id"] = "AAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB776S"
            assert "SCW_SECRET_KEY" in refused(bridge, method, params)
        assert bridge.result("bridge.ping") == {}
        assert bridge.end() == (0, b"", b"")
    assert files_below(home) == []


@pytest.mark.parametrize("region", ["pl-waw", "it-mil", "fr-pra", "xx-sevenaa"])
def test_a_region_is_checked_by_its_form_and_one_that_is_not_known_is_doubted(home, region):
    with Bridge(home) as bridge:
        message = refused(bridge, params={"region": region})
    assert all(words in message for words in ["SCW_SECRET_KEY", f"is {region} the right region?", "fr-par, nl-ams"])
    with Bridge(home, env={"SCW_DEFAULT_REGION": region}) as bridge:
        assert f"is {region} the right region?" in refused(bridge)


def test_the_parameter_wins_over_the_option_and_the_option_over_the_variable(home):
    with Bridge(home, "--region", "fr-par", env={"SCW_DEFAULT_REGION": "nl-ams"}) as bridge:
        assert bridge.result("bridge.info")["settings"][0] == {"name": "region", "source": "--region"}
        assert bridge.result("accounts.list", {"region": "local"})["region"] == "local"
    with Bridge(home, "--region", "local", env={"SCW_DEFAULT_REGION": "nl-ams"}) as bridge:
        assert bridge.result("accounts.list")["region"] == "local"
        assert "SCW_SECRET_KEY" in refused(bridge, params={"region": "nl-ams"})


@pytest.mark.parametrize("region", ["LOCAL", "local ", "locale", "fr_par", "../local", "l", "fr--par", "x" * 33, "fr-par/../nl-ams",
  "par", "fr-pa", "fra-par", "fr-parisian", "us-east-1", "fr-pár", "fr-par-", "-fr-par", "fr-PAR"])
def test_a_region_of_the_wrong_form_never_becomes_local(home, region):
    with Bridge(home, env={"SCW_DEFAULT_REGION": region}) as bridge:
        assert "SCW_DEFAULT_REGION" in refused(bridge)
        assert bridge.error("accounts.list", {"region": region})["code"] == -32602
    assert files_below(home) == []
