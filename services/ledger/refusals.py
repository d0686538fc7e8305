"""What an agency reads about its refused documents: a copy of its quarantine, without what is sealed there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import cast

import msgspec
from msgspec import Struct
from redis.asyncio import Redis

from services.ledger import keys
from services.ledger.edge import Fault

REFUSAL_FIELD = b"refused"
KEPT = 100_000
"""About how many an agency can read back; the quarantine itself keeps every one."""

_encode = msgspec.json.Encoder().encode


class Notice(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A document in quarantine, under the name that it has there, or the news that it was admitted after all or discarded.

    A document may have several notices; ``at`` is when it was refused first. ``resolved`` is the receipt under which
    it, or one that ``mends`` it, was admitted, ``discarded`` when an operator said that nobody waits for it any more.
    Nothing of the document's content is here.
    """

    document: str
    at: dt.datetime
    code: str
    faults: tuple[Fault, ...] = ()
    id: str | None = None
    source: str | None = None
    mends: str = ""
    resolved: str = ""
    discarded: dt.datetime | None = None


_DECODER = msgspec.json.Decoder(Notice)


class Refusals:
    """The streams of refused documents, on the edge server."""

    def __init__(self, client: Redis) -> None:
        """Use a client of the edge server."""
        self._client = client

    async def tell(self, agency: str, notices: Sequence[Notice]) -> None:
        """Tell an agency, in this order; a repeat has the same ``document`` and does no harm."""
        if not notices:
            return
        async with self._client.pipeline(transaction=False) as pipe:
            for one in notices:
                pipe.xadd(keys.refused(agency), {REFUSAL_FIELD: _encode(one)}, maxlen=KEPT)
            await pipe.execute()

    async def read(self, agency: str, after: str = "0-0", limit: int = 1000) -> list[tuple[str, Notice]]:
        """Return the notices to an agency after a stream id, each with its own."""
        reply = await self._client.xrange(keys.refused(agency), min=f"({after}", count=limit)
        entries = cast("list[tuple[bytes, dict[bytes, bytes]]]", reply)
        return [(entry.decode(), _DECODER.decode(fields[REFUSAL_FIELD])) for entry, fields in entries]
