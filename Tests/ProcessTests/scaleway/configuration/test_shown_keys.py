"""A key of Scaleway's is shown nowhere, neither in the wrong place nor where it is used."""

import json

import pytest

from bridge import Bridge
from process_tools import files_below, run
from scaleway_service import answer
from scaleway_settings import DENIED, PLACES, in_file, refusal, without, write

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
