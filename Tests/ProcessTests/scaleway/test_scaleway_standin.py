"""The stand-in for Scaleway's API behaves as the service does, and its faults are the ones they say: seen with Python's own HTTP client."""

import contextlib
import gzip
import hashlib
import http.client
import json
import re
import select
import socket
import ssl
import threading
import time
import uuid
import zlib

import pytest

import scaleway_http
from issued import claims, parts
from scaleway import (
    TLS, Proxy, Scaleway, answer, bare_429, carried_out_then, chunked, close, compressed, declared, delay, drip, endless_body, endless_headers,
    gateway_html, namespace_404, permissions_403, public_key, raw, redirect, reset, reshape, silence, transform,
)  # fmt: skip

BASE = "/mnq/v1beta1/regions/fr-par"
CREDENTIALS = "/nats-credentials"
ACCOUNTS = "/nats-accounts"
NOBODY = public_key(0, bytes(range(32)))
NOTHING = "00000000-0000-4000-8000-000000000000"
JSON = {"Content-Type": "application/json"}


class Client:
    """One kept connection."""

    def __init__(self, service, **headers):
        self.service, self.headers = service, {"X-Auth-Token": service.key, **headers}
        self.connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)

    def __call__(self, method, path, body=None, **headers):
        """Status and JSON, or bytes where it is none."""
        status, _, data = self.whole(method, path, body, **headers)
        return status, json.loads(data) if data[:1] in (b"{", b"[") else data

    def whole(self, method, path, body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        headers = {**self.headers, **(JSON if method in ("POST", "PATCH") else {}), **headers}
        path = path if path.startswith(("/mnq", "?")) else BASE + path
        self.connection.request(method, path, data, {name: value for name, value in headers.items() if value is not None})
        got = self.connection.getresponse()
        return got.status, got.headers, got.read()

    def names(self, query=""):
        status, page = self("GET", CREDENTIALS + query)
        assert status == 200, page
        return [row["name"] for row in page["nats_credentials"]]


@pytest.fixture
def client(service):
    made = Client(service)
    yield made
    made.connection.close()


def detail(page):
    assert (page["type"], page["message"]) == ("invalid_arguments", "invalid argument(s)")
    (found,) = page["details"]
    return found["argument_name"], found["reason"]


def missing(resource, id):
    return 404, {"message": "resource is not found", "resource": resource, "resource_id": id, "type": "not_found"}


# --- credentials --------------------------------------------------------------------------------------------------------------------------


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


# --- accounts -----------------------------------------------------------------------------------------------------------------------------


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


# --- lists --------------------------------------------------------------------------------------------------------------------------------


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


# --- who may ask, where, and how ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token, reason", [
    (None, "invalid_argument"), ("", "invalid_argument"), ("x", "invalid_argument"), (NOTHING, "not_found"), (NOTHING.replace("0", "1"), "expired"),
])  # fmt: skip
@pytest.mark.parametrize("path", [CREDENTIALS, f"{ACCOUNTS}/x"])
def test_a_key_that_is_not_taken(service, client, path, token, reason):
    service.expired_keys.add(NOTHING.replace("0", "1"))
    assert client("GET", path, X_Auth_Token=token) == (
        401, {"message": "authentication is denied", "method": "api_key", "reason": reason, "type": "denied_authentication"},
    )  # fmt: skip


def test_each_region_has_its_own(service, client, account):
    there = service.add_account("there", region="nl-ams")
    nl = BASE.replace("fr-par", "nl-ams")
    assert [row["id"] for row in client("GET", ACCOUNTS)[1]["nats_accounts"]] == [account["id"]]
    assert [row["id"] for row in client("GET", nl + ACCOUNTS)[1]["nats_accounts"]] == [there["id"]]
    assert client("GET", f"{ACCOUNTS}/{there['id']}") == missing("namespace", there["id"])
    made = client("POST", nl + CREDENTIALS, {"nats_account_id": there["id"], "name": "x"})[1]
    assert made["region"] == "nl-ams" and client("GET", f"{CREDENTIALS}/{made['id']}") == missing("credentials", made["id"])
    assert client("POST", nl + ACCOUNTS, {"name": "x"})[1]["endpoint"] == "nats://nats.mnq.nl-ams.scaleway.com:4222"


