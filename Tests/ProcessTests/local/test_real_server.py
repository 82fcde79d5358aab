"""A real nats-server, started on the configuration the bridge generated, accepts what the bridge minted and nothing else."""

import asyncio
import json
import subprocess

import nats
import pytest

from bridge import PROGRAM, Bridge, clean_environment
from nats_server import LIMIT, NATSServer, Port

LONGEST = {"ascii": "n" * 500, "emoji": "\N{PARTY POPPER}" * 500, "escapes": '"\\<' * 166 + "&>"}


class World:
    """A home with a bridge's state, and the nats-server of its generated configuration."""

    def __init__(self, home, port):
        self.home, self.port = home, port
        self.server = NATSServer(home / "state" / "nats-credentials-bridge" / "nats-server.conf", port)

    def bridge(self):
        return Bridge(self.home, "--region", "local", "--nats-url", self.port.url)

    def create(self, name, **params):
        path = self.home / f"{len(list(self.home.glob('*.creds')))}.creds"
        with self.bridge() as bridge:
            bridge.result("credentials.create", {"name": name, "save_to": str(path), **params})
        return path

    def account(self, name):
        with self.bridge() as bridge:
            return bridge.result("accounts.create", {"name": name})["id"]

    async def connect(self, creds):
        async def ignore(_):
            pass

        return await nats.connect(
            self.port.url, user_credentials=str(creds), allow_reconnect=False, max_reconnect_attempts=0, connect_timeout=10,
            error_cb=ignore,
        )


@pytest.fixture
def world(home):
    with Port() as port:
        world = World(home, port)
        yield world
        world.server.stop()


def within(work):
    return asyncio.run(asyncio.wait_for(work, LIMIT))


async def arrives(publisher, subscription, subject, payload):
    """Publishes until it arrives: a client's flush tells nothing about its subscriptions. Gives what came before it, too."""
    seen = []
    while True:
        await publisher.publish(subject, payload)
        try:
            while True:
                message = await subscription.next_msg(0.25)
                seen.append(message.data)
                if message.data == payload:
                    return seen
        except nats.errors.TimeoutError:
            continue


async def works(world, creds):
    connection = await world.connect(creds)
    subscription = await connection.subscribe("greeting")
    await arrives(connection, subscription, "greeting", b"hello")
    await connection.close()


async def is_refused(world, creds):
    with pytest.raises(nats.errors.Error, match="(?i)authorization violation"):
        await world.connect(creds)


async def converse(world, creds):
    connection = await world.connect(creds)
    subscription = await connection.subscribe("a.>")
    await arrives(connection, subscription, "a.b", b"hello")
    await answer_requests(connection)
    await keep_in_a_stream(connection)
    await connection.close()


async def answer_requests(connection):
    async def echo(message):
        await message.respond(message.data[::-1])

    await connection.subscribe("echo", cb=echo)
    while True:
        try:
            assert (await connection.request("echo", b"abc", 5)).data == b"cba"
            return
        except nats.errors.NoRespondersError:
            continue


async def keep_in_a_stream(connection):
    stream = connection.jetstream()
    await stream.add_stream(name="orders", subjects=["orders.*"])
    stored = await stream.publish("orders.1", b"one")
    assert (await stream.get_msg("orders", stored.seq)).data == b"one"


def test_the_first_command_makes_a_credential_that_a_real_server_accepts(world):
    command = [PROGRAM, "call", "credentials.create", "name=app", "save_to=app.creds", "--nats-url", world.port.url]
    done = subprocess.run(command, cwd=world.home, env=clean_environment(world.home), capture_output=True, timeout=LIMIT)
    assert done.returncode == 0
    assert json.loads(done.stdout)["saved"]["path"] == str(world.home / "app.creds")
    world.server.start()
    within(converse(world, world.home / "app.creds"))


def test_accounts_say_where_the_server_listens(world):
    world.account("one")
    with world.bridge() as bridge:
        assert [row["endpoint"] for row in bridge.result("accounts.list")["nats_accounts"]] == [world.port.url]


@pytest.mark.parametrize("name", LONGEST.values(), ids=LONGEST)
def test_a_credential_with_the_longest_name_logs_in(world, name):
    creds = world.create(name)
    world.server.start()
    within(works(world, creds))


