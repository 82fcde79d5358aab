"""Proxies: of the environment, with a password, and those that refuse."""

import base64
import concurrent.futures

import pytest

from bridge import Bridge
from scaleway_service import TLS, Proxy, Scaleway, trusting
from scaleway_tls import GET, get, name_of, refusal


@pytest.fixture
def proxy():
    with Proxy() as running:
        yield running


def went_through(proxy, service):
    """One tunnel, and the service's end of it; the proxy was told where to, and nothing else."""
    (asked,) = proxy.asked
    assert (asked.method, asked.target) == ("CONNECT", f"localhost:{service.port}")
    assert {name.lower() for name, _ in asked.headers} <= {"host", "user-agent", "proxy-connection", "proxy-authorization"}
    return asked


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_a_proxy_gets_a_tunnel_and_not_the_key(home, service, row, proxy, variable):
    with Bridge(home, "--log-level", "trace", env=trusting(service, **{variable: proxy.url})) as bridge:
        for _ in range(3):
            assert name_of(get(bridge, row)) == "mine"
        assert b"proxy" not in bridge.end()[2].lower()
    went_through(proxy, service)
    assert [request.header("X-Auth-Token") == service.key for request in service.requests] == [True] * 3
    assert proxy.tunnels == 1


def test_a_host_that_only_the_proxy_knows(home, proxy):
    tls = TLS(lambda tls, authority: authority.issue_cert("api.test").configure_cert(tls.context))
    with Scaleway(tls=tls) as service:
        row = service.add_credentials(service.add_account("mine")["id"], "mine", mint=False)
        proxy.hosts["api.test:443"] = ("127.0.0.1", service.port)
        with Bridge(home, env=trusting(service, SCW_API_URL="https://api.test", HTTPS_PROXY=proxy.url)) as bridge:
            assert name_of(get(bridge, row)) == "mine"
    assert [asked.target for asked in proxy.asked] == ["api.test:443"]


def test_the_certificate_is_looked_at_behind_a_proxy(home, proxy):
    with Scaleway(tls=TLS.wrong_name()) as service:
        row = service.add_credentials(service.add_account("mine")["id"], "mine", mint=False)
        with Bridge(home, env=trusting(service, HTTPS_PROXY=proxy.url)) as bridge:
            refusal(get(bridge, row))
        assert service.requests == []


@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
@pytest.mark.parametrize("hosts", ["localhost", "*", "example.com,localhost", "example.com, localhost ,x"])
def test_no_proxy_for_these_hosts(home, service, row, proxy, variable, hosts):
    with Bridge(home, env=trusting(service, HTTPS_PROXY=proxy.url, **{variable: hosts})) as bridge:
        assert name_of(get(bridge, row)) == "mine"
    assert proxy.connections == []


@pytest.mark.parametrize("hosts", ["example.com", "", "ocalhost", "localhost.example.com"])
def test_other_hosts_go_through_the_proxy(home, service, row, proxy, hosts):
    with Bridge(home, env=trusting(service, HTTPS_PROXY=proxy.url, NO_PROXY=hosts)) as bridge:
        assert name_of(get(bridge, row)) == "mine"
    went_through(proxy, service)


USER, PASSWORD = "somebody", "canary-of-the-proxy"


def with_password(proxy):
    return proxy.url.replace("//", f"//{USER}:{PASSWORD}@")


def shows_it(text):
    """Whether the password stands in it, as it is or as it is sent."""
    return PASSWORD.encode() in text or base64.b64encode(f"{USER}:{PASSWORD}".encode())[:20] in text


def test_the_password_of_the_proxy_goes_to_the_proxy_only(home, service, row, proxy):
    with Bridge(home, "--log-level", "trace", env=trusting(service, HTTPS_PROXY=with_password(proxy))) as bridge:
        assert name_of(get(bridge, row)) == "mine"
        info = bridge.call("bridge.info")
        assert not shows_it(repr(info).encode()) and not shows_it(bridge.end()[2])
    sent = dict(went_through(proxy, service).headers)["Proxy-Authorization"]
    assert base64.b64decode(sent.removeprefix("Basic ")).decode() == f"{USER}:{PASSWORD}"
    assert not any(shows_it(request.head) or request.all("Proxy-Authorization") for request in service.requests)


