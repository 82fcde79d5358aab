"""A library that is not there, and one that is there and of no use, are two things: installing a package mends only the first. Libraries
of the tests' own stand in the place of the system's; strace hides those."""

import re
import subprocess
import sysconfig
from pathlib import Path

import pytest

from bridge import PROGRAM, Bridge
from process_tools import run
from scaleway_service import Scaleway
from shared_library import compiled, with_functions
from traced import STRACE

SOURCES = Path(__file__).parents[3] / "Sources/CLibraries"
CREATE = "credentials.create"
# What it is called in errors; the file that opens it, and the names that this one asks for, the first that is there.
LOCAL = {"libcrypto": ("crypto.c", ["libcrypto.so.3"]), "libsqlite3": ("sqlite.c", ["libsqlite3.so.0"])}
ALL = {**LOCAL, "libcurl": ("curl.c", ["libcurl.so.4", "libcurl-gnutls.so.4"])}
SUBJECTS = {"libcrypto": "libcrypto", "libsqlite3": "SQLite"}
PACKAGES = {"libcrypto": "libssl3", "libsqlite3": "libsqlite3-0", "libcurl": "libcurl4"}
every_local = pytest.mark.parametrize("library", LOCAL)
every_one = pytest.mark.parametrize("library", ALL)


def functions(library):
    """All that the bridge looks for in it."""
    found = re.findall(r'\{"((?:EVP|ERR|sqlite3|curl)_\w+)"', (SOURCES / ALL[library][0]).read_text())
    assert len(found) > 10
    return found


@pytest.fixture
def folder(home):
    """Libraries that come first."""
    path = home / "libraries"
    path.mkdir()
    return path


@pytest.fixture(scope="module")
def service():
    with Scaleway() as running:
        running.account = running.add_account("mine")["id"]
        yield running


def request_for(library, service):
    """What needs it, and in which environment."""
    if library == "libcurl":
        return {"nats_account_id": service.account}, service.environment
    return {"region": "local", "name": "n"}, {}


def unusable(error, library):
    """Its path and the message of an error that tells a library that is there and of no use."""
    data = error["data"]
    assert (error["code"], data["kind"], data["outcome"], data["retryable"]) == (1461, "library_unusable", "none", False), error
    assert data["library"] == library and "package" not in data
    begin = f"{library} is there and cannot be used: " if data["path"] else f"{library} cannot be opened: "
    assert error["message"].startswith(begin)
    return data["path"], error["message"]


def told(home, library, service, env):
    """The error of two requests one after the other, which is the same; for a local library doctor says it, too."""
    params, more = request_for(library, service)
    with Bridge(home, env={**more, **env}) as bridge:
        errors = [bridge.error(CREATE, params) for _ in range(2)]
        assert unusable(errors[0], library) == unusable(errors[1], library) and bridge.result("bridge.ping") == {}
        status, rest, log = bridge.end()
        # What the bridge could not do beside the request, for want of the same library, is told by the same words.
        assert (status, rest) == (0, b"") and all(errors[0]["message"].encode() in line for line in log.splitlines())
    if library in LOCAL:
        result = run(home, "doctor", "--region", "local", env=env)
        assert result.returncode == 1
        assert f"FAIL {SUBJECTS[library]}: {errors[0]['message']}\n" in result.stdout.decode()
    return errors[0]


def no_functions(path):
    compiled(path, "int nothing;")


def no_elf(path):
    path.write_bytes(b"\x7fELF nothing")


def empty(path):
    path.write_bytes(b"")


def needs_another(path):
    other = compiled(path.parent / "libabsent.so", "int other(void) { return 1; }")
    compiled(path, "int other(void); int nothing(void) { return other(); }", "-Wl,--no-as-needed", str(other))
    other.unlink()


OF_NO_USE = {
    no_functions: "undefined symbol", no_elf: "", empty: "file too short", needs_another: "libabsent.so: cannot open shared object file",
}  # fmt: skip


@every_one
@pytest.mark.parametrize("make", OF_NO_USE, ids=lambda make: make.__name__)
def test_a_file_of_its_name_that_is_not_the_library(home, folder, service, library, make):
    names = ALL[library][1]
    for name in names:
        make(folder / name)
    path, message = unusable(told(home, library, service, {"LD_LIBRARY_PATH": str(folder)}), library)
    assert OF_NO_USE[make] in message
    if make is not needs_another:
        assert path == str(folder / names[0]) and path in message