def test_a_region_that_has_no_nats(client):
    status, page = client("GET", BASE.replace("fr-par", "pl-waw") + CREDENTIALS)
    assert (status, detail(page)[0]) == (400, "region")


def test_headers_of_every_answer(service, client, account):
    ids = set()
    for method, path, body in (("GET", CREDENTIALS, None), ("GET", f"{ACCOUNTS}/x", None), ("POST", ACCOUNTS, {"name": "x"})):
        _, headers, data = client.whole(method, path, body)
        assert headers["Server"] == "Scaleway API Gateway (fr-par-3;edge02)" and headers["Date"].endswith("GMT")
        assert headers["Content-Type"] == "application/json" and int(headers["Content-Length"]) == len(data)
        assert str(uuid.UUID(headers["X-Request-Id"])) == headers["X-Request-Id"] == service.requests[-1].request_id
        ids.add(headers["X-Request-Id"])
    assert len(ids) == 3


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_body_where_none_belongs_is_put_up_with(service, client, account, method):
    id = service.add_credentials(account["id"])["id"]
    assert client(method, f"{CREDENTIALS}/{id}", b"{}")[0] in (200, 204)
    assert service.requests[0].body == b"{}"


def test_requests_are_kept_as_they_came(service, client):
    client("GET", f"{CREDENTIALS}?order_by=name_asc&nats_account_id={NOBODY}", User_Agent="me/1", X_Auth_Token=service.key)
    client("POST", ACCOUNTS, {"name": "x"})
    first, second = service.requests
    assert (first.method, first.path, first.suffix) == ("GET", BASE + CREDENTIALS, CREDENTIALS)
    assert first.target == f"{BASE}{CREDENTIALS}?order_by=name_asc&nats_account_id={NOBODY}"
    assert first.query == [("order_by", "name_asc"), ("nats_account_id", NOBODY)]
    assert first.header("user-agent") == "me/1" and ("User-Agent", "me/1") in first.headers
    assert (second.json, second.connection, second.status) == ({"name": "x"}, first.connection, 200) and second.at > first.at
    text = repr(service.requests) + repr(service.environment)
    assert service.key not in text


def test_what_the_program_is_given(service):
    given = service.environment
    assert re.fullmatch("SCW[A-Z0-9]{17}", given["SCW_ACCESS_KEY"]) and uuid.UUID(given["SCW_SECRET_KEY"]) and uuid.UUID(service.project)
    assert given["SCW_API_URL"] == service.url == f"http://127.0.0.1:{service.port}"
    assert (given["SCW_DEFAULT_REGION"], given["SCW_DEFAULT_PROJECT_ID"]) == ("fr-par", service.project)


# --- wrong clients ------------------------------------------------------------------------------------------------------------------------


def wrong(service, method="GET", path=CREDENTIALS, headers=(), body=b"", host=True):
    """A request as raw as need be; gives the status."""
    lines = [f"{method} {BASE if path.startswith('/nats') else ''}{path} HTTP/1.1", *["Host: x"] * host, f"X-Auth-Token: {service.key}", *headers]
    lines += [f"Content-Length: {len(body)}"] * bool(body)
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        return int(connection.recv(1 << 16).split()[1])


