"""Who the bridge gives the key to: servers whose certificate is right."""

import pytest

from bridge import Bridge
from listener import Connection
from scaleway_http2 import HTTP2
from scaleway_service import TLS, Scaleway, close, reset, silence, trusting
from scaleway_tls import GET, get, name_of, refusal

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


def test_a_server_that_answers_a_handshake_in_plain_text(home, good_tls):
    with Scaleway(tls=good_tls) as service:
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
