"""``verify``: everything that can be recalculated is, and compared with what stands in the house.

A running house can be verified. What has left for the bank is read first, then each partition at one moment, then
its ledger up to there; so whatever is compared belongs together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct
from redis.asyncio import Redis

from events.catalogue import AgencyEvent, Event
from projections.catalogue import PROJECTIONS
from projections.compare import compare
from projections.payments import PAYMENTS, totals
from projections.store import Store
from services.audit.content import Contents, document_of
from services.audit.findings import Explained, Finding, Progress, Result, Totals, silent
from services.audit.money import Book, Left, follow, paid, read_left
from services.audit.recalculation import Recalculation
from services.benefits.rulebook import Rulebook
from services.ledger import cut as cuts
from services.ledger.cut import Cut
from services.ledger.keys import id_hash
from services.ledger.payments import Payments
from services.ledger.protocol import CorruptedError, Entry, Ledger
from services.sealing.keystore import KeyStore
from services.sealing.tokens import Tokens


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
        self.assessments = self.persons = self.unreadable = self.paid = 0

    async def run(self) -> Result:
        evidence = self.evidence
        left = await self._left()
        for partition in range(evidence.ledger.partitions):
            await self._partition(partition)
        if left is not None:
            self.findings += await asyncio.to_thread(follow, left, self.books, evidence.batches)
        if evidence.batches is None:
            self.skipped.append("batch files: no directory was given")
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
        content = _Content(evidence.ledger, partition, evidence.keys)
        try:
            async for page in cuts.events_until(ledger, partition, cut.head.position):
                self.progress(f"partition {partition}", replay.position, cut.head.position)
                await self._page(page, replay, book, content)
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

    async def _page(self, page: list[Entry], replay: Recalculation, book: Book, content: _Content) -> None:
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
            place = f"{difference.projection}, table {difference.table}"
            what = f"{place}: has {difference.live}, rebuilt from the ledger it is {difference.rebuilt}"
            self.findings.append(Finding("read-model", what))
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


class _Content:
    """The ids of a partition and the content behind them."""

    def __init__(self, ledger: Ledger, partition: int, keys: KeyStore | None) -> None:
        self._ledger, self._partition, self._keys = ledger, partition, keys
        self._contents = Contents(Tokens.opened(keys)) if keys else None
        self._destroyed = set(keys.destroyed()) if keys else set()
        self._remembered: set[bytes] = set()
        self.findings: list[Finding] = []
        self.unreadable = 0

    async def page(self, page: Iterable[Entry], events: list[Event]) -> None:
        """Check that every agency event is remembered, and under the tag of its content."""
        bodies = [entry.body for entry in page]
        tags = await cuts.remembered(self._ledger, self._partition, bodies)
        self._remembered |= tags.keys()
        sent = [event for event in events if isinstance(event, AgencyEvent)]
        names = [event.sealed.key for event in sent if event.sealed]
        keys = await asyncio.to_thread(self._keys.get, names) if self._keys else {}
        for event in sent:
            tag = tags.get(id_hash(event.source, event.id))
            if tag is None:
                self._find("ids", f"{event.source} {event.id} is not remembered", event.position or 0)
            else:
                self._compare(event, keys, tag)

    def _compare(self, event: AgencyEvent, keys: Mapping[str, bytes], tag: bytes) -> None:
        position = event.position or 0
        if self._contents is None or (event.sealed and event.sealed.key not in keys):
            self.unreadable += 1
            if self._contents is not None and event.sealed and event.sealed.key not in self._destroyed:
                self._find("content", f"the key of {event.sealed.key} is missing", position)
            return
        document = document_of(event, keys)
        if document is None:
            if event.sealed and event.sealed.key in self._destroyed:
                self.unreadable += 1  # sealed before the destruction; there is another key by now
            else:
                self._find("content", "what is sealed cannot be opened, or does not fit its event", position)
        elif not self._contents.agree(event, document, tag):
            self._find("content", "is not the document that was admitted", position)

    async def end(self, cut: Cut) -> None:
        """Check the parked events, and that nothing is remembered that is neither recorded nor parked."""
        for person, bodies in sorted(cut.parked.items()):
            if not bodies:
                self._find("parked", f"{person} is parked and nothing waits", 0)
            tags = await cuts.remembered(self._ledger, self._partition, bodies)
            doubled = tags.keys() & self._remembered
            if doubled:
                self._find("parked", f"an event of {person} is parked and recorded", 0)
            self._remembered |= tags.keys()
        if len(self._remembered) != cut.remembered:
            what = f"{cut.remembered} ids are remembered, of {len(self._remembered)} events"
            self._find("ids", what, cut.head.position)

    def _find(self, check: str, what: str, position: int) -> None:
        if all(finding.check != check for finding in self.findings):
            self.findings.append(Finding(check, what, self._partition, position))
