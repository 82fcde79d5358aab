"""Who the bridge gives the key to: servers whose certificate is right, through proxies that do not get to see it. Chapters 2 and 8 of the
API's facts."""

import base64
import concurrent.futures

import pytest

from bridge import Bridge
from scaleway_service import TLS, Proxy, Scaleway, close, reset, silence, trusting
from scaleway_http import Connection
from scaleway_http2 import HTTP2

GET = "credentials.get"


@pytest.fixture(scope="module")
def good():
    return TLS.good()


@pytest.fixture
def service(good):
    with Scaleway(tls=good) as running:
        yield running


@pytest.fixture
def row(service):
    return service.add_credentials(service.add_account("mine")["id"], "mine", mint=False)


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


# Certificates.


@pytest.mark.parametrize("way", ["--ca-file", "SSL_CERT_FILE"])
def test_a_certificate_of_an_authority_that_is_named_is_good(home, service, row, way):
    arguments = ["--ca-file", service.tls.ca_file] if way == "--ca-file" else []
    with Bridge(home, *arguments, env=service.environment if arguments else trusting(service)) as bridge:
        assert name_of(get(bridge, row)) == "mine"
        assert bridge.end() == (0, b"", b"")
    assert service.connections[0].tls_version in ("TLSv1.2", "TLSv1.3")


def test_the_option_wins_over_the_variable(home, service, row):
    with Bridge(home, "--ca-file", service.tls.ca_file, env={**trusting(service), "SSL_CERT_FILE": TLS.good().ca_file}) as bridge:
        assert name_of(get(bridge, row)) == "mine"


def test_nobody_else_is_trusted_than_the_authority_that_is_named(home, service, row):
    with Bridge(home, "--ca-file", TLS.good().ca_file, env=service.environment) as bridge:
        refusal(get(bridge, row))


BAD = {"self-signed": TLS.self_signed, "wrong name": TLS.wrong_name, "expired": TLS.expired, "nobody's authority": TLS.good}


@pytest.mark.parametrize("kind", BAD)
def test_a_certificate_that_is_not_good_is_refused_before_anything_is_sent(home, kind):
    with Scaleway(tls=BAD[kind]()) as service:
        account = service.add_account("mine")
        row = service.add_credentials(account["id"], "mine", mint=False)
        environment = service.environment if kind == "nobody's authority" else trusting(service)
        with Bridge(home, "--log-level", "trace", env=environment) as bridge:
            assert "certificate" in refusal(get(bridge, row))
            refusal(bridge.call("credentials.create", {"nats_account_id": account["id"], "name": "n"}))
            refusal(bridge.call("credentials.delete", {"nats_credentials_id": row["id"]}))
            refusal(bridge.call("credentials.list"))
            assert bridge.result("bridge.ping") == {}
            assert bridge.end()[0] == 0
        assert service.requests == [] and len(service.connections) >= 4


# Nobody may be kept from reading a file where tests run as root; a folder stands for what cannot be read.
CA_FILES = {
    "missing": None, "a folder": "a folder", "empty": b"", "garbage": bytes(range(256)) * 40, "half": b"-----BEGIN CERTIFICATE-----\nMIIB\n",
    "a certificate that is none": b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
}  # fmt: skip


@pytest.mark.parametrize("way", ["--ca-file", "SSL_CERT_FILE"])
@pytest.mark.parametrize("kind", CA_FILES)
def test_a_file_of_authorities_that_cannot_be_read_is_an_error_that_says_so(home, tmp_path_factory, service, row, kind, way):
    path = tmp_path_factory.mktemp("authorities") / "ca.pem"
    if CA_FILES[kind] == "a folder":
        path.mkdir()
    elif CA_FILES[kind] is not None:
        path.write_bytes(CA_FILES[kind])
    arguments = ["--ca-file", str(path)] if way == "--ca-file" else []
    environment = service.environment if arguments else {**service.environment, "SSL_CERT_FILE": str(path)}
    with Bridge(home, *arguments, env=environment) as bridge:
        message = refusal(get(bridge, row))
        assert "file of trusted certificates" in message
        assert bridge.result("bridge.ping") == {}
    assert service.requests == []


# Not looking at certificates.


def configured(home, **settings):
    """A configuration file of Scaleway's tools."""
    folder = home / "config" / "scw"
    folder.mkdir(parents=True)
    path = folder / "config.yaml"
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}: {value}\n" for name, value in settings.items()))
    return {}


INSECURE = {
    "insecure: true": lambda home: configured(home, insecure="true"),
    **{f"SCW_INSECURE={value}": lambda home, value=value: {"SCW_INSECURE": value} for value in ("1", "true", "T")},
    "SCW_INSECURE over the file": lambda home: {**configured(home, insecure="false"), "SCW_INSECURE": "1"},
}


@pytest.mark.parametrize("way", INSECURE)
@pytest.mark.parametrize("kind", [TLS.self_signed, TLS.wrong_name, TLS.expired], ids=lambda kind: kind.__name__)
def test_no_certificate_is_looked_at_where_that_is_asked_for_and_one_line_warns(home, kind, way):
    with Scaleway(tls=kind()) as service:
        row = service.add_credentials(service.add_account("mine")["id"], "mine", mint=False)
        with Bridge(home, env={**service.environment, **INSECURE[way](home)}) as bridge:
            for _ in range(3):
                assert name_of(get(bridge, row)) == "mine"
            status, _, errors = bridge.end()
    assert status == 0 and errors.count(b"\n") == 1
    assert b"warning" in errors and b"certificate is not checked" in errors