def response(status, *headers, body=b""):
    lines = [b"HTTP/1.1 %d Odd" % status, *headers, b"Content-Length: %d" % len(body), b"Connection: close"]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


REFUSALS = {
    "407": response(407, b'Proxy-Authenticate: Basic realm="canary-of-the-proxy"', body=b"canary-of-the-proxy"),
    "403": response(403, body=b"canary-of-the-proxy"),
    "502": response(502),
    "302": response(302, b"Location: https://127.0.0.1:9/"),
    "401": response(401, b"WWW-Authenticate: Basic"),
    "nothing": b"",
    "garbage": bytes(range(256)) * 10,
    "endless": b"HTTP/1.1 200 OK\r\nX-Filler: " + b"x" * 10_000_000,
}


class Refused:
    """A read and a change that a proxy would not let through, and what came after."""

    def __init__(self, home, tls, refusal):
        with Scaleway(tls=tls) as service, Proxy() as proxy:
            row = service.add_credentials(service.add_account("mine")["id"], "mine", mint=False)
            proxy.refusal = refusal
            with Bridge(home, "--log-level", "trace", env=trusting(service, HTTPS_PROXY=with_password(proxy))) as bridge:
                for method in (GET, "credentials.delete"):
                    bridge.send({"jsonrpc": "2.0", "id": method, "method": method, "params": {"nats_credentials_id": row["id"]}})
                self.answers = [bridge.message(), bridge.message()]
                proxy.refusal = None
                self.next = get(bridge, row)
                self.errors = bridge.end()[2]
            self.heads = [dict(asked.headers) for asked in proxy.asked]


@pytest.fixture(scope="module")
def refused(tmp_path_factory, good_tls):
    folder = tmp_path_factory.mktemp("homes")
    with concurrent.futures.ThreadPoolExecutor(len(REFUSALS)) as pool:
        return {kind: pool.submit(Refused, folder / kind, good_tls, refusal) for kind, refusal in REFUSALS.items()}


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_tunnel_that_is_refused_is_of_the_network(refused, kind):
    """Also for a change, which then certainly did not happen; and nobody is told of the proxy's password or words."""
    found = refused[kind].result()
    for answer in found.answers:
        data = answer["error"]["data"]
        assert (data["kind"], data["outcome"], data["retryable"], data["phase"]) == ("network", "none", True, "connect")
    assert name_of(found.next) == "mine"
    assert not shows_it(repr(found.answers).encode()) and not shows_it(found.errors)
    assert not any("X-Auth-Token" in head for head in found.heads)


def test_a_proxy_that_is_not_there(home, service, row, proxy):
    proxy.down()
    with Bridge(home, "--log-level", "trace", env=trusting(service, HTTPS_PROXY=with_password(proxy))) as bridge:
        found = get(bridge, row)
        data = found["error"]["data"]
        assert (data["kind"], data["outcome"], data["phase"], data["attempts"]) == ("network", "none", "connect", 4)
        assert not shows_it(repr(found).encode())
        proxy.up()
        assert name_of(get(bridge, row)) == "mine"
        assert not shows_it(bridge.end()[2])


def test_a_proxy_whose_name_nobody_knows(home, service, row):
    with Bridge(home, env=trusting(service, HTTPS_PROXY=f"http://{USER}:{PASSWORD}@proxy.invalid:3128")) as bridge:
        found = get(bridge, row, timeout_ms=10_000)
        assert found["error"]["data"]["kind"] in ("network", "timeout") and not shows_it(repr(found).encode())
        assert b"proxy.invalid" not in bridge.end()[2]


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy", "HTTPS_PROXY"])
def test_what_is_not_encrypted_goes_to_no_proxy(home, proxy, variable):
    """It is for this machine only, and the key would be read on the way."""
    with Scaleway() as service:
        row = service.add_credentials(service.add_account("mine")["id"], "mine", mint=False)
        with Bridge(home, env={**service.environment, variable: proxy.url}) as bridge:
            assert name_of(get(bridge, row)) == "mine"
    assert proxy.connections == []
