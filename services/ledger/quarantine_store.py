"""The quarantine of an agency: documents that were refused, each once, sealed with all its faults."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import cast

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from redis.asyncio import Redis
from redis.exceptions import WatchError

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
    refused_again: str = ""
    """The name under which what was sent in its place is refused too: its own, where that was the same document."""
    discarded: dt.datetime | None = None
    """When an operator said that nobody waits for it any more; the audit trail has who and why."""

    @property
    def waits(self) -> bool:
        """Whether it is still to be mended: neither admitted since nor discarded."""
        return not self.resolved and self.discarded is None


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
        reply = await self._client.hget(keys.quarantine(agency), document)
        return None if reply is None else _decoder.decode(reply)

    async def documents(self, agency: str, start: int = 0, limit: int = 1000) -> list[Quarantined]:
        """Return documents of an agency, oldest first, resolved ones too."""
        names = await self._client.zrange(keys.quarantined(agency), start, start + limit - 1)
        if not names:
            return []
        reply = await self._client.hmget(keys.quarantine(agency), cast("list[str]", names))
        return [_decoder.decode(one) for one in reply if one is not None]

    async def every(self, agency: str) -> list[Quarantined]:
        """Return all documents of an agency, oldest first."""
        documents: list[Quarantined] = []
        while page := await self.documents(agency, len(documents)):
            documents += page
        return documents

    async def count(self, agency: str) -> int:
        """Return how many documents of an agency were ever refused."""
        return await self._client.hlen(keys.quarantine(agency))

    async def change(
        self, agency: str, document: str, change: Callable[[Quarantined], Quarantined]
    ) -> Quarantined | None:
        """Keep what ``change`` makes of a stored document, and return it.

        None when there is none of that name.
        """
        key = keys.quarantine(agency)
        async with self._client.pipeline(transaction=True) as pipe:
            while True:
                await pipe.watch(key)
                reply = cast("bytes | None", await pipe.hget(key, document))
                if reply is None:
                    return None
                after = change(_decoder.decode(reply))
                pipe.multi()  # type: ignore[no-untyped-call]
                pipe.hset(key, document, _encode(after))
                try:
                    await pipe.execute()
                except WatchError:
                    continue
                return after

    async def await_answer(self, agency: str, document: str) -> None:
        """Note that a document is sent again, so that what became of it before counts no more."""
        await self.change(agency, document, lambda kept: replace(kept, refused_again=""))

    async def refuse_again(self, agency: str, document: str, instead: str) -> None:
        """Note under which name what was sent in place of a document is refused too, if there is one that was not admitted."""
        await self.change(
            agency, document, lambda kept: kept if kept.resolved else replace(kept, refused_again=instead)
        )

    async def resolve(self, agency: str, document: str, receipt: str) -> Quarantined | None:
        """Note that a document was admitted after all, and return it; None when there is none of that name."""
        return await self.change(
            agency, document, lambda kept: kept if kept.resolved else replace(kept, resolved=receipt)
        )
