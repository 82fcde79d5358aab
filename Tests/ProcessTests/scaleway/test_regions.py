"""The service knows its regions, and a new one needs no new bridge: only the form is checked. One that the service does not know is told with
the names of those that are known to have it."""

import json
import os

import pytest

from process_tools import call
from scaleway_service import answer, bare_429, gateway_html, invalid

NEW = "pl-waw"
KNOWN = "Known to have the service: fr-par, nl-ams"


def test_a_region_that_is_new_works_like_any_other(home, service, bridge):
    service.regions = (*service.regions, NEW)
    where = {"region": NEW}
    account = bridge.result("accounts.create", {"name": "new", **where})
    made = bridge.result("credentials.create", {"nats_account_id": account["id"], "name": "app", **where})
    assert (account["region"], made["region"]) == (NEW, NEW)
    listed = bridge.result("credentials.list", where)
    assert ([row["id"] for row in listed["nats_credentials"]], listed["region"]) == ([made["id"]], NEW)
    assert bridge.result("credentials.stream", where)["items"] == 1
    assert bridge.result("credentials.delete", {"nats_credentials_id": made["id"], **where})["deleted"]
    assert {request.path.split("/")[4] for request in service.requests} == {NEW}
    assert bridge.result("credentials.list")["nats_credentials"] == []


@pytest.mark.parametrize("way", ["option", "variable", "parameter"])
def test_it_can_be_chosen_everywhere(home, service, way):
    service.regions = (*service.regions, NEW)
    variables = {**service.environment, **({"SCW_DEFAULT_REGION": NEW} if way == "variable" else {})}
    words = [f"region={NEW}"] if way == "parameter" else ["--region", NEW] if way == "option" else []
    result = call(home, "accounts.list", *words, env=variables)
    assert (result.returncode, json.loads(result.stdout)["region"]) == (0, NEW)


@pytest.mark.parametrize("method", ["credentials.list", "credentials.stream", "accounts.create", "accounts.list"])
def test_a_region_that_the_service_does_not_know_is_doubted(service, bridge, method):
    error = bridge.error(method, {"region": "fr-pra"})
    assert (error["code"], error["data"]["kind"], error["data"]["fields"][0]["name"]) == (-32602, "invalid_params", "region")
    assert error["message"].endswith(f"; is fr-pra the right region? {KNOWN}")
    for fault in (answer(404, {"message": "Not found"}), gateway_html(404)):
        service.fail("*", fault)
        error = bridge.error(method, {"region": "fr-pra"})
        assert error["data"]["kind"] == "bad_response" and error["message"].endswith(f"; is fr-pra the right region? {KNOWN}")


def test_nothing_is_doubted_where_it_is_not_the_region(service, bridge):
    service.regions = (*service.regions, NEW)
    service.fail("*", answer(400, invalid("name", "constraint", "value length must be at most 64 runes").body))
    assert "right region" not in bridge.error("accounts.create", {"region": NEW})["message"]
    service.fail("*", answer(500), times=None)
    assert "right region" not in bridge.error("accounts.list", {"region": NEW})["message"]
    service.rules.clear()
    assert "right region" not in bridge.error("credentials.get", {"region": NEW, "nats_credentials_id": "11111111-1111-4111-8111-111111111111"})["message"]
    service.fail("*", answer(404, {"message": "Not found"}))
    assert "right region" not in bridge.error("accounts.list", {"region": "nl-ams"})["message"]


def test_many_regions_make_neither_threads_nor_memory(service, bridge):
    """Each waits once between two attempts, fifty at a time."""
    names = [f"{a}{b}-new" for a in "abcdefghijklmno" for b in "abcdefghijklmnopqrst"]
    service.regions = (*service.regions, *names)

    def threads_after(some):
        for name in some:
            service.fail(lambda recorded, region=f"/regions/{name}/": region in recorded.path, bare_429())
        bridge.send(*[{"jsonrpc": "2.0", "id": name, "method": "accounts.list", "params": {"region": name}} for name in some])
        answers = [bridge.message() for _ in some]
        assert sorted(answer["result"]["region"] for answer in answers) == some and service.rules == []
        return len(os.listdir(f"/proc/{bridge.process.pid}/task"))

    few = threads_after(names[:50])
    for start in range(50, len(names), 50):
        assert threads_after(names[start : start + 50]) == few