def test_openssl_without_ed25519(home, folder, service):
    """It has all of the functions, and one of them makes no key."""
    file = with_functions(folder / LOCAL["libcrypto"][1][0], *functions("libcrypto"))
    path, message = unusable(told(home, "libcrypto", service, {"LD_LIBRARY_PATH": str(folder)}), "libcrypto")
    assert path == str(file) and message.startswith(f"libcrypto is there and cannot be used: {file}: ") and "Ed25519" in message


NO_ALGORITHMS = """openssl_conf = all
[all]
providers = providers
[providers]
base = base
[base]
activate = 1
"""


def test_openssl_whose_configuration_takes_ed25519_away(home, service):
    (home / "openssl.cnf").write_text(NO_ALGORITHMS)
    path, message = unusable(told(home, "libcrypto", service, {"OPENSSL_CONF": str(home / "openssl.cnf")}), "libcrypto")
    assert path.startswith("/") and "/libcrypto.so." in path
    assert f"{path}: it has no Ed25519 that works (error:" in message and "unsupported" in message


def test_an_openssl_that_makes_wrong_keys_is_not_believed(home, folder, service):
    code = """
        #include <string.h>
        void *EVP_PKEY_new_raw_private_key(int kind, void *e, const unsigned char *seed, size_t n) { return "a key"; }
        int EVP_PKEY_get_raw_public_key(void *key, unsigned char *out, size_t *n) { memset(out, 7, 32); return 1; }
    """
    others = [name for name in functions("libcrypto") if name not in code]
    with_functions(folder / LOCAL["libcrypto"][1][0], *others, code=code)
    assert "Ed25519" in unusable(told(home, "libcrypto", service, {"LD_LIBRARY_PATH": str(folder)}), "libcrypto")[1]


def test_sqlite_that_is_too_old(home, folder, service):
    code = 'const char *sqlite3_libversion(void) { return "3.34.1"; }\nint sqlite3_libversion_number(void) { return 3034001; }'
    others = [name for name in functions("libsqlite3") if f"{name}(" not in code]
    file = with_functions(folder / LOCAL["libsqlite3"][1][0], *others, code=code)
    path, message = unusable(told(home, "libsqlite3", service, {"LD_LIBRARY_PATH": str(folder)}), "libsqlite3")
    assert path == str(file) and "it is version 3.34.1, and 3.37 or newer is needed" in message


def test_libcurl_that_does_not_start(home, folder, service):
    others = [name for name in functions("libcurl") if name != "curl_global_init"]
    file = with_functions(folder / ALL["libcurl"][1][0], *others, code="int curl_global_init(long flags) { return 27; }")
    path, message = unusable(told(home, "libcurl", service, {"LD_LIBRARY_PATH": str(folder)}), "libcurl")
    assert path == str(file) and "it does not start (code 27)" in message


def test_libcurl_beside_a_bundles_own_libcrypto(home, folder, service):
    """Its own file is well, and what it needs is not: the path is that of the file which the loader names."""
    no_functions(folder / "libcrypto.so.3")
    no_elf(folder / "libcurl-gnutls.so.4")
    params, env = request_for("libcurl", service)
    with Bridge(home, env={**env, "LD_LIBRARY_PATH": str(folder)}) as bridge:
        path, message = unusable(bridge.error("credentials.list"), "libcurl")
        assert path.startswith("/") and "libcurl" not in path and f": {path}: " in message
        assert unusable(bridge.error(CREATE, params), "libcrypto")[0] == str(folder / "libcrypto.so.3")


def places(name):
    machine = sysconfig.get_config_var("MULTIARCH")
    return [f"{folder}/{name}" for folder in (f"/lib/{machine}", f"/usr/lib/{machine}", "/lib64", "/usr/lib64", "/lib", "/usr/lib")]


