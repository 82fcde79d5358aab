"""Which URLs of Scaleway's API are taken, reached and refused."""

import pytest

from bridge import Bridge
from scaleway_service import Scaleway, answer
from scaleway_settings import DENIED, UUIDS, lines, refused, write

REACHED = [
    "http://127.0.0.1:{port}", "http://127.0.0.1:{port}/", "http://localhost:{port}", "HTTP://LocalHost:{port}//", "http://127.0.0.1:{port}/v",
    "http://localhost:{port}/a/b-c_d.e~1/", "https://localhost:{tls}", "HTTPS://LOCALHOST:{tls}/gate/way",
]  # fmt: skip


@pytest.mark.parametrize("url", REACHED)
def test_a_url_that_is_taken_and_reached(home, good_tls, url):
    with Scaleway() as service, Scaleway(tls=good_tls) as safe:
        reached, other = (safe, service) if "{tls}" in url else (service, safe)
        reached.fail("*", answer(401, DENIED), times=None)
        environment = {**service.environment, "SCW_API_URL": url.format(port=service.port, tls=safe.port), "SSL_CERT_FILE": str(good_tls.ca_file)}
        with Bridge(home, env=environment) as bridge:
            assert bridge.error("accounts.list")["code"] == 1401
        path = "/" + "/".join(url.rstrip("/").split("/")[3:])
        assert [recorded.path for recorded in reached.requests] == [path.rstrip("/") + "/mnq/v1beta1/regions/fr-par/nats-accounts"]
        assert other.requests == []


# Nothing is sent there: `bridge.info` reads the configuration, too.
TAKEN = [
    "https://api.scaleway.com", "https://api.scaleway.com/", "https://api.scaleway.com:443", "https://API.scaleway.com:65535/x", "https://gw_1-a.b",
    "https://[2001:db8::1]:8443/x", "http://[::1]:1", "http://127.255.255.254:1", "https://127.1", "https://10.0.0.1",
    "https://xn--bcher-kva.example", "https://api.example/a:b@c;d=e,f+g", "https://" + "a" * 63 + ".example",
]  # fmt: skip


@pytest.mark.parametrize("url", TAKEN)
def test_a_url_that_is_taken(home, url):
    with Bridge(home, env={"SCW_API_URL": url, "SCW_SECRET_KEY": UUIDS[0], "SCW_DEFAULT_REGION": "fr-par"}) as bridge:
        info = bridge.result("bridge.info")
    assert info["warnings"] == [] and {"name": "api_url", "source": "SCW_API_URL"} in info["settings"]


REFUSED = [
    "canary", "api.canary.example", "//canary.example", "ftp://canary.example", "file:///canary", "javascript:canary", "https:", "https://",
    "https:///canary", "https:/canary.example", "https:canary.example", "http://canary.example", "http://10.0.0.1", "http://0.0.0.0", "http://127.1",
    "http://0177.0.0.1", "http://2130706433", "http://127.0.0.1.canary.example", "http://localhost.canary.example", "http://127.0.0.256",
    "http://[::ffff:127.0.0.1]", "http://[::2]", "http://[::1", "http://::1", "https://[::1]canary", "https://[canary]", "https://[fe80::1%25lo]",
    "https://user:canary@api.example", "https://canary@api.example", "https://api.example@canary.example", "http://127.0.0.1@canary.example",
    "https://api.example:0", "https://api.example:65536", "https://api.example:", "https://api.example:canary", "https://api.example:80:80",
    "https://api.example:+80", "https://api.example?canary", "https://api.example/?canary=1", "https://api.example#canary", "https://api.example/#",
    "https://api.example/canary/../x", "https://api.example/./canary", "https://api.example//canary", "https://api.example/%2e%2e/canary",
    "https://api.example/a%20b", "https://%61pi.example", "https://api.example/canary x", " https://api.example", "https://api.example ",
    "https://api.example\n", "https://api.example\r\nX-Canary: canary", "https://api.example\\canary", "https:\\\\api.example",
    "https://api..example", "https://.example", "https://api.example./", "https://b\u00fccher.example", "https://api.example/\u00fc",
    "https://api.example/<canary>",
    "https://" + "a" * 64 + ".example", "https://api.example/" + "canary" * 400, "https://canary!.example", "https://api.example\u3002example",
    "https://api.scaleway.com, https://canary.example",
]  # fmt: skip


@pytest.mark.parametrize("url", REFUSED, ids=[str(number) for number in range(len(REFUSED))])
def test_a_url_that_is_refused(home, url):
    message = refused(home, env={"SCW_API_URL": url, "SCW_SECRET_KEY": UUIDS[0], "SCW_DEFAULT_REGION": "fr-par"})
    assert message.startswith("SCW_API_URL is not a usable URL: ") and "canary" not in message.lower()


def test_a_url_of_the_file_that_is_refused_names_the_file(home):
    path = write(home, lines({"api_url": "http://canary.example", "secret_key": UUIDS[0], "default_region": "fr-par"}))
    message = refused(home)
    assert message.startswith(f"api_url of {path} is not a usable URL: ") and "canary" not in message
