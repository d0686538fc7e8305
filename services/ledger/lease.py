"""Leases: who does a piece of work for now. They spare double work; the commit rule keeps double work harmless."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
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

    def command(self, function: str, *arguments: int) -> tuple[str | int, ...]:
        """Return the call of a server's function on this lease."""
        return "FCALL", function, 1, keys.lease(self.name), self.holder, *arguments

    async def _call(self, function: str, *arguments: int) -> bool:
        call = self._client.execute_command(*self.command(function, *arguments))  # type: ignore[no-untyped-call]
        return cast("int", await call) == 1


async def renewed(
    client: Redis, leases: Sequence[Lease], names: Sequence[str]
) -> tuple[list[bool], list[str | None]]:
    """Prolong leases to their full time, then look who holds those of these names, all in one round trip.

    Returns False for each lease that has been lost, and the holder of each name, None where nobody is.
    """
    async with client.pipeline(transaction=False) as pipe:
        for lease in leases:
            pipe.execute_command(*lease.command("kelambu_lease_renew", lease.milliseconds))
        for name in names:
            pipe.get(keys.lease(name))
        answers = await pipe.execute()
    renewals, held = answers[: len(leases)], answers[len(leases) :]
    return [answer == 1 for answer in renewals], [_legible(holder) for holder in held]


async def holders_of(client: Redis, names: Sequence[str]) -> list[str | None]:
    """Return who holds each lease, None when nobody does, in one round trip."""
    async with client.pipeline(transaction=False) as pipe:
        for name in names:
            pipe.get(keys.lease(name))
        return [_legible(holder) for holder in await pipe.execute()]


async def holder_of(client: Redis, name: str) -> str | None:
    """Return who holds the lease, None when nobody does."""
    return (await holders_of(client, [name]))[0]


def _legible(holder: bytes | None) -> str | None:
    return None if holder is None else holder.decode()