@every_one
def test_a_library_that_is_not_there_is_missing(home, service, library):
    paths = [word for name in ALL[library][1] for place in places(name) for word in ("-P", place)]
    params, env = request_for(library, service)
    options = ["-f", "-qq", "-o", "/dev/null", "-e", "trace=openat", "-e", "inject=openat:error=ENOENT", *paths]
    with Bridge(home, *options, PROGRAM, executable=STRACE, env=env) as bridge:
        error = bridge.error(CREATE, params)
    data = error["data"]
    assert (error["code"], data["kind"], data["outcome"], data["retryable"]) == (1461, "library_missing", "none", False), error
    assert (data["library"], data["package"]) == (library, PACKAGES[library]) and "path" not in data
    assert "is not on this machine" in error["message"] and PACKAGES[library] in error["message"]
    if library in LOCAL:
        with Bridge(home, *options, PROGRAM, "doctor", executable=STRACE) as doctor:
            assert f"FAIL {SUBJECTS[library]}: {error['message']}\n" in doctor.process.stdout.read().decode()
            assert doctor.process.wait(10) == 1


@every_local
def test_a_library_that_there_is_no_memory_for_at_one_moment(home, service, library):
    [place] = {str(Path(place).resolve()) for name in ALL[library][1] for place in places(name) if Path(place).exists()}
    params, env = request_for(library, service)
    options = ["-f", "-qq", "-o", "/dev/null", "-e", "trace=mmap", "-e", "inject=mmap:error=ENOMEM:when=1", "-P", place]
    with Bridge(home, *options, PROGRAM, executable=STRACE, env=env) as bridge:
        path, message = unusable(bridge.error(CREATE, params), library)
        assert path is None and "failed to map segment" in message
        assert "id" in bridge.result(CREATE, params)


@every_one
def test_what_is_mended_works_at_the_next_request(home, folder, service, library):
    for name in ALL[library][1]:
        no_elf(folder / name)
    params, env = request_for(library, service)
    with Bridge(home, env={**env, "LD_LIBRARY_PATH": str(folder)}) as bridge:
        unusable(bridge.error(CREATE, params), library)
        for name in ALL[library][1]:
            (folder / name).unlink()
        assert "id" in bridge.result(CREATE, params)
        assert bridge.end()[:2] == (0, b"")


@pytest.mark.measures("which libraries are loaded")
def test_a_start_loads_no_library_but_the_c_librarys(home):
    """Each costs time at every start, libstdc++ more than all that the bridge does itself, libgcc a twentieth; the loader names them instead of
    the start."""
    loaded = run(home, env={"LD_TRACE_LOADED_OBJECTS": "1"}).stdout.decode().split()
    names = {re.sub(r"\.so\..*|-linux-.*", "", Path(word).name) for word in loaded if ".so." in word}
    assert {"libc"} <= names <= {"libc", "libm", "ld", "linux-vdso"}


def test_the_program_runs_on_a_glibc_of_2021():
    """That of RHEL 9 and Amazon Linux 2023. A newer symbol comes in unseen, with the machine that builds."""
    versions = subprocess.run(["readelf", "-V", PROGRAM], capture_output=True, check=True, text=True).stdout
    needed = {tuple(map(int, version.split("."))) for version in re.findall(r"GLIBC_([\d.]+)", versions)}
    assert (2, 2, 5) in needed and max(needed) <= (2, 34)


BACKTRACE = """
#include <stdio.h>
#include <unwind.h>
static _Unwind_Reason_Code count(struct _Unwind_Context *context, void *frames) { ++*(int *)frames; return _URC_NO_REASON; }
__attribute__((noinline)) int deeper(int left) {
  int frames = 0;
  if (left > 0) frames = deeper(left - 1); else _Unwind_Backtrace(count, &frames);
  __asm__ volatile("");
  return frames;
}
int main(void) { printf("%d", deeper(20)); }
"""


def test_a_backtrace_finds_its_way_without_the_shared_libgcc(tmp_path):
    """Which frames there are, the program's own function tells the static libgcc; a program of the test asks the same way."""
    options = ["-O1", "-funwind-tables", "-static-libgcc", str(SOURCES / "dl_find_object.c")]
    program = compiled(tmp_path / "backtrace", BACKTRACE, *options, shared=False)
    assert " t _dl_find_object" in subprocess.run(["nm", program], capture_output=True, check=True, text=True).stdout
    assert int(subprocess.run([program], capture_output=True, check=True, text=True).stdout) >= 22
