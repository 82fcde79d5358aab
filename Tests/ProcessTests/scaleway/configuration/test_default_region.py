"""The region of a request that names none: it is local only where nothing of Scaleway's is configured."""

import pytest

from bridge import Bridge
from scaleway_settings import ACCESS_KEYS, ALL, PLACES, UUIDS, refusal, refused, write

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
