"""Fixtures for pytest: a temporary bridge, and a nats-server that trusts its credentials.

pytest imports this in every run where the package is installed, so the library itself is not imported before a fixture
is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast, get_args

import pytest

if TYPE_CHECKING:
    from nats_credentials_bridge import TemporaryBridge

Scope = Literal["function", "class", "module", "package", "session"]


@dataclass(frozen=True)
class NatsServer:
    """The nats-server of the fixture nats_server.

    url: where it listens, such as ``nats://127.0.0.1:40001``.
    log: the file that it logs to.
    """

    url: str
    log: Path


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option and the settings of the fixtures."""
    group = parser.getgroup("nats_credentials_bridge", "nats-credentials-bridge")
    text = "the program of the fixture nats_server: a path, or a name to look for in PATH (default: nats-server)"
    group.addoption("--nats-server-exec", metavar="PATH", help=text)
    parser.addini("nats_server_exec", text)
    parser.addini(
        "nats_credentials_bridge_scope",
        f"how long nats_credentials_bridge and nats_server live: {', '.join(get_args(Scope))}",
        default="function",
    )


def _scope(fixture_name: str, config: pytest.Config) -> Scope:
    scope = config.getini("nats_credentials_bridge_scope")
    if scope not in get_args(Scope):
        raise pytest.UsageError(f"nats_credentials_bridge_scope: {scope!r} is none of {', '.join(get_args(Scope))}")
    return cast("Scope", scope)


@pytest.fixture(scope=_scope)
def nats_credentials_bridge(request: pytest.FixtureRequest) -> Iterator[TemporaryBridge]:
    """A Bridge on the region local, with no credentials in it; beside nats_server, with that nats-server.

    It lives for one test, or as long as nats_credentials_bridge_scope says. Its ``folder`` is gone with it.
    """
    from nats_credentials_bridge import Bridge

    program = False
    if _is_server_wanted(request):
        config = request.config
        program = config.getoption("--nats-server-exec") or config.getini("nats_server_exec") or True
    with Bridge.temporary(nats_server=program) as bridge:
        yield bridge


@pytest.fixture(scope=_scope)
def nats_server(nats_credentials_bridge: TemporaryBridge) -> NatsServer:
    """A nats-server on a free port of loopback that trusts the credentials of nats_credentials_bridge alone."""
    try:
        url = nats_credentials_bridge.nats_url
    except RuntimeError:
        # Asked for by request.getfixturevalue, which nobody could foresee.
        hint = "name it among the test's arguments, or in usefixtures"
        raise RuntimeError(f"nats_server is wanted after nats_credentials_bridge was made: {hint}") from None
    return NatsServer(url, nats_credentials_bridge.folder / "nats-server.log")


def _is_server_wanted(request: pytest.FixtureRequest) -> bool:
    """Whether the test asks for nats_server; where the bridge serves several tests, whether any of the run does."""
    if request.scope == "function":
        return "nats_server" in request.fixturenames
    return any("nats_server" in getattr(item, "fixturenames", ()) for item in request.session.items)
