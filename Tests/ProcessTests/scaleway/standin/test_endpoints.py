"""The stand-in for Scaleway's API behaves as the service does: credentials, accounts, lists."""

import hashlib
import re
import uuid

import pytest

from issued import claims, parts
from scaleway_client import ACCOUNTS, CREDENTIALS, NOBODY, NOTHING, detail, missing

# Credentials.


def test_a_create_gives_a_real_token(service, client, account):
    status, made = client("POST", CREDENTIALS, {"nats_account_id": account["id"], "name": "caf\N{LATIN SMALL LETTER E WITH ACUTE} <1>"})
    content = made["credentials"].pop("content")
    assert status == 200 and made["credentials"] == {"name": "user.creds"}
    found = claims(content)
    assert found["nats"] == {
        "pub": {}, "sub": {}, "subs": -1, "data": -1, "payload": -1, "issuer_account": account["id"], "type": "user", "version": 2,
    }  # fmt: skip
    assert found["name"] == made["name"] and found["iss"] != account["id"] and found.keys() == {"jti", "iat", "iss", "name", "sub", "nats"}
    assert made["checksum"] == hashlib.sha1(content.encode()).hexdigest()
    assert uuid.UUID(made["id"]).version == 4 and made["region"] == "fr-par" and made["nats_account_id"] == account["id"]
    is_kept = service.issued[made["id"]] == content
    assert is_kept


def test_the_creds_text_is_laid_out_as_the_service_does(service, account):
    content = service.issued[service.add_credentials(account["id"])["id"]]
    token, seed = parts(content)
    stars = "*" * 25
    bare = content.replace(token, "T").replace(seed, "S")
    assert bare == (
        f"-----BEGIN NATS USER JWT-----\nT\n------END NATS USER JWT------\n\n{stars} IMPORTANT {stars}\n"
        "NKEY Seed printed below can be used to sign and prove identity.\nNKEYs are sensitive and should be treated as secrets.\n\n"
        f"-----BEGIN USER NKEY SEED-----\nS\n------END USER NKEY SEED------\n\n{'*' * 61}\n"
    )
    assert len(seed) == 58 and 1000 < len(content) < 1200


def test_one_signing_key_an_account(service, client):
    issuers = []
    for account in (service.add_account("a"), service.add_account("b")):
        contents = [client("POST", CREDENTIALS, {"nats_account_id": account["id"], "name": "x"})[1]["credentials"]["content"] for _ in "12"]
        issuers.append({claims(content)["iss"] for content in contents})
    assert [len(each) for each in issuers] == [1, 1] and not issuers[0] & issuers[1]


