"""What of Debian's files is in the image, and as whose; that the image itself runs is tried by Tests/bare-install."""

import io
import tarfile
from types import SimpleNamespace

import pytest

from pages import ROOT

LIBRARIES = "usr/lib/x86_64-linux-gnu"
KEPT = {
    "lib/x86_64-linux-gnu/libc.so.6": b"libc", f"{LIBRARIES}/libcurl.so.4.8.0": b"libcurl", "etc/ssl/openssl.cnf": b"settings",
    "usr/share/doc/libc6/copyright": b"whose",
}  # fmt: skip
CERTIFICATES = {"usr/share/ca-certificates/mozilla/B.crt": b"second\n", "usr/share/ca-certificates/mozilla/A.crt": b"first\n"}
# A shell, what libraries load by name, and what nobody reads there.
LEFT = {"bin/sh": b"sh", f"{LIBRARIES}/engines-3/afalg.so": b"engine", "usr/share/doc/libc6/changelog.gz": b"much", "etc/passwd": b"root"}


@pytest.fixture
def layer_of(tmp_path, monkeypatch):
    """The root of the image, made of a tar with these files of Debian."""
    monkeypatch.syspath_prepend(ROOT / ".ci/release")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    from image import layer_of

    program = tmp_path / "program"
    program.write_bytes(b"program")

    def make(files):
        with tarfile.open(tmp_path / "debian.tar", "w") as archive:
            for name, content in files.items():
                member = tarfile.TarInfo(f"./{name}")
                member.size, member.mode, member.uid = len(content), 0o755 if ".so.6" in name else 0o644, 7
                archive.addfile(member, io.BytesIO(content))
            link = tarfile.TarInfo(f"./{LIBRARIES}/libcurl.so.4")
            link.type, link.linkname = tarfile.SYMTYPE, "libcurl.so.4.8.0"
            archive.addfile(link)
        return layer_of(tmp_path / "debian.tar", SimpleNamespace(path=program))

    return make


def test_it_has_the_program_the_libraries_and_the_certificates_and_no_shell(layer_of):
    with tarfile.open(fileobj=io.BytesIO(layer_of({**LEFT, **KEPT, **CERTIFICATES}))) as layer:
        content = {member.name: layer.extractfile(member).read() for member in layer if member.isreg()}
        links = {member.name: member.linkname for member in layer if member.issym()}
    users = [content.pop(f"etc/{name}") for name in ("passwd", "group", "nsswitch.conf")]
    assert [text.split(b":")[0] for text in users] == [b"nonroot", b"nonroot", b"passwd"]
    assert content == {**KEPT, "usr/bin/nats-credentials-bridge": b"program", "etc/ssl/certs/ca-certificates.crt": b"first\nsecond\n"}
    assert links == {f"{LIBRARIES}/libcurl.so.4": "libcurl.so.4.8.0"}


def test_all_of_it_is_of_root_but_the_home_of_who_runs_it(layer_of):
    with tarfile.open(fileobj=io.BytesIO(layer_of({**KEPT, **CERTIFICATES}))) as layer:
        members = {member.name: member for member in layer}
    assert {member.mtime for member in members.values()} == {1_700_000_000}
    assert {name: member.uid for name, member in members.items() if (member.uid, member.gid) != (0, 0)} == {"home/nonroot": 65532}
    modes = {"home/nonroot": 0o700, "tmp": 0o1777, "usr/bin/nats-credentials-bridge": 0o755, "lib/x86_64-linux-gnu/libc.so.6": 0o755}
    assert {name: members[name].mode for name in modes} == modes
    assert all(members[name].mode == 0o644 for name in KEPT if ".so.6" not in name)
    # A folder comes before what is in it.
    assert list(members) == sorted(members)


def test_the_order_in_which_debian_packs_its_files_makes_no_other_bytes(layer_of):
    files = {**KEPT, **CERTIFICATES, **LEFT}
    assert layer_of(files) == layer_of(dict(reversed(files.items())))
