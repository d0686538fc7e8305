"""How far agencies have been told what became of their claims: a position for each partition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from redis.asyncio import Redis

from services.ledger import keys


class Told:
    """The positions, on the core server. They may fall behind what was told, never go ahead of it."""

    def __init__(self, client: Redis) -> None:
        """Use a client of the core server."""
        self._client = client

    async def positions(self, partitions: int) -> dict[int, int]:
        """Return for each partition up to which position everything has been told."""
        found = cast("dict[bytes, bytes]", await self._client.hgetall(keys.TOLD))
        return {partition: int(found.get(b"%d" % partition, 0)) for partition in range(partitions)}

    async def note(self, positions: Mapping[int, int]) -> None:
        """Keep how far it is now in these partitions."""
        if positions:
            await self._client.hset(keys.TOLD, mapping={str(p): at for p, at in positions.items()})
