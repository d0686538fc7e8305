"""Appending to the audit trail and reading it. Who did it, why, and texts that may name a person are sealed.

A record is tied to its place and to the record before it: none can be taken out, put in, moved or changed without
``verify`` finding it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from itertools import count
from typing import TypedDict

import msgspec
from msgspec.structs import replace

from events.message import message
from events.redaction import redact_struct
from services.audit_trail.engagements import may_begin, may_close, open_engagement
from services.audit_trail.entries import StoredRecord, TrailEntry, opened, tied_to
from services.audit_trail.records import KINDS, EngagementClosed, EngagementOpened, Record
from services.ledger.protocol import CorruptedError
from services.ledger.trail import TrailConflictError, TrailHead, TrailStore, hash_of
from services.sealing.box import seal
from services.sealing.keystore import OWN_KEY
from services.sealing.own_key import SealingHolder, own_key
from services.sealing.tokens import Tokens


class TrailSignature(TypedDict):
    """What ``append`` is told beside the record: who, why, and under which audit; empty texts where there is none."""

    by: str
    reason: str
    engagement: str


_OF_ENGAGEMENTS = tuple(f'"{KINDS[kind]}"'.encode() for kind in (EngagementOpened, EngagementClosed))
"""What is in the record that opens or closes an audit, and in few others."""
_encode = msgspec.json.Encoder().encode


async def append(
    installation: SealingHolder, record: Record, *, by: str, reason: str = "", engagement: str = ""
) -> int:
    """Append one record; returns its position."""
    return await append_all(installation, [record], by=by, reason=reason, engagement=engagement)


async def append_all(
    installation: SealingHolder,
    records: Sequence[Record],
    *,
    by: str,
    reason: str = "",
    engagement: str = "",
    behind: int | None = None,
) -> int:
    """Append records in this order, all or none of them; returns the position of the last.

    With ``behind`` only where the trail ends at this position.

    Raises:
        TrailConflictError: it ends elsewhere.
        EngagementError: the audit that is named is none, or nothing may be done under it any more.
        ExchangedError: the server is another installation's by now.
        CorruptedError: the trail contradicts its head.
    """
    store = TrailStore(installation.core, str(installation.identity))
    key = await own_key(installation)
    while True:
        head = await store.head()
        if behind not in (None, head.position):
            raise TrailConflictError(message("trail.conflict", expected=str(behind), found=head.position))
        await _permit(installation, records, engagement)
        time = max(_text(installation.clock()), head.time)
        plain = [
            StoredRecord(
                time=dt.datetime.fromisoformat(time),
                before="",
                by=by,
                reason=reason,
                engagement=engagement,
                record=record,
            )
            for record in records
        ]
        try:
            return (await store.append(head, time, _chained(head, plain, key, installation.tokens))).position
        except TrailConflictError:
            continue


async def append_decided(
    installation: SealingHolder,
    decide: Callable[[list[TrailEntry]], Sequence[Record]],
    *,
    by: str,
    reason: str = "",
    engagement: str = "",
) -> int:
    """Append what ``decide`` makes of the whole trail, nothing too, behind the end that it saw.

    Returns where the trail ends. Where somebody else appends meanwhile it is asked again, so that what it allows still
    holds where its records stand.
    """
    while True:
        trail = await read(installation)
        records, end = decide(trail), trail[-1].position if trail else 0
        if not records:
            return end
        try:
            return await append_all(
                installation, records, by=by, reason=reason, engagement=engagement, behind=end
            )
        except TrailConflictError:
            continue


async def require_open(installation: SealingHolder, engagement: str) -> None:
    """Make sure before something is handed out that it can be recorded under this audit; an empty number is none.

    Raises:
        EngagementError: there is no such audit, or nothing may be done under it any more.
    """
    if engagement:
        open_engagement(await _of_engagement(installation, engagement), engagement, installation.clock())


async def opening_of(installation: SealingHolder, engagement: str) -> EngagementOpened | None:
    """Return how an audit was opened; None where there is none of this number."""
    records = (entry.record for entry in await _of_engagement(installation, engagement))
    return next((one for one in records if isinstance(one, EngagementOpened)), None)


async def _of_engagement(installation: SealingHolder, number: str) -> list[TrailEntry]:
    """Return the opening of an audit and, if it is closed, its closing: what was recorded before it is not read."""
    entries = list[TrailEntry]()
    async for page in TrailStore(installation.core).pages_back():
        for position, body in page:
            if any(tag in body for tag in _OF_ENGAGEMENTS):
                entry = opened(position, body, None)
                match entry.record:
                    case EngagementOpened(number=named) if named == number:
                        return [entry, *entries]
                    case EngagementClosed(number=named) if named == number:
                        entries.insert(0, entry)
    return []


async def read(installation: SealingHolder, after: int = 0) -> list[TrailEntry]:
    """Return the records after a position, oldest first.

    Raises:
        CorruptedError: a record is missing, or is none.
    """
    key = (await asyncio.to_thread(installation.keys.get, [OWN_KEY])).get(OWN_KEY)
    entries: list[TrailEntry] = []
    async for page in TrailStore(installation.core).pages(after):
        for position, body in page:
            try:
                entries.append(opened(position, body, key))
            except msgspec.MsgspecError as error:
                raise CorruptedError(message("trail.no-record", position=position)) from error
    return entries


async def _permit(installation: SealingHolder, records: Sequence[Record], engagement: str) -> None:
    """Refuse what is done under an audit that is not open, a second audit of one number, and one that has ended before it begins.

    One whose last day is over can be closed, and nothing else.
    """
    if engagement and all(isinstance(one, EngagementClosed) and one.number == engagement for one in records):
        may_close(await _of_engagement(installation, engagement), engagement)
    else:
        await require_open(installation, engagement)
    for record in records:
        if isinstance(record, EngagementOpened):
            may_begin(await read(installation), record, installation.clock())


def _chained(head: TrailHead, records: Sequence[StoredRecord], key: bytes, tokens: Tokens) -> list[bytes]:
    bodies, before = [], head.hash
    for position, record in zip(count(head.position + 1), records, strict=False):
        redacted, values = redact_struct(replace(record, before=before), tokens)
        body = _encode(replace(redacted, sealed=seal(OWN_KEY, key, values, tied_to(position))))
        bodies.append(body)
        before = hash_of(body)
    return bodies


def _text(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class TrailReader:
    """Keeps the records that it has read; the trail only grows. For one event loop."""

    def __init__(self, holder: SealingHolder) -> None:
        """Read the trail of this installation."""
        self._holder, self._known = holder, list[TrailEntry]()
        self._reading = asyncio.Lock()

    async def entries(self) -> Sequence[TrailEntry]:
        """Return every record, oldest first. Raises ``CorruptedError`` where one is missing, or is none."""
        async with self._reading:
            self._known += await read(self._holder, len(self._known))
            return tuple(self._known)
