"""An older copy of the store, or of the whole state folder, put back: no revocation is undone by it, whatever its clock says; nor are claims that
somebody else pushed with the same operator's key."""

import shutil

import nkeys
import pytest

from bridge import Bridge
from nats_server import NATSServer
from revoking import DELETE, account_of, create, delete, listed, make, new_seed, public_key, revocations, signed
from shared_library import compiled

PER_KEY = 500


def restore(here, copy):
    """The database as it was at the copy; everything else stays."""
    for name in ("store.db-wal", "store.db-shm"):
        (here.state / name).unlink(missing_ok=True)
    shutil.copy(copy, here.state / "store.db")


@pytest.mark.parametrize("is_running", [True, False], ids=["server runs", "server is down"])
@pytest.mark.parametrize("change", ["a deletion", "a name"])
def test_an_older_database_under_newer_claims_undoes_nothing(change, is_running, here, home):
    made = make(here, "keeper", "victim", "other")
    account, key = account_of(here), here.user_key(made["victim"][0])
    shutil.copy(here.state / "store.db", home / "copy.db")
    if is_running:
        here.server.start()
    delete(here, made["victim"][0])
    before = here.file_claims(account)
    restore(here, home / "copy.db")
    with here.bridge() as bridge:
        assert made["victim"][0] in listed(bridge)
        if change == "a name":
            bridge.result("accounts.update", {"nats_account_id": account, "name": "new"})
        else:
            bridge.result(DELETE, {"nats_credentials_id": made["other"][0]})
    if not is_running:
        here.server.start()
    for claims in (here.server_claims(account), here.file_claims(account)):
        assert claims["iat"] > before["iat"]
        assert revocations(claims)[key] >= revocations(before)[key], "a revocation was undone"
    assert not here.is_accepted(made["victim"][1])
    assert here.is_accepted(made["other"][1]) == (change == "a name")
    assert here.is_accepted(made["keeper"][1])


class Elsewhere:
    """A server that has claims in a folder of its own, as one on another machine."""

    def __init__(self, here, folder):
        (folder / "elsewhere").mkdir()
        text = here.server.configuration.read_text()
        (folder / "elsewhere.conf").write_text(text.replace(str(here.state / "resolver"), str(folder / "elsewhere")))
        here.server = NATSServer(folder / "elsewhere.conf", here.port)
        for file in (here.state / "resolver").iterdir():
            shutil.copy(file, folder / "elsewhere")


LATER = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
int clock_gettime(clockid_t id, struct timespec *now) {
  int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(id, now);
  if (id == CLOCK_REALTIME) now->tv_sec += 30;
  return result;
}
"""


@pytest.mark.parametrize("changes", [1, 3], ids=["one change", "several"])
def test_a_whole_folder_put_back_under_newer_claims_of_a_server_undoes_nothing(changes, here, home):
    """Also when the clock says by then that the copy's claims are the newer ones."""
    made = make(here, "keeper", "victim", "other")
    account, key = account_of(here), here.user_key(made["victim"][0])
    shutil.copytree(here.state, home / "copy")
    Elsewhere(here, home)
    here.server.start()
    for _ in range(2):
        delete(here, create_and_forget(here))
    delete(here, made["victim"][0])
    before = here.server_claims(account)
    shutil.rmtree(here.state)
    shutil.copytree(home / "copy", here.state)
    later = {"LD_PRELOAD": str(compiled(home / "later.so", LATER))}
    if changes > 1:
        # Nobody hears of the first ones; one is a signing key of this copy's own.
        with here.store() as store:
            store.execute("UPDATE signing_keys SET issued = ?", [PER_KEY])
        with Bridge(home, "--region", "local", "--nats-url", "nats://127.0.0.1:1", env=later) as bridge:
            made["new"] = create(bridge, "new")
            bridge.result("accounts.update", {"nats_account_id": account, "name": "another"})
            assert bridge.end()[0] == 0
    with here.bridge(env=later) as bridge:
        assert bridge.result(DELETE, {"nats_credentials_id": made["other"][0]})["deleted"]
        assert bridge.result("bridge.info")["unknown_since"]
        assert bridge.end()[0] == 0
    after = here.server_claims(account)
    assert after["iat"] > before["iat"] + 20 and set(revocations(before)) < set(revocations(after)) and key in revocations(after)
    assert here.file_claims(account) == after
    assert [here.is_accepted(creds) for _, creds in made.values()] == [True, False, False] + [True] * (changes > 1)


def create_and_forget(here):
    return make(here, "short")["short"][0]


def test_newer_claims_on_a_server_are_merged_and_never_overwritten(here, home):
    """Somebody with the same operator key has pushed claims that this store never saw; what was pending goes on by itself."""
    made = make(here, "keeper", "victim")
    account = account_of(here)
    Elsewhere(here, home)
    here.server.start()
    ((operator,),) = here.rows("SELECT operator_signing_seed FROM state")
    own, strangers = here.file_claims(account), public_key(new_seed(nkeys.PREFIX_BYTE_USER))
    known = own["iat"]
    own["nats"]["revocations"] = {strangers: known + 7}
    own["iat"] = known + 5000
    assert here.push(signed(own, operator)) == 200
    with here.bridge() as bridge:
        assert bridge.result(DELETE, {"nats_credentials_id": made["victim"][0]})["deleted"]
    claims = here.server_claims(account)
    assert claims["iat"] > known + 5000 and revocations(claims)[strangers] == known + 7 and len(revocations(claims)) == 2
    assert here.is_accepted(made["keeper"][1]) and not here.is_accepted(made["victim"][1])


def test_older_pending_claims_do_not_overwrite_newer_ones_of_a_server(here, home):
    """A copy that was made while a push was pending: at its start the bridge pushes by itself, and must look first."""
    made = make(here, "keeper", "victim", "other")
    account = account_of(here)
    Elsewhere(here, home)
    with here.store() as store:
        store.execute("INSERT INTO pending_pushes (account_id, claims_iat, since) SELECT id, claims_iat, 0 FROM accounts")
    (here.state / "pending").touch(mode=0o600)
    shutil.copytree(here.state, home / "copy")
    here.server.start()
    delete(here, made["victim"][0])
    before = here.server_claims(account)
    shutil.rmtree(here.state)
    shutil.copytree(home / "copy", here.state)
    with here.bridge() as bridge:
        bridge.result("bridge.ping")
        here.heals()
    after = here.server_claims(account)
    assert after["iat"] > before["iat"] and revocations(after) == revocations(before)
    assert not here.is_accepted(made["victim"][1]) and here.is_accepted(made["other"][1])
