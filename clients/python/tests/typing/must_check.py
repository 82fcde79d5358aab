"""A program that type-checks: what a user would write."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nats_credentials_bridge import (
    Account,
    AsyncBridge,
    AsyncTemporaryBridge,
    Bridge,
    BridgeDied,
    BridgeError,
    BridgeTimeout,
    Credential,
    ErrorKind,
    IfExists,
    IssuedCredential,
    IssuedToContext,
    IssuedToFile,
    IssuedWithSecret,
    NatsServerError,
    NotFound,
    NumberedPage,
    OrderBy,
    Outcome,
    Page,
    RPCError,
    Secret,
    TemporaryBridge,
)


def names(rows: Iterable[Credential]) -> list[str]:
    return [row.name for row in rows]


def threads(order: OrderBy, if_exists: IfExists, path: Path | None) -> None:
    with Bridge("program", region="local", timeout=5, arguments=["--log-level", "info"], env={"HOME": "/"}) as bridge:
        made: IssuedCredential = bridge.credentials.create(name="x", save_to=Path("x.creds"), if_exists="replace")
        shown: IssuedWithSecret = bridge.credentials.create(name="x", if_exists="fail")
        secret: Secret = shown.credentials.content
        text: str = secret.reveal()
        print(secret, text, made.replaced[:1], made.not_deleted[:1])
        saved: IssuedToFile = bridge.credentials.create(save_to="x.creds", overwrite=True)
        print(saved.saved.path.upper(), saved.saved.bytes + 1)
        context: IssuedToContext = bridge.credentials.create(nats_context="x", if_exists=if_exists)
        print(context.saved.path.upper(), context.nats_context.path.upper())
        both: IssuedToContext = bridge.credentials.create(nats_context="x", save_to="x.creds", region="local")
        either = bridge.credentials.create(name="x", save_to=path)
        print(both.id, either.saved.path if either.saved is not None else either.credentials.content)
        print(names(bridge.credentials.list(order_by=order)))
        for row in bridge.credentials.list(nats_account_id=made.nats_account_id):
            done: bool = bridge.credentials.delete(nats_credentials_id=row.id, missing_ok=True)
            print(done, row.created_at or "never", row.raw.get("new"))
        pages = bridge.accounts.list(page_size=10).pages()
        for page in pages:
            first: Page[Account] = page
            print(first.rows[0].endpoint, page.cursor, page.total_count + 1)
        numbered: NumberedPage[Credential] = bridge.credentials.page(page=2)
        following: int | None = numbered.next_page
        raw: Any = bridge.call("bridge.ping", {}, timeout=1)
        print(following, raw, bridge.info().limits["depth"] + 1)
    try:
        bridge.ping(timeout=0.5)
    except NotFound as error:
        kind: ErrorKind = error.kind
        print(error.data["resource_id"], kind.upper(), error.method)
    except RPCError as error:
        print(error.code + 1, error.outcome, (error.retry_after or 0) + 1)
    except BridgeTimeout as error:
        late: TimeoutError = error
        print(late, error.outcome)
    except BridgeDied as error:
        print((error.returncode or 0) + 1, error.signal, error.stderr_tail[-1:])
    except BridgeError as error:
        outcome: Outcome = error.outcome
        print(error, outcome.upper(), (error.method or "").upper())


def tests(server: os.PathLike[str]) -> None:
    with Bridge.temporary() as plain, Bridge.temporary(nats_server=True, timeout=5, env={"HOME": "/"}) as bridge:
        both: list[TemporaryBridge] = [plain, bridge]
        url: str = bridge.nats_url
        folder: Path = both[0].folder
        print(url, folder, [row.name for row in bridge.credentials.list()])
    try:
        Bridge.temporary(nats_server=server).close()
    except NatsServerError as error:
        print(error.log_tail[-1:])


async def async_tests() -> None:
    async with AsyncBridge.temporary(nats_server="nats-server") as bridge:
        url: str = bridge.nats_url
        print(url, await bridge.info())
    other: AsyncTemporaryBridge = await AsyncBridge.temporary()
    await other.close()


async def tasks() -> None:
    async with AsyncBridge(region="local") as bridge:
        made: IssuedWithSecret = await bridge.credentials.create(name="x")
        saved = await bridge.credentials.create(name="x", save_to="x.creds", if_exists="replace")
        context = await bridge.credentials.create(name="x", save_to="x.creds", nats_context="x")
        print(made.credentials.content.reveal(), saved.saved.path.upper(), context.nats_context.name.upper())
        rows: list[Credential] = [row async for row in bridge.credentials.list()]
        async with bridge.accounts.list().pages() as pages:
            async for page in pages:
                print(page.rows[0].endpoint)
        done: bool = await bridge.credentials.delete(nats_credentials_id=made.id)
        print(rows, done, (await bridge.info()).version)


asyncio.run(tasks())
