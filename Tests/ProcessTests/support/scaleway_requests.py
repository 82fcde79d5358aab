"""What a request to Scaleway's API has in it, nothing missing and nothing more."""

import json

from scaleway_service import transform

REGIONS = ["fr-par", "nl-ams"]
ORDERS = ["created_at_asc", "created_at_desc", "updated_at_asc", "updated_at_desc", "name_asc", "name_desc"]
# Well formed, but of nobody.
PROJECT = "2f0c7a52-9c3e-4d7e-8a51-0a6f1b6f1c11"
ACCOUNT = "AAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB776S"
CREDENTIAL = "7f1f2d1e-4b1c-4a7e-9a52-5d1b0c2e3f40"
ALWAYS = {"host", "accept", "accept-encoding", "user-agent", "x-auth-token"}
WITH_BODY = ALWAYS | {"content-type", "content-length"}


def hold(service, request, method, path, query=None, body=None, agent=None):
    """Nothing is missing in a request, and nothing is in it that does not belong there."""
    place, _, asked = request.target.partition("?")
    assert (request.method, place) == (method, "/mnq/v1beta1/regions/" + path)
    assert sorted(asked.split("&") if asked else []) == sorted(f"{name}={value}" for name, value in (query or {}).items())
    names = [name.lower() for name, _ in request.headers]
    assert sorted(names) == sorted(ALWAYS if body is None else WITH_BODY)
    assert request.header("Host") == f"127.0.0.1:{service.port}"
    assert request.header("Accept") == "application/json"
    assert request.header("Accept-Encoding") == "gzip"
    assert agent is None or request.header("User-Agent") == agent
    has_key = request.header("X-Auth-Token") == service.key
    assert has_key and request.head.count(service.key.encode()) == 1
    if body is None:
        assert request.body == b""
    else:
        assert request.header("Content-Type") == "application/json"
        assert request.header("Content-Length") == str(len(request.body))
        assert json.loads(request.body, object_pairs_hook=sorted) == sorted(body.items())


def header(*replaced):
    """The normal answer with other headers: (name, value), None takes one away."""
    names = {name.lower() for name, _ in replaced}

    def function(status, headers, body):
        kept = [pair for pair in headers if pair[0].lower() not in names]
        return status, kept + [pair for pair in replaced if pair[1] is not None], body

    return transform(function)
