"""The list of what is inside is CycloneDX, and names what is there."""

import hashlib
import json
import platform

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator


@pytest.fixture(scope="module")
def text(packages, version):
    return (packages / f"nats-credentials-bridge-{version}-linux-{platform.machine()}.cdx.json").read_text()


def test_it_is_cyclonedx(text):
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    assert validator.validate_str(text) is None
    assert validator.validate_str(text.replace('"library"', '"book"')) is not None


def test_every_file_is_named_by_its_hash(text, packages):
    named = {each["name"]: each["hashes"][0]["content"] for each in json.loads(text)["components"] if each["type"] == "file"}
    made = [path for path in packages.iterdir() if path.name != "SHA256SUMS" and path.suffix != ".json"]
    assert len(made) >= 6 and named == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in made}


def test_what_is_linked_into_the_program_has_a_version_and_a_licence(text):
    inside = {each["name"]: each for each in json.loads(text)["components"] if each["type"] == "library" and "licenses" in each}
    assert set(inside) == {"swift-runtime", "swift-corelibs-libdispatch", "libstdc++", "libgcc"}
    assert all(each["version"][0].isdigit() for each in inside.values())


def test_files_with_the_program_depend_on_it_and_others_do_not(text, version):
    depends = {each["ref"]: each["dependsOn"] for each in json.loads(text)["dependencies"]}
    assert f"nats-credentials-bridge-{version}.tgz" not in depends and f"nats_credentials_bridge-{version}.tar.gz" not in depends
    assert [name for name in depends if name.endswith((".whl", ".deb", ".tar.xz"))] and depends["nats-credentials-bridge"]
