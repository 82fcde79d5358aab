"""The stand-in refuses what the service refuses, and names as wrong what no right client does."""

import http.client
import re
import uuid

import pytest

from scaleway_client import ACCOUNTS, BASE, CREDENTIALS, NOBODY, NOTHING, TYPE, Client, detail, missing, wrong
from scaleway_service import Scaleway

# Who may ask, where, and how.


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


# Wrong clients.

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