def test_times_lose_digits_when_read_again(client, account):
    made = client("POST", CREDENTIALS, {"nats_account_id": account["id"], "name": "x"})[1]
    again = client("GET", f"{CREDENTIALS}/{made['id']}")[1]
    for name in ("created_at", "updated_at"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", made[name])
        assert again[name] == made[name][:-4] + "Z"
    fraction = [int(made[name][20:29]) for name in ("created_at", "updated_at")]
    assert (fraction[1] - fraction[0]) % 1_000_000_000 == 100


def test_the_secret_is_not_read_again(client, account):
    made = client("POST", CREDENTIALS, {"nats_account_id": account["id"], "name": "x"})[1]
    status, again = client("GET", f"{CREDENTIALS}/{made['id'].upper()}")
    (listed,) = client("GET", CREDENTIALS)[1]["nats_credentials"]
    assert status == 200 and again == listed and again["credentials"] is None
    assert {**made, "credentials": None, "created_at": None, "updated_at": None} == {**again, "created_at": None, "updated_at": None}


def test_delete(service, client, account):
    id = service.add_credentials(account["id"])["id"]
    status, headers, body = client.whole("DELETE", f"{CREDENTIALS}/{id}")
    assert (status, body, headers["Content-Type"], headers["Content-Length"]) == (204, b"", "application/json", None)
    assert not service.credentials
    for method in ("GET", "DELETE"):
        assert client(method, f"{CREDENTIALS}/{id}") == missing("credentials", id)


@pytest.mark.parametrize("body, wanted", [
    ({"name": "x"}, ("nats_account_id", "required")),
    ({"name": "x", "nats_account_id": "A" * 55}, ("nats_account_id", "constraint")),
    ({"nats_account_id": NOBODY}, ("name", "constraint")),
    ({"nats_account_id": NOBODY, "name": ""}, ("name", "constraint")),
    ({"nats_account_id": NOBODY, "name": "x" * 501}, ("name", "constraint")),
])  # fmt: skip
def test_a_create_that_is_not_valid(client, body, wanted):
    status, page = client("POST", CREDENTIALS, body)
    assert (status, detail(page)) == (400, wanted)


def test_the_longest_name_and_one_name_twice(service, client, account):
    name = "\N{PARTY POPPER}" * 500
    assert [client("POST", CREDENTIALS, {"nats_account_id": account["id"], "name": name})[0] for _ in "12"] == [200, 200]
    assert [row["name"] for row in service.credentials.values()] == [name, name]


def test_a_create_for_an_unknown_account(client):
    assert client("POST", CREDENTIALS, {"nats_account_id": NOBODY, "name": "x"}) == missing("namespace", NOBODY)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("id", ["x", "0" * 32, "{" + NOTHING + "}", NOTHING + "0"])
def test_an_id_of_credentials_that_is_no_uuid(client, method, id):
    status, page = client(method, f"{CREDENTIALS}/{id}")
    assert (status, detail(page)) == (400, ("nats_credentials_id", "format"))


# Accounts.


def test_accounts_from_create_to_delete(service, client):
    status, made = client("POST", ACCOUNTS, {"name": "x", "project_id": NOTHING})
    assert status == 200 and made["endpoint"] == "nats://nats.mnq.fr-par.scaleway.com:4222" and made["project_id"] == NOTHING
    assert made.keys() == {"id", "name", "endpoint", "project_id", "region", "created_at", "updated_at"}
    assert made["id"][0] == "A" and len(made["id"]) == 56 and len(made["created_at"]) == 30
    own = service.add_credentials(made["id"])
    other = service.add_credentials(service.add_account("other")["id"])
    status, renamed = client("PATCH", f"{ACCOUNTS}/{made['id']}", {"name": "y"})
    assert (status, renamed["name"]) == (200, "y") and renamed["updated_at"] > made["updated_at"]
    read = client("GET", f"{ACCOUNTS}/{made['id']}")[1]
    assert read["name"] == "y" and read["created_at"] == made["created_at"][:-4] + "Z"
    assert client("PATCH", f"{ACCOUNTS}/{made['id']}", {}) == (200, read)
    assert client("DELETE", f"{ACCOUNTS}/{made['id']}") == (204, b"")
    assert list(service.credentials) == [other["id"]] and own["id"] not in service.credentials
    assert client("GET", f"{ACCOUNTS}/{made['id']}") == missing("namespace", made["id"])


def test_an_account_without_a_project_gets_the_default_one(service, client):
    for body in ({"name": "x"}, {"name": "x", "project_id": None}, {"name": "x", "project_id": ""}):
        assert client("POST", ACCOUNTS, body)[1]["project_id"] == service.project


@pytest.mark.parametrize("method, path, body, wanted", [
    ("GET", "/Wrong-id", None, ("nats_account_id", "constraint")),
    ("DELETE", "/Wrong-id", None, ("nats_account_id", "constraint")),
    ("PATCH", "/Wrong-id", {"name": "x"}, ("nats_account_id", "constraint")),
    ("POST", "", {"name": "x" * 65}, ("name", "constraint")),
    ("POST", "", {"name": "x", "project_id": "p"}, ("project_id", "format")),
])  # fmt: skip
def test_an_account_request_that_is_not_valid(client, method, path, body, wanted):
    status, page = client(method, ACCOUNTS + path, body)
    assert (status, detail(page)) == (400, wanted)


def test_the_recorded_answer_to_a_wrong_account_id(client):
    assert client("GET", f"{ACCOUNTS}/Wrong-id")[1]["details"] == [
        {"argument_name": "nats_account_id", "reason": "constraint", "help_message": "value length must be 56 runes"}
    ]


# Lists.


def test_pages(service, client, account):
    service.add_many(account["id"], 250)
    assert len(client.names()) == 20
    assert client.names("?page=3&page_size=100") == [f"row-{number:05d}" for number in range(200, 250)]
    assert client.names("?page=4&page_size=100") == []
    assert len(client.names("?page_size=4294967295")) == 100
    assert client("GET", f"{CREDENTIALS}?page=9")[1]["total_count"] == 250
    service.default_page_size, service.max_page_size = 7, 30
    assert [len(client.names(query)) for query in ("", "?page_size=31")] == [7, 30]
    service.refuse_large_pages = True
    assert detail(client("GET", f"{CREDENTIALS}?page_size=31")[1]) == ("page_size", "constraint")


@pytest.mark.parametrize("query, name", [
    ("page=0", "page"), ("page=-1", "page"), ("page=x", "page"), ("page=2147483648", "page"), ("page=", "page"), ("page_size=0", "page_size"),
    ("page_size=4294967296", "page_size"), ("order_by=name", "order_by"), ("order_by=", "order_by"), ("project_id=p", "project_id"),
])  # fmt: skip
@pytest.mark.parametrize("path", [CREDENTIALS, ACCOUNTS])
def test_a_list_that_is_not_valid(client, path, query, name):
    status, page = client("GET", f"{path}?{query}")
    assert status == 400 and detail(page)[0] == name


@pytest.mark.parametrize("order, wanted", [
    (None, "bacd"), ("created_at_asc", "bacd"), ("created_at_desc", "cdab"), ("name_asc", "abcd"), ("name_desc", "dcba"),
    ("updated_at_asc", "dcab"), ("updated_at_desc", "bacd"),
])  # fmt: skip
def test_orders_and_ties(service, client, account, order, wanted):
    # c and d were created at once, and in this order.
    for name, created, updated in (("b", 1, 9), ("a", 2, 8), ("c", 3, 7), ("d", 3, 6)):
        times = {field: f"2026-01-01T00:00:0{second}.000000Z" for field, second in (("created_at", created), ("updated_at", updated))}
        service.add_credentials(account["id"], name, mint=False, **times)
    assert "".join(client.names(f"?order_by={order}" if order else "")) == wanted


def test_filters(service, client):
    accounts = [service.add_account(name, project_id=project) for name, project in (("a", service.project), ("b", NOTHING))]
    for account in accounts:
        service.add_credentials(account["id"], "of " + account["name"], mint=False)
    assert client.names() == ["of a", "of b"]
    assert client.names(f"?project_id={NOTHING}") == ["of b"]
    assert client.names(f"?nats_account_id={accounts[0]['id']}") == ["of a"]
    assert client.names(f"?nats_account_id={accounts[0]['id']}&project_id={NOTHING}") == []
    listed = client("GET", f"{ACCOUNTS}?project_id={NOTHING}")[1]
    assert listed == {"total_count": 1, "nats_accounts": [accounts[1]]}


@pytest.mark.parametrize("query", [f"nats_account_id={NOBODY}", f"project_id={NOTHING}"])
def test_a_list_for_whom_nobody_knows_is_empty(service, client, account, query):
    service.add_credentials(account["id"], mint=False)
    assert client("GET", f"{CREDENTIALS}?{query}") == (200, {"nats_credentials": [], "total_count": 0})


def test_a_list_shows_every_change_of_the_state(service, client, account):
    first, second = (service.add_credentials(account["id"], name, mint=False) for name in "xy")
    assert client.names() == ["x", "y"]
    first["name"] = "z"
    assert client.names() == ["z", "y"] and client("GET", f"{CREDENTIALS}/{first['id']}")[1]["name"] == "z"
    assert client.names("?order_by=name_asc") == ["y", "z"]
    del first["region"]
    assert "region" not in client("GET", CREDENTIALS)[1]["nats_credentials"][0]
    del service.credentials[second["id"]]
    assert client.names() == ["z"]
    service.credentials[NOTHING] = {**first, "id": NOTHING, "name": "plain"}
    assert client.names() == ["z", "plain"]


def test_state_may_change_under_the_pages(service, client, account):
    service.add_many(account["id"], 3)
    service.on_request = lambda recorded: service.add_credentials(account["id"], "later", mint=False)
    assert len(client.names()) == 4 and len(client.names()) == 5


def test_ten_thousand_rows(service, client, account):
    wanted = service.add_many(account["id"], 10_000)
    found = []
    for page in range(1, 101):
        found += [row["id"] for row in client("GET", f"{CREDENTIALS}?page={page}&page_size=100&order_by=created_at_asc")[1]["nats_credentials"]]
    assert found == wanted and len(set(found)) == 10_000
