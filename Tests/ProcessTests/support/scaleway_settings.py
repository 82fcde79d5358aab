"""Settings of Scaleway's regions in variables and in files, and what of them reaches the service."""

import json

from bridge import Bridge
from process_tools import state_folder

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
