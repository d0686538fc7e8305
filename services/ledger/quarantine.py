"""The quarantine of an agency: documents that were refused, each once, sealed with all its faults."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import cast

import msgspec
from msgspec import Struct
from redis.asyncio import Redis

from events.envelope import Sealed
from services.ledger import keys

_encode = msgspec.json.Encoder().encode


class Quarantined(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A refused document. Nothing personal is in clear: document and faults are in the box.

    ``document`` is its name, made from its content, so that a document that is sent again is the same.
    """

    document: str
    agency: str
    at: dt.datetime
    """When it was refused first."""
    code: str
    sealed: Sealed
    id: str | None = None
    source: str | None = None
    mends: str = ""
    """The earlier document that this one was meant to mend."""
    resolved: str = ""
    """The receipt under which this document, or one that mends it, was admitted at last."""


_decoder = msgspec.json.Decoder(Quarantined)


class QuarantineStore:
    """The quarantines of every agency, on the core server."""

    def __init__(self, client: Redis) -> None:
        """Use a client of the core server."""
        self._client = client

    async def put(self, agency: str, documents: Sequence[Quarantined]) -> list[Quarantined]:
        """Keep documents; returns them as they were kept first."""
        if not documents:
            return []
        async with self._client.pipeline(transaction=True) as pipe:
            for one in documents:
                pipe.hsetnx(keys.quarantine(agency), one.document, _encode(one))
                pipe.zadd(keys.quarantined(agency), {one.document: one.at.timestamp() * 1000}, nx=True)
            pipe.hmget(keys.quarantine(agency), [one.document for one in documents])
            kept = (await pipe.execute())[-1]
        return [_decoder.decode(one) for one in kept]

    async def get(self, agency: str, document: str) -> Quarantined | None:
        """Return one document of an agency."""
        found = await self._client.hget(keys.quarantine(agency), document)
        return None if found is None else _decoder.decode(found)

    async def documents(self, agency: str, start: int = 0, limit: int = 1000) -> list[Quarantined]:
        """Return documents of an agency, oldest first, resolved ones too."""
        names = await self._client.zrange(keys.quarantined(agency), start, start + limit - 1)
        if not names:
            return []
        found = await self._client.hmget(keys.quarantine(agency), cast("list[str]", names))
        return [_decoder.decode(one) for one in found if one is not None]

    async def every(self, agency: str) -> list[Quarantined]:
        """Return all documents of an agency, oldest first."""
        documents: list[Quarantined] = []
        while page := await self.documents(agency, len(documents)):
            documents += page
        return documents

    async def count(self, agency: str) -> int:
        """Return how many documents of an agency were ever refused."""
        return await self._client.hlen(keys.quarantine(agency))

    async def replace(self, document: Quarantined) -> None:
        """Keep a document that is there otherwise than before."""
        await self._client.hset(keys.quarantine(document.agency), document.document, _encode(document))

    async def resolve(self, agency: str, document: str, receipt: str) -> bool:
        """Note that a document was admitted after all; False when there is none of that name."""
        kept = await self.get(agency, document)
        if kept is None:
            return False
        if not kept.resolved:
            resolved = msgspec.structs.replace(kept, resolved=receipt)
            await self.replace(resolved)
        return True