TYPE = ("Content-Type: application/json",)
WRONG = {
    "two keys": ({"headers": (f"X-Auth-Token: {NOTHING}",)}, 400),
    "dots": ({"path": f"{CREDENTIALS}/../nats-accounts"}, 400),
    "one dot": ({"path": f"{CREDENTIALS}/."}, 400),
    "encoded dots": ({"path": f"{CREDENTIALS}/%2e%2E"}, 400),
    "an encoded slash": ({"path": f"{CREDENTIALS}/x%2Fy"}, 400),
    "an encoded line end": ({"path": f"{CREDENTIALS}/x%0d%0ay"}, 400),
    "half an encoding": ({"path": f"{CREDENTIALS}/x%4"}, 400),
    "an empty segment": ({"path": f"{CREDENTIALS}/"}, 400),
    "a fragment": ({"path": f"{CREDENTIALS}#x"}, 400),
    "an unknown parameter": ({"path": f"{CREDENTIALS}?pageSize=1"}, 400),
    "a parameter twice": ({"path": f"{CREDENTIALS}?page=1&page=2"}, 400),
    "a query of one": ({"path": f"{CREDENTIALS}/{NOTHING}?page=1"}, 400),
    "an unknown route": ({"path": "/mnq/v1beta1/regions/fr-par/nats"}, 404),
    "an unknown method": ({"method": "PUT", "path": f"{ACCOUNTS}/{NOBODY}", "headers": TYPE, "body": b"{}"}, 404),
    "no JSON": ({"method": "POST", "headers": TYPE, "body": b"name=x"}, 400),
    "no body": ({"method": "POST", "headers": TYPE}, 400),
    "no object": ({"method": "POST", "headers": TYPE, "body": b"[]"}, 400),
    "NaN": ({"method": "POST", "headers": TYPE, "body": b'{"name":NaN}'}, 400),
    "no UTF-8": ({"method": "POST", "headers": TYPE, "body": b'{"name":"\xff"}'}, 400),
    "half a surrogate pair": ({"method": "POST", "headers": TYPE, "body": b'{"name":"\\ud800"}'}, 400),
    "another member": ({"method": "POST", "headers": TYPE, "body": b'{"name":"x","region":"fr-par"}'}, 400),
    "a member twice": ({"method": "POST", "headers": TYPE, "body": b'{"name":"x","name":"y"}'}, 400),
    "a number": ({"method": "POST", "headers": TYPE, "body": b'{"name":1}'}, 400),
    "no content type": ({"method": "POST", "body": b'{"name":"x"}'}, 400),
    "no Host": ({"host": False}, 400),
    "two Hosts": ({"headers": ("Host: y",)}, 400),
    "a folded header": ({"headers": ("X: y", " z")}, 400),
    "a bare line feed": ({"headers": ("X: y\nZ: z",)}, 400),
    "two lengths": ({"headers": ("Content-Length: 1", "Content-Length: 2")}, 400),
    "a space in the target": ({"path": f"{CREDENTIALS}/x y"}, 400),
}


@pytest.mark.parametrize("request_, status", WRONG.values(), ids=WRONG)
def test_a_wrong_client_is_noticed(request_, status):
    with pytest.raises(AssertionError, match="not used as the service may be"):
        with Scaleway() as service:
            assert wrong(service, **request_) == status
            assert len(service.problems) == 1


@pytest.mark.parametrize("place", ["target", "header", "body"])
@pytest.mark.parametrize("key", ["key", "access_key"])
def test_a_key_elsewhere_is_noticed_and_not_printed(place, key):
    with Scaleway() as service:
        service.allow_problems = True
        value = getattr(service, key)
        how = {"target": {"path": f"{CREDENTIALS}/{value}"}, "header": {"headers": (f"X: {value}",)}, "body": {"body": value.encode()}}[place]
        assert wrong(service, **how) == 400
        (problem,) = service.problems
    is_printed = service.key in problem
    assert not is_printed


def test_a_failure_of_the_test_itself_is_not_hidden():
    with pytest.raises(KeyError) as caught:
        with Scaleway() as service:
            wrong(service, path="/nowhere")
            raise KeyError
    assert "unknown route" in caught.value.__notes__[0]


def test_an_error_in_the_tests_own_function_is_noticed():
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        with Scaleway() as service:
            service.on_request = lambda recorded: 1 / 0
            with pytest.raises(http.client.HTTPException):
                Client(service)("GET", CREDENTIALS)


def test_an_encoded_id_that_is_harmless(client):
    assert client("GET", f"{ACCOUNTS}/Wrong%20id")[0] == 400
    assert client("GET", f"{CREDENTIALS}/%30{NOTHING[1:]}") == missing("credentials", NOTHING)


# --- connections --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("framing, keeps", [("length", True), ("chunked", True), ("close", False)])
def test_framings(service, client, account, framing, keeps):
    service.framing = framing
    service.add_many(account["id"], 15)
    for _ in "12":
        assert len(client.names()) == 15
    assert client("DELETE", f"{ACCOUNTS}/{account['id']}") == (204, b"")
    assert len({recorded.connection for recorded in service.requests}) == (1 if keeps else 3)


