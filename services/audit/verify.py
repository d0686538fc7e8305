"""``verify``: everything that can be recalculated is, and compared with what stands in the house.

A running house can be verified. What has left for the bank is read first, then each partition at one moment, then
its ledger up to there; so whatever is compared belongs together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct
from redis.asyncio import Redis

from events.catalogue import Event
from projections.catalogue import PROJECTIONS
from projections.compare import compare
from projections.payments import PAYMENTS, totals
from projections.store import Store
from services.audit.findings import Explained, Finding, Progress, Result, Totals, silent
from services.audit.ids import PartitionContents
from services.audit.money import Book, Left, follow, paid, read_left
from services.audit.recalculation import Recalculation
from services.benefits.rulebook import Rulebook
from services.ledger import cut as cuts
from services.ledger.credentials import Credential, Credentials
from services.ledger.payments import Payments
from services.ledger.protocol import CorruptedError, Entry, Ledger
from services.sealing.keystore import KeyStore


class Evidence(Struct, frozen=True, kw_only=True):
    """What an audit looks at. Without ``keys``, ``batches`` or ``read_models`` it says that it skipped them."""

    client: Redis
    ledger: Ledger
    rulebook: Rulebook
    rulebooks: Mapping[str, Rulebook] = {}
    """Earlier rulebooks that are still at hand, by ``HASH@ENGINE``."""
    keys: KeyStore | None = None
    batches: Path | None = None
    """Directory of the batch files."""
    read_models: Store | None = None


_PAGE = 1000


async def verify(evidence: Evidence, progress: Progress = silent) -> Result:
    """Audit the house; the result names the first place that differs, for each kind of check and partition."""
    return await _Audit(evidence, progress).run()


class _Audit:
    def __init__(self, evidence: Evidence, progress: Progress) -> None:
        self.evidence, self.progress = evidence, progress
        self.findings: list[Finding] = []
        self.explained: list[Explained] = []
        self.skipped: list[str] = []
        self.books: dict[int, Book] = {}
        self.heads: dict[int, int] = {}
        self.credentials: Mapping[str, Credential] = {}
        self.assessments = self.persons = self.unreadable = self.paid = 0

    async def run(self) -> Result:
        evidence = self.evidence
        left = await self._left()
        self.credentials = {one.id: one for one in await Credentials(evidence.client).all()}
        for partition in range(evidence.ledger.partitions):
            await self._partition(partition)
        if left is not None:
            gone = frozenset(evidence.keys.destroyed()) if evidence.keys else frozenset[str]()
            self.findings += await asyncio.to_thread(follow, left, self.books, evidence.batches, gone)
        if evidence.batches is None:
            self.skipped.append("batch files: there is no directory with any")
        sums = self._totals(left)
        await self._read_models(sums)
        return Result(
            findings=tuple(self.findings),
            explained=tuple(self.explained),
            events=sum(self.heads.values()),
            assessments=self.assessments,
            persons=self.persons,
            unreadable=self.unreadable,
            heads=self.heads,
            totals=sums,
            skipped=tuple(self.skipped),
        )

    async def _left(self) -> Left | None:
        try:
            return await read_left(Payments(self.evidence.client), self.evidence.ledger.partitions)
        except (CorruptedError, msgspec.MsgspecError) as error:
            self.findings.append(Finding("payments", str(error)))
            return None

    async def _partition(self, partition: int) -> None:
        evidence = self.evidence
        cut = await cuts.take(evidence.client, partition)
        self.heads[partition] = cut.head.position
        book = self.books[partition] = Book(partition)
        known = {evidence.rulebook.name: evidence.rulebook, **evidence.rulebooks}
        ledger = evidence.ledger
        replay = Recalculation(partition, ledger.partitions, known, evidence.rulebook)
        content = PartitionContents(evidence.ledger, partition, evidence.keys, self.credentials)
        try:
            await self._events(cut.head.position, replay, book, content)
            replay.end(cut.states)
        except CorruptedError as error:
            self.findings.append(Finding("ledger", str(error), partition, replay.position + 1))
        else:
            if replay.adopted != cut.head.rulebook and replay.adopted:
                what = f"the head says {cut.head.rulebook}, adopted last was {replay.adopted}"
                self.findings.append(Finding("ledger", what, partition, cut.head.position))
            await content.end(cut)
        self.findings += [*replay.findings, *content.findings]
        self.explained += replay.explained
        self.assessments += replay.assessments
        self.persons += len(replay.states)
        self.unreadable += content.unreadable
        self.paid += paid(replay.states.values())

    async def _events(self, to: int, replay: Recalculation, book: Book, content: PartitionContents) -> None:
        """Go through the events; the last one taken is the one before a gap, if there is one."""
        ledger, partition, limit = self.evidence.ledger, replay.partition, _PAGE
        while replay.position < to:
            self.progress(f"partition {partition}", replay.position, to)
            try:
                page = await ledger.read(partition, replay.position, min(limit, to - replay.position))
            except CorruptedError:
                if limit == 1:
                    raise
                limit = 1
                continue
            if not page:
                raise CorruptedError(f"partition {partition} ends before its head, {to}")
            await self._page(page, replay, book, content)

    async def _page(
        self, page: list[Entry], replay: Recalculation, book: Book, content: PartitionContents
    ) -> None:
        events: list[Event] = []
        for entry in page:
            event = replay.take(entry)
            if event is not None:
                book.take(event)
                events.append(event)
        await content.page(page, events)

    def _totals(self, left: Left | None) -> Totals:
        parts = [book.totals(0, 0) for book in self.books.values()]
        gone = sum(batch.amount for batch in left.batches) if left else 0
        return Totals(
            orders=sum(part.orders for part in parts),
            ordered=sum(part.ordered for part in parts),
            cancelled=sum(part.cancelled for part in parts),
            released=sum(part.released for part in parts),
            left=gone,
            paid=self.paid,
        )

    async def _read_models(self, ours: Totals) -> None:
        store = self.evidence.read_models
        live = {build.projection: build for build in store.builds() if build.live} if store else {}
        known = [p for p in PROJECTIONS if p.name in live and live[p.name].version == p.version]
        if len(known) < len(PROJECTIONS):
            missing = ", ".join(p.name for p in PROJECTIONS if p not in known)
            self.skipped.append(f"read models not built: {missing}")
        if store is None or not known:
            return
        self.progress("read models", 0, 0)
        try:
            differences = await compare(store, self.evidence.ledger, known)
        except (CorruptedError, msgspec.MsgspecError, ValueError) as error:
            self.findings.append(Finding("read-model", f"cannot be rebuilt: {error}"))
            return
        for difference in differences:
            self.findings.append(Finding("read-model", str(difference)))
        if PAYMENTS not in known:
            return
        with store.view() as view:
            if view.positions[PAYMENTS.name] != self.heads:
                self.skipped.append(
                    "totals of the read models: they stand at other positions than the ledger"
                )
                return
            theirs = totals(view)
        for name in ("orders", "ordered", "cancelled", "released", "paid"):
            if getattr(theirs, name) != getattr(ours, name):
                what = (
                    f"{name}: the ledger has {getattr(ours, name)}, the read models {getattr(theirs, name)}"
                )
                self.findings.append(Finding("totals", what))
