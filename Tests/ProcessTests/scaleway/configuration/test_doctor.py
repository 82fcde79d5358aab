"""What `doctor` says of Scaleway's regions, and what of the region local does not matter there."""

import json
import os

import pytest

from process_tools import call, run, state_folder
from scaleway_service import TLS, Scaleway
from scaleway_settings import UUIDS, in_file, without, write


class Doctor:
    """One run: settings with their sources, and findings by subject."""

    def __init__(self, home, *arguments, env=None):
        result = run(home, "doctor", *arguments, env=env)
        self.status, self.errors = result.returncode, result.stderr.decode()
        text = result.stdout.decode().splitlines()
        self.sources = dict(line[2:].split(": from ", 1) for line in text if line.startswith("  "))
        self.findings = dict(line.split(": ", 1) for line in text if not line.startswith("  "))
        assert self.status == (1 if any(subject.startswith("FAIL ") for subject in self.findings) else 0)


def test_doctor_asks_the_service_and_says_where_everything_came_from(home, service):
    service.add_account("one")
    path = write(home, in_file(service, access_key=service.access_key) + "profiles:\n  work:\n    user_agent: doctor\n")
    found = Doctor(home, "--profile", "work", env={"SCW_DEFAULT_PROJECT_ID": service.project})
    assert found.status == 0 and found.errors == ""
    assert "accepts the key" in found.findings["ok fr-par"] and found.findings["ok fr-par"].endswith("accounts: 1")
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
    assert found.status == 1 and "unauthenticated" in found.findings["FAIL Scaleway"] and "SCW_SECRET_KEY" in found.findings["FAIL Scaleway"]


def test_doctor_and_a_service_that_is_not_reached(home, service):
    service.down()
    found = Doctor(home, env=service.environment)
    assert found.status == 1 and "network" in found.findings["FAIL Scaleway"]


def test_doctor_and_a_certificate_that_nobody_vouches_for(home):
    with Scaleway(tls=TLS.self_signed()) as service:
        found = Doctor(home, env=service.environment)
    assert found.status == 1 and found.findings["FAIL Scaleway"].startswith("tls: ")


def test_doctor_and_a_broken_file(home):
    path = write(home, "secret_key: 'x\n")
    found = Doctor(home)
    assert found.status == 1 and str(path) in found.findings["FAIL Scaleway"] and "line 1, column 13" in found.findings["FAIL Scaleway"]


def test_doctor_and_a_region_without_a_key(home):
    found = Doctor(home, env={"SCW_DEFAULT_REGION": "fr-par"})
    assert found.status == 1 and "SCW_SECRET_KEY" in found.findings["FAIL Scaleway"]


def test_doctor_and_a_region_that_is_not_served(home, service):
    """Every request that names no region is refused then, so all is not well."""
    found = Doctor(home, env={**service.environment, "SCW_DEFAULT_REGION": "pl-waw"})
    assert found.status == 1 and any("pl-waw" in text for subject, text in found.findings.items() if subject.startswith("FAIL "))


def test_doctor_and_a_key_without_a_region(home, service):
    """The same."""
    found = Doctor(home, env=without(service.environment, "SCW_DEFAULT_REGION"))
    assert found.status == 1 and any("SCW_DEFAULT_REGION" in text for subject, text in found.findings.items() if subject.startswith("FAIL "))


def test_doctor_where_nothing_of_scaleway_s_is_configured(home):
    found = Doctor(home)
    assert found.status == 0 and not any("Scaleway" in subject or "par" in subject for subject in found.findings)


def test_doctor_gives_warnings_on_stderr(home, service):
    path = write(home, in_file(service), mode=0o644)
    found = Doctor(home, env={"SCW_ORGANIZATION": UUIDS[0]})
    assert found.status == 0 and f"chmod 600 {path}" in found.errors and "SCW_DEFAULT_ORGANIZATION_ID" in found.errors
    assert found.errors.count("\n") == 2


def test_doctor_and_a_region_without_any_configuration(home):
    found = Doctor(home, "--region", "fr-par")
    assert found.status == 1 and "SCW_SECRET_KEY" in found.findings["FAIL Scaleway"]


@pytest.fixture
def once_local(home):
    """Somebody tried the region local once; no nats-server runs any more."""
    assert call(home, "credentials.create", "region=local", "name=a").returncode == 0
    return {"NATS_URL": "nats://127.0.0.1:1"}


