"""Python's own HTTP client, as a client of the stand-in for Scaleway's API."""

import http.client
import json
import socket
import ssl

from scaleway_service import public_key

BASE = "/mnq/v1beta1/regions/fr-par"
CREDENTIALS = "/nats-credentials"
ACCOUNTS = "/nats-accounts"
NOBODY = public_key(0, bytes(range(32)))
NOTHING = "00000000-0000-4000-8000-000000000000"
JSON = {"Content-Type": "application/json"}
TYPE = ("Content-Type: application/json",)


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


def detail(page):
    assert (page["type"], page["message"]) == ("invalid_arguments", "invalid argument(s)")
    (found,) = page["details"]
    return found["argument_name"], found["reason"]


def missing(resource, id):
    return 404, {"message": "resource is not found", "resource": resource, "resource_id": id, "type": "not_found"}


def wrong(service, method="GET", path=CREDENTIALS, headers=(), body=b"", host=True):
    """A request as raw as need be; gives the status."""
    lines = [f"{method} {BASE if path.startswith('/nats') else ''}{path} HTTP/1.1", *["Host: x"] * host, f"X-Auth-Token: {service.key}", *headers]
    lines += [f"Content-Length: {len(body)}"] * bool(body)
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        return int(connection.recv(1 << 16).split()[1])


def context_of(tls):
    return ssl.create_default_context(cafile=tls.ca_file)
