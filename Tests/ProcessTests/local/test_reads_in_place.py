"""What is read in place is what the store's own thread would say: a batch takes that way always."""

import json

import pytest

from bridge import Bridge
from messages import request
from process_tools import state_folder

LOCAL = ("--region", "local")


def both_ways(bridge, method, params):
    """The result in place, and that of the same request in a batch."""
    bridge.send([request(method, params, "batch")])
    [answer] = bridge.message()
    return bridge.result(method, params), answer["result"]


@pytest.mark.parametrize("first", ["a read", "a change"])
def test_a_changed_configuration_is_told_the_same_either_way(home, first):
    """Whoever opens the store reads nats-server.conf; another one reads it later and finds something else."""
    with Bridge(home, *LOCAL) as bridge:
        account = bridge.result("accounts.create", {"name": "a"})
    with Bridge(home, *LOCAL) as bridge:
        if first == "a read":
            assert bridge.result("accounts.get", {"nats_account_id": account["id"]})["endpoint"] == account["endpoint"]
        else:
            bridge.result("accounts.update", {"nats_account_id": account["id"], "name": "b"})
        configuration = state_folder(home) / "nats-server.conf"
        text = configuration.read_text()
        assert "127.0.0.1:4222" in text
        configuration.write_text(text.replace("127.0.0.1:4222", "127.0.0.1:4333"))
        bridge.result("accounts.update", {"nats_account_id": account["id"], "name": "c"})
        in_place, by_the_store = both_ways(bridge, "accounts.get", {"nats_account_id": account["id"]})
        assert in_place == by_the_store and json.dumps(in_place).count("nats://") == 1
