import pytest

from account_changes import UPDATE
from nats_server import Port
from revoking import Home, create


@pytest.fixture
def here(home):
    """A home with two accounts, a credential in the first, and a bridge that serves; the server is down."""
    with Port() as port:
        place = Home(home, port)
        with place.bridge() as bridge:
            place.serving = bridge
            place.account = bridge.result("accounts.create", {"name": "first"})["id"]
            place.neighbour = bridge.result("accounts.create", {"name": "neighbour"})["id"]
            place.keeper = create(bridge, "keeper", nats_account_id=place.neighbour)[1]
            place.id, place.creds = create(bridge, "app", nats_account_id=place.account)
            yield place
        place.server.stop()


@pytest.fixture
def served(here):
    """The same with its server, which has been told of the account."""
    with here.server:
        renamed = here.serving.result(UPDATE, {"nats_account_id": here.account, "name": "known"})
        assert renamed["pushed"] is True
        yield here