@pytest.mark.parametrize("side", ["client", "server"])
def test_connections_close_after_each_request(service, client, side):
    service.close_connections = side == "server"
    for _ in "12":
        client("GET", CREDENTIALS, Connection="close" if side == "client" else "keep-alive")
    assert [recorded.connection for recorded in service.requests] == [0, 1]


def test_two_requests_at_once_on_one_connection(service):
    request = f"GET {BASE}{CREDENTIALS} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {service.key}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.sendall(request * 2)
        service.wait_for(lambda s: [recorded.status for recorded in s.requests] == [200, 200])


def test_a_body_in_chunks(service):
    body = b"\r\n".join([b"4", b'{"na', b"6;x=y", b'me":""', b"1", b"}", b"0", b"A: b", b"", b""])
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        head = f"POST {BASE}{ACCOUNTS} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {service.key}\r\n{TYPE[0]}\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(head.encode() + body)
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 400")
    assert service.requests[-1].json == {"name": ""}


def test_idle_connections_can_be_closed_from_the_servers_side(service, client):
    client("GET", CREDENTIALS)
    kept = client.connection.sock
    assert service.close_idle() == 1 and service.open_connections == 0
    assert kept.recv(1) == b""


def test_the_service_can_be_down_and_up_again(service, client):
    service.down()
    with pytest.raises(ConnectionRefusedError):
        client("GET", CREDENTIALS)
    client.connection.close()
    service.up()
    assert client.names() == []


def test_waiting_has_a_limit(service):
    with pytest.raises(AssertionError, match="never came to be"):
        service.wait_for(lambda s: s.requests, limit=0)


def test_how_many_were_under_way_at_once(service):
    gate = threading.Event()
    service.fail("GET", delay(gate), times=None)
    clients = [Client(service) for _ in range(5)]
    threads = [threading.Thread(target=client, args=("GET", CREDENTIALS)) for client in clients]
    for thread in threads:
        thread.start()
    service.wait_for(lambda s: s.in_flight == 5)
    gate.set()
    for thread in threads:
        thread.join(10)
    service.wait_for(lambda s: s.in_flight == 0)
    assert service.most_in_flight == 5 and [recorded.status for recorded in service.requests] == [200] * 5


GOING_ON = {
    "nothing": lambda: None, "silence": silence, "silence at first": lambda: silence("accept"), "silence in the body": lambda: silence("mid-body"),
    "a FIN": close, "endless body": endless_body, "endless headers": endless_headers, "a long body": lambda: declared(1 << 32),
    "a delay": lambda: delay(threading.Event()), "a drip": lambda: drip(3600),
}  # fmt: skip


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("make", GOING_ON.values(), ids=GOING_ON)
def test_the_service_ends_at_once_whatever_goes_on(make, tls):
    how = make()
    with contextlib.ExitStack() as stack:
        with Scaleway(tls=TLS.good() if tls else None) as service:
            if how:
                service.fail("*", how, times=None)
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", service.port), timeout=10))
            if tls and getattr(how, "stage", None) != "accept":
                connection = stack.enter_context(context_of(service.tls).wrap_socket(connection, server_hostname="localhost"))
            connection.sendall(f"GET {BASE}{CREDENTIALS} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {service.key}\r\n\r\n".encode())
            service.wait_for(lambda s: s.requests or s.connections and getattr(how, "stage", None) == "accept")
        # Threads that did not end would have been a problem, and so an error.
        assert not service.threads and service.open_connections == 0


# --- faults -------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("when, hits", [
    ("*", 4), ("GET", 3), ("POST", 1), ("GET /nats-credentials", 2), ("GET /nats-credentials$", 1), ("GET /nats-credentials/", 1),
    ("/nats-accounts", 2), (f"GET /nats-credentials/{NOTHING}$", 1), ("DELETE", 0), (lambda recorded: recorded.query, 1),
])  # fmt: skip
def test_which_requests_a_fault_meets(service, client, when, hits):
    rule = service.fail(when, answer(503), times=None)
    requests = [("GET", CREDENTIALS + "?page=1", None), ("GET", f"{CREDENTIALS}/{NOTHING}", None), ("GET", ACCOUNTS, None)]
    statuses = [client(*request)[0] for request in (*requests, ("POST", ACCOUNTS, {"name": "x"}))]
    assert statuses.count(503) == hits == rule.hits


