"""Faults that are the service's own, as they were seen."""

from http_faults import answer
from scaleway_refusals import missing


def bare_429():
    """The real one: no body, no Content-Type, no Retry-After."""
    return answer(429, headers=[("x-envoy-ratelimited", "true")])


def namespace_404(account_id=None):
    """What reads say now and then for some seconds after a write, of whatever kind they are: the account is not there."""

    def how(exchange):
        answer(404, missing("namespace", account_id or exchange.server.account_of(exchange.recorded)).body)(exchange)

    return how


def permissions_403():
    """The right is not there, or not yet everywhere."""

    def how(exchange):
        details = [{"action": "read" if exchange.recorded.method == "GET" else "write", "resource": "namespace"}]
        answer(403, {"details": details, "message": "insufficient permissions", "type": "permissions_denied"})(exchange)

    return how


def gateway_html(status=502):
    """From before the service: no JSON, no X-Request-Id."""
    page = f"<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n<center><h1>{status}</h1></center>\r\n</body>\r\n</html>\r\n".encode()
    return answer(status, page, headers=[("Content-Type", "text/html"), ("X-Request-Id", None)])
