"""Up to which position agencies have their notices of what became of their claims: a checkpoint for each partition."""

from __future__ import annotations

from typing import cast

from redis.asyncio import Redis

from events.message import message
from projections.checkpoint import Checkpoint, Checkpoints
from services.ledger import keys
from services.ledger.protocol import CorruptedError


class OutcomeCheckpoints:
    """The checkpoints, on the core server.

    They may fall behind the notices that were written, never go ahead of them.
    """

    def __init__(self, client: Redis) -> None:
        """Use a client of the core server."""
        self._client = client

    async def seen(self, partitions: int) -> dict[int, Checkpoint]:
        """Return for each partition up to where every notice is written. Raises ``CorruptedError``."""
        reply = cast("dict[bytes, bytes]", await self._client.hgetall(keys.OUTCOME_CHECKPOINTS))
        return {partition: _read(reply.get(b"%d" % partition)) for partition in range(partitions)}

    async def positions(self, partitions: int) -> dict[int, int]:
        """Return for each partition up to which position every notice is written."""
        return {partition: seen.position for partition, seen in (await self.seen(partitions)).items()}

    async def note(self, seen: Checkpoints) -> None:
        """Keep how far it is now in these partitions."""
        if seen:
            await self._client.hset(
                keys.OUTCOME_CHECKPOINTS,
                mapping={str(p): f"{at.position}:{at.hash}" for p, at in seen.items()},
            )


def _read(noted: bytes | None) -> Checkpoint:
    try:
        position, _, seen = (noted or b"0").decode().partition(":")
        return Checkpoint(int(position), seen)
    except ValueError:
        raise CorruptedError(message("unsound.progress", service="outcomes")) from None
