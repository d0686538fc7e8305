"""The audit trail as it is stored: records in one stream without a gap, and a head that says where it ends.

Each body carries the hash of the body before it; who appends says where the trail ended when it was read.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import cast

from msgspec import Struct
from redis.asyncio import Redis

from events.message import message
from services.ledger import keys
from services.ledger.installation_marks import Guard, Value
from services.ledger.protocol import CorruptedError, GapError, LedgerError, MalformedError

_PAGE = 500


class TrailHead(Struct, frozen=True):
    """Where the trail ends: position of its last record, 0 before the first, the SHA-256 of its body, its time."""

    position: int = 0
    hash: str = ""
    time: str = ""
    """RFC 3339 in UTC with milliseconds; never falls."""


class TrailConflictError(LedgerError):
    """Somebody else has appended to the trail since it was read: read its head and append again."""


def hash_of(body: bytes) -> str:
    """Return the hash by which the next record names this one."""
    return hashlib.sha256(body).hexdigest()


class TrailStore:
    """The trail on the core server."""

    def __init__(self, client: Redis, owner: str = "") -> None:
        """Use a client whose server has the ledger's functions loaded; ``owner`` as in ``create_or_open``."""
        self._client, self._guard = client, Guard(client, owner)

    async def head(self) -> TrailHead:
        """Where the trail ends."""
        fields = await self._client.hmget(keys.TRAIL_HEAD, ["position", "hash", "time"])
        reply = cast("list[bytes | None]", fields)
        position, digest, time = map(keys.stored_text, reply)
        return TrailHead(int(position or 0), digest, time)

    async def append(self, expected: TrailHead, time: str, bodies: Sequence[bytes]) -> TrailHead:
        """Append records behind ``expected``, all or nothing; returns where the trail ends then.

        Raises:
            TrailConflictError: it does not end there any more.
            MalformedError: the time falls, or there is nothing to append.
            CorruptedError: stream and head contradict each other.
            ExchangedError: the server is another installation's.
        """
        then = TrailHead(expected.position + len(bodies), hash_of(bodies[-1]) if bodies else "", time)
        arguments: list[Value] = [expected.position, expected.hash, expected.time, then.hash, time]
        places = (keys.TRAIL, keys.TRAIL_HEAD)
        reply = await self._guard.run("kelambu_append_trail", places, [*arguments, *bodies])
        match [part.decode() for part in cast("list[bytes]", reply)]:
            case ["CONFLICT", position, *_]:
                raise TrailConflictError(
                    message("trail.conflict", expected=expected.position, found=position)
                )
            case ["MALFORMED", why]:
                raise MalformedError(why)
            case ["CORRUPTED", why]:
                raise CorruptedError(why)
        return then

    async def pages(self, after: int = 0) -> AsyncIterator[list[tuple[int, bytes]]]:
        """The records after a position, each with its own, some hundred at a time.

        Raises:
            GapError: one is not there.
        """
        while True:
            reply = await self._client.xrange(keys.TRAIL, f"{after + 1}-0", "+", count=_PAGE)
            page = _placed(cast("list[tuple[bytes, dict[bytes, bytes]]]", reply))
            for expected, (position, _) in enumerate(page, after + 1):
                if position != expected:
                    raise GapError(keys.TRAIL, expected, position)
            if page:
                yield page
            if len(page) < _PAGE:
                return
            after = page[-1][0]

    async def pages_back(self) -> AsyncIterator[list[tuple[int, bytes]]]:
        """The records from the last to the first, each with its position, some hundred at a time."""
        last = "+"
        while True:
            reply = await self._client.xrevrange(keys.TRAIL, last, "-", count=_PAGE)
            page = _placed(cast("list[tuple[bytes, dict[bytes, bytes]]]", reply))
            if page:
                yield page
            if len(page) < _PAGE:
                return
            last = f"({page[-1][0]}-0"


def _placed(entries: Sequence[tuple[bytes, Mapping[bytes, bytes]]]) -> list[tuple[int, bytes]]:
    return [(int(entry.partition(b"-")[0]), fields.get(b"e", b"")) for entry, fields in entries]
