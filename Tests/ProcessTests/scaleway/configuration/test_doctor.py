"""What `doctor` says of Scaleway's regions."""

import pytest

from process_tools import run
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
