"""Connections of the stand-in, TLS and the proxy."""

import contextlib
import http.client
import json
import socket
import ssl
import threading

import pytest

from scaleway_client import ACCOUNTS, BASE, CREDENTIALS, TYPE, Client, context_of
from scaleway_service import TLS, Proxy, Scaleway, close, declared, delay, drip, endless_body, endless_headers, reset, silence

# Connections.


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


# TLS and the proxy.


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
