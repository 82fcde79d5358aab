"""Random histories: whatever happens to the bridge, its store, its files and its servers, nobody is said to be gone who is let in, and once
all is reachable again store, files and servers agree within two seconds.

A seed is one history: HISTORIES=300 HISTORIES_SEED=1000 runs the seeds from 1000 to 1299. A failure prints the seed and the steps."""

import os

import pytest

from histories import History
from nats_server import NATS_SERVERS

FIRST, COUNT = int(os.environ.get("HISTORIES_SEED", 1)), int(os.environ.get("HISTORIES", 30))


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
def test_nothing_is_said_to_be_gone_that_is_let_in(seed, home):
    # Each kind of server in turn.
    kind = list(NATS_SERVERS)[seed % len(NATS_SERVERS)]
    print(f"seed {seed}, nats-server: {kind}")
    with History(home, seed, NATS_SERVERS[kind]) as history:
        history.run()
