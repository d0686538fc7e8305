"""The audit trail: no record is missing, each names the one before it, times do not fall, and who and why can be opened."""

from __future__ import annotations

import asyncio
import datetime as dt

from msgspec import UNSET, MsgspecError, Struct
from redis.asyncio import Redis

from events.message import Message, message
from projections.claim_steps import instant
from services.audit_trail.entries import opened, stored
from services.ledger.protocol import GapError
from services.ledger.stored_bodies import stored_bodies
from services.ledger.trail import TrailHead, TrailStore, hash_of
from services.sealing.keystore import OWN_KEY, KeyStore
from services.verification.discrepancies import AuditFinding


class AuditedTrail(Struct):
    """What was found in the trail.

    ``unreadable`` records are sealed with a key that was destroyed or is not available.
    """

    findings: list[AuditFinding]
    records: int = 0
    unreadable: int = 0


async def audit_trail(client: Redis, keys: KeyStore | None) -> AuditedTrail:
    """Look at every record up to the present end of the trail."""
    reading = _Reading(*(await asyncio.to_thread(_key, keys) if keys else (None, True)))
    store = TrailStore(client)
    head = await store.head()
    after = 0
    while True:
        try:
            async for page in store.pages(after):
                for position, body in page:
                    if position <= head.position:
                        reading.take(position, body)
        except GapError as gap:
            if gap.expected > head.position:
                break
            reading.find(gap.message)
            reading.before, after = None, gap.actual - 1
        else:
            break
    reading.end(head)
    beyond = await stored_bodies(client, None, head.position, 1)
    if beyond and beyond[0].position > (await store.head()).position:
        reading.find(message("audit.trail-beyond", position=beyond[0].position, head=head.position))
    return reading.audited


def _key(keys: KeyStore) -> tuple[bytes | None, bool]:
    """Return the key, and whether one of its name was destroyed."""
    return keys.get([OWN_KEY]).get(OWN_KEY), bool(keys.were_destroyed([OWN_KEY]))


class _Reading:
    def __init__(self, key: bytes | None, destroyed: bool) -> None:
        self.key, self.destroyed = key, destroyed
        self.audited = AuditedTrail([])
        self.before: str | None = ""
        """Hash of the record before; None where it is not known."""
        self.last = 0
        self.time: dt.datetime | None = None

    def take(self, position: int, body: bytes) -> None:
        """Look at one record."""
        self.audited.records += 1
        digest = hash_of(body)
        before, self.before, self.last = self.before, digest, position
        try:
            record = stored(body)
        except (MsgspecError, UnicodeDecodeError):
            self.find(message("trail.no-record", position=position))
            return
        if before is not None and record.before != before:
            self.find(message("audit.trail-chain", position=position))
        if self.time is not None and record.time < self.time:
            self.find(message("audit.trail-time", position=position))
        self.time = record.time
        if record.sealed is not UNSET and not opened(position, body, self.key).readable:
            self.audited.unreadable += 1
            if self.key is not None and not self.destroyed:
                self.find(message("audit.trail-box", position=position))

    def end(self, head: TrailHead) -> None:
        """Hold the last record against what the head says."""
        if (self.last, self.before or "") != (head.position, head.hash):
            self.find(message("audit.trail-end", position=head.position, last=self.last))
        elif self.time is not None and head.time != instant(self.time):
            self.find(message("audit.trail-head-time", position=head.position))

    def find(self, what: Message) -> None:
        self.audited.findings.append(AuditFinding("trail", what))