DAMAGES = {
    "a server that is gone": lambda state: None,
    "a claims file that is gone": lambda state: next((state / "resolver").glob("*.jwt")).unlink(),
    "a store that cannot be read": lambda state: (state / "store.db").write_bytes(b"no database" * 999),
    "a folder that others may read": lambda state: state.chmod(0o755),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_what_is_wrong_with_local_is_a_note_where_the_region_is_scaleway_s(home, service, once_local, damage):
    damage(state_folder(home))
    found = Doctor(home, env={**once_local, **service.environment})
    assert found.status == 0 and "ok fr-par" in found.findings
    wrong = {subject: text for subject, text in found.findings.items() if not subject.startswith("ok ")}
    assert wrong and all(subject.startswith("-- ") and text.endswith("; nothing in fr-par needs it") for subject, text in wrong.items())
    # Asked for local, it is a failure.
    assert Doctor(home, "--region", "local", env={**once_local, **service.environment}).status == 1


@pytest.mark.parametrize("library, found", [("libsqlite3.so.0", "-- SQLite"), ("libcrypto.so.3", "FAIL libcrypto")])
def test_scaleway_s_regions_need_libcrypto_and_no_sqlite(home, service, library, found):
    """A broken file of its name comes first on the path of libraries. libcurl may need libcrypto, too."""
    (home / "libraries").mkdir()
    for name in (library, "libcrypto.so.1.1") if "crypto" in library else (library,):
        (home / "libraries" / name).write_bytes(b"\x7fELF nothing")
    path = f"{home / 'libraries'}:{os.environ.get('LD_LIBRARY_PATH', '')}"
    told = Doctor(home, env={**service.environment, "LD_LIBRARY_PATH": path})
    assert "cannot be used" in told.findings[found] and told.status == (1 if found.startswith("FAIL") else 0)
    assert told.findings[found].endswith("; nothing in fr-par needs it") == found.startswith("--")


def test_scaleway_s_regions_need_no_home(home, service):
    found = Doctor(home, env={**service.environment, "HOME": "", "XDG_STATE_HOME": ""})
    assert found.status == 0 and "HOME" in found.findings["-- state folder"]


def test_what_is_wrong_with_scaleway_s_configuration_is_a_note_where_the_region_is_local(home):
    path = write(home, "secret_key: 'x\n")
    found = Doctor(home, "--region", "local")
    assert found.status == 0 and str(path) in found.findings["-- Scaleway"]


def test_doctor_for_programs_says_the_same(home, service, once_local):
    environment = {**once_local, **service.environment}
    words = {"ok": "passed", "--": "note", "FAIL": "failed"}
    for options, region, status in (([], "fr-par", 0), (["--region", "local"], "local", 1)):
        result = run(home, "doctor", "--json", *options, env=environment)
        assert (result.returncode, result.stderr) == (status, b"")
        assert result.stdout.count(b"\n") == 1 and result.stdout.isascii()
        told, text = json.loads(result.stdout), Doctor(home, *options, env=environment)
        assert list(told) == ["passed", "version", "region", "settings", "checks"]
        assert (told["passed"], told["region"]) == (status == 0, region)
        assert {setting["name"]: setting["source"] for setting in told["settings"]} == text.sources
        assert [list(check) for check in told["checks"]] == [["subject", "status", "text"]] * len(told["checks"])
        checks = {check["subject"]: (check["status"], check["text"]) for check in told["checks"]}
        findings = {key.split(" ", 1)[1]: (words[key.split(" ", 1)[0]], value) for key, value in text.findings.items()}
        assert checks == findings


def test_doctor_for_programs_where_there_is_no_region(home, service):
    result = run(home, "doctor", "--json", env=without(service.environment, "SCW_DEFAULT_REGION"))
    told = json.loads(result.stdout)
    assert result.returncode == 1 and (told["passed"], told["region"]) == (False, None)


def test_doctor_for_programs_says_what_it_has_repaired(home, once_local):
    claims = next((state_folder(home) / "resolver").glob("*.jwt"))
    claims.unlink()
    told = json.loads(run(home, "doctor", "--json", "--repair", "--region", "local", env=once_local).stdout)
    assert len(told["repaired"]) == 1 and claims.stem in told["repaired"][0] and claims.exists()
    (state_folder(home) / "store.db").write_bytes(b"no database" * 999)
    told = json.loads(run(home, "doctor", "--json", "--repair", "--region", "local", env=once_local).stdout)
    assert told["not_repaired"] and "repaired" not in told and not told["passed"]