def test_the_text_of_the_answer_logs_in_as_a_file_does(world):
    with world.bridge() as bridge:
        content = bridge.result("credentials.create", {"name": "app"})["credentials"]["content"]
    (world.home / "by-hand.creds").write_text(content)
    world.server.start()
    within(works(world, world.home / "by-hand.creds"))


def test_credentials_made_while_the_server_is_down_are_accepted_after_it_starts(world):
    first = world.create("first")
    world.server.start()
    within(works(world, first))
    world.server.stop()
    account = world.account("made while down")
    others = [world.create("second", nats_account_id=account), world.create("third", nats_account_id=account)]
    world.server.start()
    for creds in [first, *others]:
        within(works(world, creds))


def test_credentials_made_while_the_server_runs_are_accepted_at_once_in_an_account_it_knows(world):
    first = world.create("first")
    world.server.start()
    within(works(world, first))
    with world.bridge() as bridge:
        for number in range(5):
            path = world.home / f"later-{number}.creds"
            bridge.result("credentials.create", {"name": "later", "save_to": str(path)})
            within(works(world, path))
    within(works(world, first))


def test_the_first_credential_of_the_next_signing_key_is_accepted_after_a_restart(world):
    first = world.create("first")
    world.server.start()
    within(works(world, first))
    with world.bridge() as bridge:
        for number in range(2, 501):
            bridge.result("credentials.create", {"name": f"number {number}"})
        account = bridge.result("accounts.list")["nats_accounts"][0]["id"]
        assert bridge.result("credentials.list", {"page_size": 1})["total_count"] == 500
    token = world.home / "state" / "nats-credentials-bridge" / "resolver" / f"{account}.jwt"
    before = token.read_bytes()
    first_of_key = world.create("number 501")
    assert token.read_bytes() != before, "the account's claims name the new key"
    world.server.stop()
    world.server.start()
    within(works(world, first_of_key))
    within(works(world, first))


def test_a_restarted_server_keeps_accepting(world):
    creds = world.create("app")
    for _ in range(3):
        world.server.start()
        within(works(world, creds))
        world.server.stop()


def test_a_restarted_bridge_keeps_its_server(world):
    """Nothing of the generated files changes when a bridge opens the store again, so a server never has to be told."""
    creds = world.create("app")
    folder = world.server.configuration.parent
    before = {path: path.read_bytes() for path in [world.server.configuration, folder / "operator.jwt"]}
    world.server.start()
    with world.bridge() as bridge:
        assert bridge.result("credentials.list")["total_count"] == 1
    assert {path: path.read_bytes() for path in before} == before
    within(works(world, creds))


def test_two_accounts_do_not_hear_each_other(world):
    one, other = world.account("one"), world.account("other")
    creds = [world.create("app", nats_account_id=account) for account in (one, other)]
    world.server.start()
    within(stay_apart(world, *creds))


async def stay_apart(world, one, other):
    here, there = await world.connect(one), await world.connect(other)
    heard_here, heard_there = await here.subscribe("news"), await there.subscribe("news")
    seen = await arrives(here, heard_here, "news", b"of here")
    seen_there = await arrives(there, heard_there, "news", b"of there")
    # The server had routed the other's message before this one is published.
    seen += await arrives(here, heard_here, "news", b"of here, too")
    assert set(seen) == {b"of here", b"of here, too"} and set(seen_there) == {b"of there"}
    await here.close()
    await there.close()


def test_strangers_and_wrong_seeds_are_refused(world, home):
    good, neighbour = world.create("good"), world.create("neighbour")
    stranger = home / "stranger.creds"
    with Bridge(home, "--region", "local", "--state", str(home / "strangers"), "--nats-url", world.port.url) as bridge:
        bridge.result("credentials.create", {"name": "stranger", "save_to": str(stranger)})
    forged = home / "forged.creds"
    forged.write_text(good.read_text().replace(seed(good), seed(neighbour)))
    world.server.start()
    within(works(world, good))
    within(is_refused(world, stranger))
    within(is_refused(world, forged))
    within(works(world, neighbour))


def seed(creds):
    return creds.read_text().splitlines()[9]