def test_faults_are_used_up_in_order(service, client):
    service.fail("GET", answer(500), times=2)
    service.fail("*", answer(502))
    assert [client("GET", CREDENTIALS)[0] for _ in range(4)] == [500, 500, 502, 200]
    assert service.rules == []


def test_a_fault_is_not_carried_out(service, client):
    service.fail("POST", answer(500, {"message": "x"}))
    assert client("POST", ACCOUNTS, {"name": "x"}) == (500, {"message": "x"})
    assert not service.accounts and service.requests[0].status == 500


def test_ready_made_answers(service, client, account):
    credential = service.add_credentials(account["id"])["id"]
    service.fail("*", bare_429())
    status, headers, body = client.whole("GET", CREDENTIALS)
    assert (status, body, headers["Content-Type"], headers["Retry-After"], headers["x-envoy-ratelimited"]) == (429, b"", None, None, "true")
    assert headers["Content-Length"] == "0" and headers["X-Request-Id"]
    for method, path, sent in (
        ("GET", f"{CREDENTIALS}/{credential}", None), ("GET", f"{ACCOUNTS}/{account['id']}", None),
        ("GET", f"{CREDENTIALS}?nats_account_id={account['id']}", None), ("POST", CREDENTIALS, {"nats_account_id": account["id"], "name": "x"}),
    ):  # fmt: skip
        service.fail("*", namespace_404())
        assert client(method, path, sent) == missing("namespace", account["id"])
    service.fail("*", permissions_403())
    status, page = client("GET", CREDENTIALS)
    assert (status, page["type"], page["details"]) == (403, "permissions_denied", [{"action": "read", "resource": "namespace"}])
    service.fail("*", gateway_html(503))
    status, headers, body = client.whole("GET", CREDENTIALS)
    assert (status, headers["Content-Type"], body[:6]) == (503, "text/html", b"<html>")
    service.fail("*", redirect(307, "http://elsewhere.invalid/"))
    assert client.whole("GET", CREDENTIALS)[1]["Location"] == "http://elsewhere.invalid/"
    service.fail("*", answer(200, b"x", headers=[("Content-Type", "text/plain"), ("Server", None), ("Set-Cookie", "a=b")]))
    _, headers, _ = client.whole("GET", CREDENTIALS)
    assert (headers["Content-Type"], headers["Server"], headers["Set-Cookie"]) == ("text/plain", None, "a=b")


def received(service, method="GET", path=CREDENTIALS, body=b""):
    """Every byte of an answer until the connection's end, and how that came: "FIN" or "RST"."""
    head = [f"{method} {BASE}{path} HTTP/1.1", "Host: x", f"X-Auth-Token: {service.key}", *TYPE, f"Content-Length: {len(body)}"]
    data = b""
    try:
        # A connection that is reset at once may be so before it counts as made.
        with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
            connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
            while chunk := connection.recv(1 << 16):
                data += chunk
    except (ConnectionResetError, BrokenPipeError):
        return data, "RST"
    return data, "FIN"


