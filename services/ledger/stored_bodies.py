"""The entries of a stream of the core server as they are, gaps and foreign entries too: for whoever looks for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from msgspec import Struct
from redis.asyncio import Redis

from services.ledger import keys

_PAGE = 1000


class StoredBody(Struct, frozen=True):
    """An entry of a stream. ``regular``: its id is one that the ledger gives, and it has a body and nothing else."""

    position: int
    body: bytes
    regular: bool


async def stored_bodies(
    client: Redis, partition: int | None, after: int, count: int = _PAGE
) -> list[StoredBody]:
    """Return so many entries behind a position of a partition, of the audit trail where it is None.

    Empty at the end.
    """
    stream = keys.TRAIL if partition is None else keys.ledger(partition)
    reply = await client.xrange(stream, f"{after + 1}-0", "+", count=count)
    return [_stored(*entry) for entry in cast("list[tuple[bytes, Mapping[bytes, bytes]]]", reply)]


def _stored(entry: bytes, fields: Mapping[bytes, bytes]) -> StoredBody:
    position, _, sequence = entry.partition(b"-")
    regular = sequence == b"0" and fields.keys() == {b"e"}
    return StoredBody(int(position), fields.get(b"e", b""), regular)
