"""A bridge over a stand-in of its own, and what is said of an error."""

import contextlib

from bridge import Bridge
from scaleway_service import Scaleway


@contextlib.contextmanager
def started(home, **more):
    with Scaleway(**more) as service, Bridge(home, env=service.environment) as bridge:
        yield service, service.add_account("mine"), bridge


def says(data, kind, outcome):
    assert (data["kind"], data["outcome"]) == (kind, outcome)
