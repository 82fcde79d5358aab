import pytest

from backends import CHANGES, LETTERS, backend_called, make, make_account


@pytest.fixture(params=["local", "scaleway"])
def backend(request, home):
    with backend_called(request.param, home) as made:
        yield made


@pytest.fixture
def bridge(backend):
    return backend.new_bridge()


@pytest.fixture
def account(bridge):
    return make_account(bridge)["id"]


@pytest.fixture(scope="module", params=["local", "scaleway"])
def filled(request, tmp_path_factory):
    """One that is only read: seven rows of either kind, made in another order than that of their names. Accounts are renamed, so that the
    times of their changes go a third way. `orders` has the ids of each kind by field."""
    with backend_called(request.param, tmp_path_factory.mktemp("filled")) as made:
        made.bridge = bridge = made.new_bridge()
        accounts = [make_account(bridge)["id"] for _ in LETTERS]
        for number in CHANGES:
            bridge.result("accounts.update", {"nats_account_id": accounts[number], "name": LETTERS[number]})
        credentials = [make(bridge, accounts[0], name)["id"] for name in LETTERS]
        by_name = sorted(range(7), key=LETTERS.__getitem__)
        made.orders = {
            kind: {"created_at": all, "updated_at": changed, "name": [all[number] for number in by_name]}
            for kind, all, changed in (
                ("accounts", accounts, [accounts[number] for number in CHANGES]), ("credentials", credentials, credentials)
            )
        }  # fmt: skip
        yield made