SECURE = {
    **{f"SCW_INSECURE={value}": lambda home, value=value: {"SCW_INSECURE": value} for value in ("0", "false", "F")},
    "insecure: false": lambda home: configured(home, insecure="false"),
    "SCW_INSECURE over the file": lambda home: {**configured(home, insecure="true"), "SCW_INSECURE": "0"},
}


@pytest.mark.parametrize("way", SECURE)
def test_a_certificate_is_looked_at_where_the_setting_says_no(home, service, row, way):
    with Bridge(home, env={**service.environment, **SECURE[way](home)}) as bridge:
        refusal(get(bridge, row))
        assert bridge.end()[2] == b""


# What breaks off.


def in_the_handshake(end):
    """The client has said hello, and then the connection ends."""

    def how(exchange):
        exchange.connection.fill()
        end(exchange.connection)

    how.stage = "accept"
    return how


ENDS = {"reset": Connection.reset, "close": Connection.fin}


@pytest.mark.parametrize("end", ENDS)
def test_a_connection_that_is_lost_in_the_handshake_is_tried_again(home, service, row, end):
    rule = service.fail("accept", in_the_handshake(ENDS[end]), times=2)
    with Bridge(home, env=trusting(service)) as bridge:
        assert name_of(get(bridge, row)) == "mine"
    assert rule.hits == 2


@pytest.mark.parametrize("end", ENDS)
def test_a_handshake_that_is_lost_for_ever_is_of_the_network(home, service, row, end):
    service.fail("accept", in_the_handshake(ENDS[end]), times=None)
    with Bridge(home, env=trusting(service)) as bridge:
        data = get(bridge, row)["error"]["data"]
        assert (data["kind"], data["outcome"], data["retryable"], data["attempts"]) == ("network", "none", True, 4)
        assert data["phase"] in ("connect", "tls")


def test_a_handshake_that_does_not_come_to_an_end_runs_out_of_time(home, service, row):
    rule = service.fail("accept", silence("accept"), times=None)
    with Bridge(home, env=trusting(service)) as bridge:
        data = get(bridge, row, timeout_ms=500)["error"]["data"]
        assert (data["kind"], data["outcome"]) == ("timeout", "none")
        service.rules.remove(rule)
        assert name_of(get(bridge, row)) == "mine"


@pytest.mark.parametrize("after", ["handshake", "request", "headers", "body-start", "mid-body"])
@pytest.mark.parametrize("how", [reset, close], ids=lambda how: how.__name__)
def test_a_read_that_is_lost_after_the_handshake_is_tried_again(home, service, row, how, after):
    rule = service.fail("*", how(after))
    with Bridge(home, env=trusting(service)) as bridge:
        assert name_of(get(bridge, row)) == "mine"
    assert rule.hits == 1 and len(service.requests) <= 2


def says_bad_request(connection):
    connection.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    connection.fin()


def test_a_server_that_answers_a_handshake_in_plain_text(home, good):
    with Scaleway(tls=good) as service:
        row = service.add_credentials(service.add_account("mine")["id"], "mine", mint=False)
        service.fail("accept", in_the_handshake(says_bad_request), times=None)
        with Bridge(home, env=trusting(service)) as bridge:
            refusal(get(bridge, row))
        assert service.requests == []


def test_a_server_with_tls_where_none_is_to_be(home, service, row):
    with Bridge(home, env={**service.environment, "SCW_API_URL": f"http://localhost:{service.port}"}) as bridge:
        data = get(bridge, row)["error"]["data"]
        assert data["kind"] in ("bad_response", "network") and data["outcome"] == "none"
    assert service.requests == []


# Proxies.


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
def refused(tmp_path_factory, good):
    folder = tmp_path_factory.mktemp("homes")
    with concurrent.futures.ThreadPoolExecutor(len(REFUSALS)) as pool:
        return {kind: pool.submit(Refused, folder / kind, good, refusal) for kind, refusal in REFUSALS.items()}


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


# HTTP/2.


def test_many_requests_share_one_connection_of_http2(home):
    with HTTP2() as service:
        account = service.add_account("mine")["id"]
        ids = service.add_many(account, 64)
        with Bridge(home, env=trusting(service)) as bridge:
            # The first request learns what the server speaks.
            assert name_of(get(bridge, {"id": ids[0]})) == "row-00000"
            service.together = 64
            # More than once, because what can go wrong goes wrong now and then.
            for _ in range(20):
                for number, id in enumerate(ids):
                    bridge.send({"jsonrpc": "2.0", "id": number, "method": GET, "params": {"nats_credentials_id": id, "timeout_ms": 10_000}})
                found = {message["id"]: message for message in (bridge.message() for _ in ids)}
                assert [name_of(found[number]) for number in range(64)] == [f"row-{number:05}" for number in range(64)]
        assert service.spoken == ["h2"] and len(service.connections) == 1 and len(service.requests) == 1 + 20 * 64
