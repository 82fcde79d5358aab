"""One read over TLS, and how it is refused."""

GET = "credentials.get"


def get(bridge, row, **more):
    return bridge.call(GET, {"nats_credentials_id": row["id"], **more})


def name_of(found):
    assert "result" in found, found["error"]
    return found["result"]["name"]


def refusal(found):
    """The error of TLS that a read gives, with its message."""
    error = found["error"]
    assert (error["code"], error["data"]["kind"], error["data"]["outcome"], error["data"]["retryable"]) == (1525, "tls", "none", False), error
    return error["message"]
