"""Leases: who does a piece of work for now. They spare double work; the commit rule keeps double work harmless."""

from __future__ import annotations

import secrets
from typing import cast

from redis.asyncio import Redis

from services.ledger import keys


class Lease:
    """The right to one named piece of work, e.g. ``adjudication-p03``, until it expires or is released."""

    def __init__(
        self, client: Redis, name: str, milliseconds: int = 10_000, holder: str | None = None
    ) -> None:
        """Name the lease and its holder, by default one that nobody else can be."""
        self.name, self.milliseconds = name, milliseconds
        self.holder = holder or secrets.token_hex(8)
        self._client = client

    async def acquire(self) -> bool:
        """Take the lease if it is free or already ours, for the full time; False when another holds it."""
        return await self._call("kelambu_lease_acquire", self.milliseconds)

    async def renew(self) -> bool:
        """Prolong the lease to the full time; False when it has been lost."""
        return await self._call("kelambu_lease_renew", self.milliseconds)

    async def release(self) -> bool:
        """Give the lease up; False when it had been lost before."""
        return await self._call("kelambu_lease_release")

    async def _call(self, function: str, *arguments: int) -> bool:
        call = self._client.execute_command(
            "FCALL", function, 1, keys.lease(self.name), self.holder, *arguments
        )  # type: ignore[no-untyped-call]
        return cast("int", await call) == 1


async def holder_of(client: Redis, name: str) -> str | None:
    """Return who holds the lease, None when nobody does."""
    held = cast("bytes | None", await client.get(keys.lease(name)))
    return None if held is None else held.decode()
