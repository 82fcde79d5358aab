"""Credentials, as AsyncBridge has them."""

from __future__ import annotations

from typing import Literal, overload

from ._async_pages import AsyncListing
from ._callers import AsyncCaller
from ._calls import CREDENTIALS, StrPath, issued
from ._generated import (
    Credential,
    IfExists,
    IssuedCredential,
    IssuedToContext,
    IssuedToFile,
    IssuedWithSecret,
    OrderBy,
)
from .pages import NumberedPage


class AsyncCredentials:
    """Credentials: the attribute ``credentials`` of a :class:`AsyncBridge`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    def list(
        self,
        *,
        nats_account_id: str | None = None,
        project_id: str | None = None,
        page_size: int | None = None,
        order_by: OrderBy | None = None,
        cursor: str | None = None,
        region: str | None = None,
        timeout: float | None = None,
    ) -> AsyncListing[Credential]:
        """All credentials, read while they are iterated: ``async for row in bridge.credentials.list(): …``.

        Secrets are never in it.

        ``.pages()`` gives pages instead of rows. `cursor` goes on after a page of an earlier walk. `timeout` holds for
        each page.
        """
        given = {"nats_account_id": nats_account_id, "project_id": project_id, "page_size": page_size}
        given.update(order_by=order_by, cursor=cursor, region=region)
        params = self._caller.defaults.params("credentials.stream", given, timeout)
        return AsyncListing(self._caller, CREDENTIALS, params, self._caller.defaults.seconds(timeout))

    async def page(
        self,
        *,
        page: int = 1,
        page_size: int | None = None,
        nats_account_id: str | None = None,
        project_id: str | None = None,
        order_by: OrderBy | None = None,
        region: str | None = None,
        timeout: float | None = None,
    ) -> NumberedPage[Credential]:
        """One page by its number.

        Rows move between pages when others create and delete: to see all, use :meth:`list`.
        """
        given = {"page": page, "page_size": page_size, "nats_account_id": nats_account_id, "project_id": project_id}
        given.update(order_by=order_by, region=region)
        return await self._caller.call("credentials.list", given, timeout, CREDENTIALS.numbered)

    @overload
    async def create(
        self,
        *,
        name: str | None = None,
        nats_account_id: str | None = None,
        save_to: None = None,
        overwrite: bool = False,
        nats_context: None = None,
        if_exists: Literal["allow", "fail"] = "allow",
        region: str | None = None,
        timeout: float | None = None,
    ) -> IssuedWithSecret:
        """Makes a credential; its secret is ``.credentials.content.reveal()``."""

    @overload
    async def create(
        self,
        *,
        name: str | None = None,
        nats_account_id: str | None = None,
        save_to: StrPath,
        overwrite: bool = False,
        nats_context: None = None,
        if_exists: IfExists = "allow",
        region: str | None = None,
        timeout: float | None = None,
    ) -> IssuedToFile:
        """Makes a credential and writes it to the file ``.saved.path``."""

    @overload
    async def create(
        self,
        *,
        name: str | None = None,
        nats_account_id: str | None = None,
        save_to: StrPath | None = None,
        overwrite: bool = False,
        nats_context: str,
        if_exists: IfExists = "allow",
        region: str | None = None,
        timeout: float | None = None,
    ) -> IssuedToContext:
        """Makes a credential, its file ``.saved.path``, and the context ``.nats_context``."""

    async def create(
        self,
        *,
        name: str | None = None,
        nats_account_id: str | None = None,
        save_to: StrPath | None = None,
        overwrite: bool = False,
        nats_context: str | None = None,
        if_exists: IfExists = "allow",
        region: str | None = None,
        timeout: float | None = None,
    ) -> IssuedCredential:
        """Makes a credential.

        Its secret is ``.credentials.content.reveal()``, now and never again; or, with `save_to` or `nats_context`, in
        the file ``.saved.path``. The type of what is returned says which.

        name: generated if omitted.
        nats_account_id: on local it may be left out while there is one account at most.
        save_to: the .creds file to write, with mode 0600, whole or not at all. One that exists is refused unless
            `overwrite`. A relative path begins in the bridge's `cwd`; without one, where this process is at the call.
        nats_context: also write a context of this name for the nats command line.
        if_exists: "allow" makes another of the same name, "fail" raises AlreadyExists, "replace" deletes the old one
            after.

        A task that is cancelled cancels the request. After that, BridgeTimeout, or any error whose ``outcome`` is
        "unknown", the credential may exist all the same.
        """
        given = {
            "name": name,
            "nats_account_id": nats_account_id,
            "save_to": save_to,
            "overwrite": overwrite,
        }
        given.update(nats_context=nats_context, if_exists=if_exists, region=region)
        return await self._caller.call("credentials.create", given, timeout, issued(save_to, nats_context))

    async def get(
        self,
        *,
        nats_credentials_id: str,
        region: str | None = None,
        timeout: float | None = None,
    ) -> Credential:
        """The metadata of one credential; NotFound if there is none."""
        given = {"nats_credentials_id": nats_credentials_id, "region": region}
        return await self._caller.call("credentials.get", given, timeout, Credential.from_wire)

    async def delete(
        self,
        *,
        nats_credentials_id: str,
        missing_ok: bool = False,
        region: str | None = None,
        timeout: float | None = None,
    ) -> bool:
        """Deletes a credential for good: True.

        On local its connections are closed when this returns; otherwise RevocationPending.

        If there is none: NotFound, or False with `missing_ok`.
        """
        given = {"nats_credentials_id": nats_credentials_id, "missing_ok": missing_ok, "region": region}
        return await self._caller.call("credentials.delete", given, timeout, lambda result: bool(result["deleted"]))

    async def revoke(
        self,
        *,
        nats_account_id: str,
        user_key: str | None = None,
        issued_before: str | None = None,
        region: str | None = None,
        timeout: float | None = None,
    ) -> int:
        """Ends credentials that no list has, on local only: how many listed ones were among them.

        Give `user_key`, a user's public key, or `issued_before`, a time such as ``2026-11-30T21:00:00Z``: every
        credential of the account issued up to then is ended. RevocationPending as by :meth:`delete`.
        """
        given = {
            "nats_account_id": nats_account_id,
            "user_key": user_key,
            "issued_before": issued_before,
            "region": region,
        }
        return await self._caller.call("credentials.revoke", given, timeout, lambda result: int(result["revoked"]))
