"""The audit of one partition: its events decided again, their content compared, its money entered in a book."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

import msgspec
from msgspec import Struct
from redis.asyncio import Redis

from events.catalogue import AgencyEvent, Event
from events.message import message
from projections.claim_steps import instant
from services.adjudication.batch_decision import index_of
from services.adjudication.recalculation import Recalculation
from services.benefits.rulebook import Rulebook
from services.ledger import snapshot as snapshots
from services.ledger.connection import connect
from services.ledger.credentials import Credentials
from services.ledger.protocol import CorruptedError, Entry, Ledger
from services.ledger.store import RedisLedger
from services.ledger.stored_bodies import stored_bodies
from services.sealing.keystore import KeyStore
from services.texts.errors import message_of
from services.texts.progress import Progress, silent
from services.verification.admission import PartitionAdmission
from services.verification.discrepancies import AuditFinding, Explained
from services.verification.ids import PartitionContents
from services.verification.money import MoneyBook, paid
from services.verification.outcomes import Conclusions

_PAGE = 1000


class Audited(Struct, frozen=True):
    """What the audit of one partition came to; ``paid`` in rupiah."""

    head: int
    book: MoneyBook
    findings: list[AuditFinding]
    explained: list[Explained]
    assessments: int
    persons: int
    unreadable: int
    paid: int
    recorded_ids: frozenset[bytes] = frozenset()
    """Id hashes of what is recorded, parked or still to be decided."""
    concluded: Conclusions = msgspec.field(default_factory=Conclusions)


class PartitionSource(Struct, frozen=True):
    """Where a process of its own finds a partition, and the rulebooks by which its events were decided."""

    url: str
    unsafe: bool
    partitions: int
    keys_url: str | None
    today: Rulebook
    rulebooks: Mapping[str, Rulebook]
    partition: int


def audited(place: PartitionSource) -> Audited:
    """Audit a partition with connections of one's own."""
    return asyncio.run(_audited(place))


async def _audited(place: PartitionSource) -> Audited:
    client = await connect(place.url, unsafe=place.unsafe)
    keys = KeyStore(place.keys_url, lambda _: None) if place.keys_url else None
    try:
        ledger = RedisLedger(client, place.partitions)
        audit = PartitionAudit(client, ledger, keys, place.today, place.rulebooks)
        return await audit.run(place.partition)
    finally:
        if keys is not None:
            keys.close()
        await client.aclose()


class _Looks(NamedTuple):
    """Everything that looks at the events of one partition."""

    replay: Recalculation
    book: MoneyBook
    content: PartitionContents
    admission: PartitionAdmission
    concluded: Conclusions
    positions: defaultdict[str, bytearray]
    """By the name under which it is found, the positions of every event, four bytes each."""

    async def page(self, page: list[Entry]) -> None:
        events: list[Event] = []
        for entry in page:
            event = self.replay.take(entry)
            if event is not None:
                self.book.take(event)
                self.concluded.take(event)
                if name := index_of(event):
                    self.positions[name] += entry.position.to_bytes(4, "big")
                events.append(event)
        tags = await self.content.page(page, events)
        await self.admission.page([event for event in events if isinstance(event, AgencyEvent)], tags)


def _differing_index(
    partition: int, ours: Mapping[str, bytes | bytearray], stored: Mapping[str, bytes]
) -> list[AuditFinding]:
    """Name each claim whose events would not be found, or others in their place."""
    other = sorted(name for name in ours.keys() | stored.keys() if ours.get(name, b"") != stored.get(name))
    return [AuditFinding("index", message("audit.other-index", name=name), partition) for name in other]


class PartitionAudit:
    """Looks at one partition after the other; a running one as it is at one moment."""

    def __init__(
        self,
        client: Redis,
        ledger: Ledger,
        keys: KeyStore | None,
        today: Rulebook,
        rulebooks: Mapping[str, Rulebook],
        progress: Progress = silent,
    ) -> None:
        """Take today's rulebook and the earlier ones that are available, by ``HASH@ENGINE``."""
        self._client, self._ledger, self._keys, self._today = client, ledger, keys, today
        self._rulebooks = {today.name: today, **rulebooks}
        self._progress = progress

    async def run(self, partition: int) -> Audited:
        """Audit one partition; the findings name every place that differs."""
        snapshot = await snapshots.take(self._client, partition)
        head, book, findings = snapshot.head.position, MoneyBook(partition), list[AuditFinding]()
        replay = Recalculation(partition, self._ledger.partitions, self._rulebooks, self._today)
        credentials = {one.id: one for one in await Credentials(self._client).all()}
        content = PartitionContents(self._ledger, partition, self._keys, credentials)
        admission, concluded = PartitionAdmission(self._client, partition), Conclusions()
        looks = _Looks(replay, book, content, admission, concluded, defaultdict(bytearray))
        try:
            await self._events(head, looks)
            replay.end(snapshot.states)
        except CorruptedError as error:
            findings.append(AuditFinding("ledger", message_of(error), partition, replay.position + 1))
        else:
            if replay.adopted != snapshot.head.rulebook and replay.adopted:
                what = message("audit.other-rulebook", head=snapshot.head.rulebook, adopted=replay.adopted)
                findings.append(AuditFinding("ledger", what, partition, head))
            if head and snapshot.head.recordedtime != instant(replay.recorded):
                findings.append(AuditFinding("times", message("audit.other-head-time"), partition, head))
            findings += _differing_index(partition, looks.positions, snapshot.index)
            await content.end(snapshot)
            findings += await self._beyond(partition, head)
        return Audited(
            head=head,
            book=book,
            findings=[
                *findings,
                *(AuditFinding(one.check, one.message, partition, one.position) for one in replay.findings),
                *content.findings,
                *admission.findings,
            ],
            explained=[
                Explained(partition, one.position, one.person, one.adopted, one.message)
                for one in replay.explained
            ],
            assessments=replay.assessments,
            persons=len(replay.states),
            unreadable=content.unreadable,
            paid=paid(replay.states.values()),
            recorded_ids=frozenset(content.remembered).union(
                *(snapshots.ids_of(one.body) for one in snapshot.undecided)
            ),
            concluded=concluded,
        )

    async def _beyond(self, partition: int, head: int) -> list[AuditFinding]:
        """Say where something stands behind the head; what was recorded meanwhile has moved it."""
        bodies = await stored_bodies(self._client, partition, head, 1)
        if not bodies or bodies[0].position <= (await self._ledger.head(partition)).position:
            return []
        what = message("audit.beyond-head", head=head)
        return [AuditFinding("ledger", what, partition, bodies[0].position)]

    async def _events(self, to: int, looks: _Looks) -> None:
        """Go through the events; the last one taken is the one before a gap, if there is one."""
        replay = looks.replay
        ledger, partition, limit = self._ledger, replay.partition, _PAGE
        while replay.position < to:
            self._progress(message("stage.partition", partition=partition), replay.position, to)
            try:
                page = await ledger.read(partition, replay.position, min(limit, to - replay.position))
            except CorruptedError:
                if limit == 1:
                    raise
                limit = 1
                continue
            if not page:
                raise CorruptedError(message("audit.ends-early", partition=partition, to=to))
            await looks.page(page)
