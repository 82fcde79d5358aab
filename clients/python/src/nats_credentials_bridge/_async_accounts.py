"""Accounts, as AsyncBridge has them."""

from __future__ import annotations

from ._async_pages import AsyncListing
from ._callers import AsyncCaller
from ._calls import ACCOUNTS
from ._generated import Account, OrderBy
from .pages import NumberedPage


class AsyncAccounts:
    """Accounts: the attribute ``accounts`` of a :class:`AsyncBridge`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    def list(
        self,
        *,
        project_id: str | None = None,
        page_size: int | None = None,
        order_by: OrderBy | None = None,
        cursor: str | None = None,
        region: str | None = None,
        timeout: float | None = None,
    ) -> AsyncListing[Account]:
        """All accounts, read while they are iterated; as :meth:`AsyncCredentials.list`."""
        given = {
            "project_id": project_id,
            "page_size": page_size,
            "order_by": order_by,
            "cursor": cursor,
            "region": region,
        }
        params = self._caller.defaults.params("accounts.stream", given, timeout)
        return AsyncListing(self._caller, ACCOUNTS, params, self._caller.defaults.seconds(timeout))

    async def page(
        self,
        *,
        page: int = 1,
        page_size: int | None = None,
        project_id: str | None = None,
        order_by: OrderBy | None = None,
        region: str | None = None,
        timeout: float | None = None,
    ) -> NumberedPage[Account]:
        """One page by its number; to see all, use :meth:`list`."""
        given = {"page": page, "page_size": page_size, "project_id": project_id, "order_by": order_by, "region": region}
        return await self._caller.call("accounts.list", given, timeout, ACCOUNTS.numbered)

    async def create(
        self,
        *,
        name: str | None = None,
        project_id: str | None = None,
        region: str | None = None,
        timeout: float | None = None,
    ) -> Account:
        """Makes an account."""
        given = {"name": name, "project_id": project_id, "region": region}
        return await self._caller.call("accounts.create", given, timeout, Account.from_wire)

    async def get(self, *, nats_account_id: str, region: str | None = None, timeout: float | None = None) -> Account:
        """One account; NotFound if there is none."""
        given = {"nats_account_id": nats_account_id, "region": region}
        return await self._caller.call("accounts.get", given, timeout, Account.from_wire)

    async def update(
        self,
        *,
        nats_account_id: str,
        name: str,
        region: str | None = None,
        timeout: float | None = None,
    ) -> Account:
        """Gives an account another name."""
        given = {"nats_account_id": nats_account_id, "name": name, "region": region}
        return await self._caller.call("accounts.update", given, timeout, Account.from_wire)

    async def delete(
        self,
        *,
        nats_account_id: str,
        missing_ok: bool = False,
        keep_streams: bool = False,
        region: str | None = None,
        timeout: float | None = None,
    ) -> bool:
        """Deletes an account with all its credentials for good: True.

        On local its JetStream data goes with it, unless `keep_streams`.

        If there is none: NotFound, or False with `missing_ok`.
        """
        given = {
            "nats_account_id": nats_account_id,
            "missing_ok": missing_ok,
            "keep_streams": keep_streams,
            "region": region,
        }
        return await self._caller.call("accounts.delete", given, timeout, lambda result: bool(result["deleted"]))