STAGES = {
    "accept": (b"", None), "handshake": (b"", None), "request": (b"", None), "headers": (b"HTTP/1.1 200 OK\r\n", False),
    "body-start": (b"HTTP/1.1 200 OK\r\n", True), "mid-body": (b"HTTP/1.1 200 OK\r\n", True),
}  # fmt: skip


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("how, end", [(reset, "RST"), (close, "FIN")])
def test_ends_at_every_stage(service, how, end, stage):
    service.fail("*", how(after=stage))
    data, came = received(service)
    start, has_head = STAGES[stage]
    assert came == end and data.startswith(start) and bool(data) == bool(start)
    if has_head is not None:
        head, _, body = data.partition(b"\r\n\r\n")
        wanted = b'{"nats_credentials":[],"total_count":0}'
        assert (b"\r\n\r\n" in data) == has_head
        assert body == (wanted[: len(wanted) // 2] if stage == "mid-body" else b"")
    assert len(service.requests) == (stage not in ("accept", "handshake"))
    service.wait_for(lambda s: s.open_connections == 0)


@pytest.mark.parametrize("stage", STAGES)
def test_silence_at_every_stage(service, stage):
    rule = service.fail("*", silence(after=stage))
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.sendall(f"GET {BASE}{CREDENTIALS} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {service.key}\r\n\r\n".encode())
        if STAGES[stage][0]:
            data = connection.recv(1 << 16)
            assert data.startswith(STAGES[stage][0])
        else:
            service.wait_for(lambda s: rule.hits)
        assert select.select([connection], [], [], 0)[0] == []
    service.wait_for(lambda s: s.open_connections == 0)


LOST = {"reset": reset(), "close": close(), "503": answer(503), "429": bare_429(), "half": reset("mid-body")}


def ask_for_one(service, account):
    """The bytes that a client gets, to the connection's end."""
    service.close_connections = True
    return received(service, "POST", CREDENTIALS, json.dumps({"nats_account_id": account["id"], "name": "x"}).encode())[0]


@pytest.mark.parametrize("how", LOST.values(), ids=LOST)
def test_a_lost_answer(service, account, how):
    service.fail("POST /nats-credentials", carried_out_then(how))
    got_it_all = b"END USER NKEY SEED" in ask_for_one(service, account)
    (row,) = service.credentials.values()
    assert row["name"] == "x" and list(service.issued) == [row["id"]] and not got_it_all


@pytest.mark.parametrize("how", [reset(), close(), answer(503)], ids=["reset", "close", "503"])
def test_a_request_that_was_not_carried_out(service, account, how):
    service.fail("POST", how)
    ask_for_one(service, account)
    assert not service.credentials and not service.issued


def test_a_delay_waits_before_the_route(service, client, account):
    gate = threading.Event()
    rule = service.fail("POST", delay(gate))
    thread = threading.Thread(target=client, args=("POST", CREDENTIALS, {"nats_account_id": account["id"], "name": "x"}))
    thread.start()
    service.wait_for(lambda s: rule.hits)
    assert not service.credentials
    gate.set()
    thread.join(10)
    assert len(service.credentials) == 1


@pytest.mark.parametrize("of", ["all", "body"])
def test_a_drip_is_the_whole_answer(service, client, of):
    service.fail("*", drip(0, of))
    assert client("GET", CREDENTIALS) == (200, {"nats_credentials": [], "total_count": 0})


def test_a_drip_waits_after_each_byte(service, client):
    service.fail("*", drip(0.001))
    start = time.monotonic()
    _, headers, body = client.whole("GET", CREDENTIALS)
    assert time.monotonic() - start > 0.001 * len(body)


def test_every_normal_answer_can_take_its_time(service, client):
    service.lag = 0.05
    start = time.monotonic()
    client("GET", CREDENTIALS)
    assert time.monotonic() - start > 0.05


def test_raw_bytes(service, client):
    service.fail("*", raw(b"HTTP/1.1 200 Fine\r\nX: y\r\n\r\nrest"))
    assert received(service) == (b"HTTP/1.1 200 Fine\r\nX: y\r\n\r\nrest", "FIN")
    service.fail("*", raw(b"HTTP/1.1 200 Fine\r\nContent-Length: 2\r\n\r\n{}", end="keep"))
    assert [client("GET", CREDENTIALS)[0], client("GET", CREDENTIALS)[0]] == [200, 200]
    assert service.requests[-1].connection == service.requests[-2].connection


@pytest.mark.parametrize("how, start", [
    (endless_body(), b"HTTP/1.1 200 OK"), (endless_body("close"), b"HTTP/1.1 200 OK"), (endless_headers(), b"HTTP/1.1 200 OK"),
    (endless_headers(b"x" * 999), b"HTTP/1.1 200 OK"),
], ids=["chunked", "until the end", "headers", "one header"])  # fmt: skip
def test_what_never_ends(service, how, start):
    service.fail("*", how)
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.sendall(f"GET {BASE}{CREDENTIALS} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {service.key}\r\n\r\n".encode())
        data = b""
        while len(data) < 5_000_000:
            chunk = connection.recv(1 << 20)
            assert chunk
            data += chunk
    assert data.startswith(start)
    service.wait_for(lambda s: s.open_connections == 0)
    assert service.connections[0].sent > 4_000_000


def test_a_length_that_is_only_declared(service):
    service.fail("*", declared(1 << 32, b"{ }", end="close"))
    data, end = received(service)
    assert b"\r\nContent-Length: 4294967296\r\n" in data and data.endswith(b"\r\n\r\n{ }") and end == "FIN"


def test_one_fault_before_the_next_connection_is_its_own(service, client):
    client("GET", CREDENTIALS)
    service.fail("accept", reset("accept"))
    # The connection that is open is none of its business.
    assert client.names() == []
    assert received(service) == (b"", "RST")
    service.close_connections = True
    assert received(service)[1] == "FIN"


@pytest.mark.parametrize("encoding, unpack", [("gzip", gzip.decompress), ("deflate", zlib.decompress)])
@pytest.mark.parametrize("size", [0, 1, 3_000_000])
def test_compression(service, client, encoding, unpack, size):
    service.fail("*", compressed(encoding, size))
    _, headers, data = client.whole("GET", CREDENTIALS)
    plain = unpack(data)
    assert headers["Content-Encoding"] == encoding and len(data) < 10_000 and len(plain) == size + 39
    assert plain.strip(b" ") == b'{"nats_credentials":[],"total_count":0}'


@pytest.mark.parametrize("pack, wanted", [
    ("br_pack", "f43d49004080c4af0178ee100000004000205b315d03"),
    ("zstd_pack", "28b52ffd00380200102002001020029f04201800005b315d010000"),
])  # fmt: skip
def test_compression_that_python_cannot_undo(pack, wanted):
    """What the brotli of Node 20 and zstd 1.5 unpack to 300,000 spaces and [1]."""
    assert getattr(scaleway_http, pack)(300_000, b"[1]").hex() == wanted


@pytest.mark.parametrize("encoding, most", [("gzip", 1_000_000), ("deflate", 1_000_000), ("br", 1_000), ("zstd", 31_000)])
def test_a_bomb_is_small(service, client, encoding, most):
    service.fail("*", compressed(encoding, 1_000_000_000))
    _, headers, data = client.whole("GET", CREDENTIALS)
    assert len(data) < most and headers["Content-Encoding"] == encoding


def test_a_transform_changes_the_normal_answer(service, client):
    service.fail("*", transform(lambda status, headers, body: (206, [*headers, ("X", "y")], body + b" ")))
    status, headers, body = client.whole("GET", CREDENTIALS)
    assert (status, headers["X"], headers["Content-Length"]) == (206, "y", "40") and len(body) == 40
    assert client.names() == [] and service.requests[-1].connection == 0


@pytest.mark.parametrize("length, wanted", [(None, 39), (20, 20), (60, None)])
def test_a_transform_may_lie_about_the_length(service, client, length, wanted):
    def change(status, headers, body):
        kept = [pair for pair in headers if pair[0] != "Content-Length"]
        return status, kept if length is None else [*kept, ("Content-Length", length)], body

    service.fail("*", transform(change))
    if wanted is None:
        with pytest.raises(http.client.IncompleteRead):
            client.whole("GET", CREDENTIALS)
    else:
        assert len(client.whole("GET", CREDENTIALS)[2]) == wanted
    service.wait_for(lambda s: s.open_connections == 0)


def test_a_transform_of_a_delete(service, client, account):
    service.fail("DELETE", transform(lambda status, headers, body: (status, headers, body)))
    assert client("DELETE", f"{ACCOUNTS}/{account['id']}") == (204, b"")
    service.fail("DELETE", transform(lambda status, headers, body: (200, [*headers, ("Content-Length", 2)], b"{}")))
    assert client("DELETE", f"{ACCOUNTS}/{service.add_account()['id']}") == (200, {})


def test_json_written_in_other_ways(service, client):
    service.add_account("\N{PARTY POPPER}")
    service.fail("*", reshape(lambda page: {**page, "more": 1}, separators=(" , ", " : "), sort_keys=True, ensure_ascii=True))
    body = client.whole("GET", ACCOUNTS)[2]
    assert body.startswith(b'{"more" : 1 , "nats_accounts" : [{"created_at" : ') and b"\\ud83c\\udf89" in body
    assert "\N{PARTY POPPER}".encode() in client.whole("GET", ACCOUNTS)[2]


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_chunks(service, client, size):
    service.fail("*", chunked(size, extension=b";a=b", trailers=[("X", "y")]))
    assert client.names() == [] and client.names() == []
    assert service.requests[-1].connection == 0


def test_a_row_that_is_not_utf8(service, client, account):
    service.add_credentials(account["id"], "\ud800", mint=False)
    assert b'"name":"\xed\xa0\x80"' in client.whole("GET", CREDENTIALS)[2]


# --- TLS and the proxy --------------------------------------------------------------------------------------------------------------------


def context_of(tls):
    return ssl.create_default_context(cafile=tls.ca_file)


def over_tls(service):
    connection = http.client.HTTPSConnection("localhost", service.port, timeout=10, context=context_of(service.tls))
    with contextlib.closing(connection):
        for _ in "12":
            connection.request("GET", BASE + CREDENTIALS, headers={"X-Auth-Token": service.key})
            got = connection.getresponse()
            assert got.status == 200 and json.loads(got.read())["total_count"] == 0


def test_tls():
    with Scaleway(tls=TLS.good()) as service:
        assert service.url == f"https://localhost:{service.port}"
        over_tls(service)
        assert service.connections[0].tls_version == "TLSv1.3" and len(service.connections) == 1


@pytest.mark.parametrize("kind, words", [
    ("self_signed", "self-signed certificate"), ("wrong_name", "Hostname mismatch"), ("expired", "certificate has expired"),
])  # fmt: skip
def test_tls_that_a_client_must_refuse(kind, words):
    with Scaleway(tls=getattr(TLS, kind)()) as service:
        with pytest.raises(ssl.SSLCertVerificationError, match=words):
            over_tls(service)
        service.wait_for(lambda s: s.connections and s.connections[0].closed)
        assert service.requests == []


@pytest.mark.parametrize("stage, error", [
    ("accept", (ssl.SSLError, ConnectionError)), ("handshake", (http.client.RemoteDisconnected, ConnectionError, ssl.SSLError)),
])  # fmt: skip
@pytest.mark.parametrize("how", [reset, close])
def test_tls_that_breaks_off(how, stage, error):
    with Scaleway(tls=TLS.good()) as service:
        service.fail("*", how(stage))
        with pytest.raises(error):
            over_tls(service)
        over_tls(service)


def test_a_tunnel():
    with Scaleway(tls=TLS.good()) as service, Proxy() as proxy:
        proxy.hosts["localhost:443"] = ("127.0.0.1", service.port)
        connection = http.client.HTTPSConnection("127.0.0.1", proxy.port, timeout=10, context=context_of(service.tls))
        connection.set_tunnel("localhost", 443, {"Proxy-Authorization": "Basic eDp5"})
        with contextlib.closing(connection):
            connection.request("GET", BASE + CREDENTIALS, headers={"X-Auth-Token": service.key})
            assert connection.getresponse().status == 200
        (asked,) = proxy.asked
        assert asked[:2] == ("CONNECT", "localhost:443") and ("Proxy-Authorization", "Basic eDp5") in asked.headers
        assert proxy.tunnels == 1 and proxy.bytes_up > 100 and proxy.bytes_down > 100 and len(service.requests) == 1
        proxy.wait_for(lambda p: p.open_connections == 0)


def test_a_proxy_that_refuses_or_cannot():
    with Proxy() as proxy:
        for refusal, status in ((b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", 407), (None, 502)):
            proxy.refusal, proxy.hosts["localhost:443"] = refusal, ("127.0.0.1", 1)
            connection = http.client.HTTPSConnection("127.0.0.1", proxy.port, timeout=10)
            connection.set_tunnel("localhost", 443)
            with contextlib.closing(connection), pytest.raises(OSError, match=str(status)):
                connection.request("GET", "/")
        assert len(proxy.asked) == 2 and proxy.tunnels == 0


def test_a_proxy_for_plain_http(service):
    with Proxy() as proxy:
        connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", service.url + BASE + CREDENTIALS, headers={"X-Auth-Token": service.key, "Proxy-Authorization": "Basic eDp5"})
            assert connection.getresponse().status == 200
        assert proxy.asked[0].target == service.url + BASE + CREDENTIALS
        assert service.requests[0].path == BASE + CREDENTIALS and service.requests[0].header("Proxy-Authorization") is None
