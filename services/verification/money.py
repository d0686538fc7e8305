"""Every rupiah followed: ordered and released in the ledger, left in the order stream, written in a batch file."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from events.catalogue import Event
from events.message import Message, message
from events.payment import Order, PaymentCancelled, PaymentOrdered, PaymentReleased
from services.adjudication.state import ClaimRecord, State
from services.benefits.history import History
from services.disbursement.batch_file import fault_of, path_of, place_of
from services.installation.batch_directory import batch_files
from services.ledger.payments import Departure, OrderBatch, Payments, Progress
from services.ledger.protocol import GapError
from services.platform.clock import AHEAD
from services.texts.errors import message_of
from services.verification.discrepancies import AuditFinding, AuditTotals

T = TypeVar("T")

_PAGE = 1000
_RELEASED, _CANCELLED = message("audit.released"), message("audit.cancelled")


class MoneyBook(Struct):
    """What the ledger of one partition says about money. Positions are those of the events."""

    partition: int
    ordered: dict[str, tuple[int, Order]] = field(default_factory=dict)
    persons: dict[str, str] = field(default_factory=dict)
    """Order to whose claim it is."""
    released: dict[str, int] = field(default_factory=dict)
    cancelled: dict[str, int] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    """Order to the batch that its release names."""
    findings: list[AuditFinding] = field(default_factory=list)
    released_on: dict[int, dt.datetime] = field(default_factory=dict)
    """Position of a release to when it was recorded."""

    def take(self, event: Event) -> None:
        """Enter one event, in the order of positions."""
        position = event.position or 0
        if isinstance(event, PaymentOrdered):
            if event.data.order in self.ordered:
                self._find(message("audit.ordered-twice", order=event.data.order), position)
            self.ordered[event.data.order] = position, event.data
            self.persons[event.data.order] = event.person or ""
        elif isinstance(event, PaymentReleased):
            self._check_in_force(event.data.order, _RELEASED, position)
            self.released[event.data.order] = position
            if event.data.due_on and event.data.order in self.ordered:
                place, order = self.ordered[event.data.order]
                self.ordered[event.data.order] = place, replace(order, due_on=event.data.due_on)
            self.labels[event.data.order] = event.data.batch
            if event.recordedtime:
                self.released_on[position] = event.recordedtime
        elif isinstance(event, PaymentCancelled):
            self._check_in_force(event.data.order, _CANCELLED, position)
            if event.data.order in self.ordered and event.data.amount != self.amount(event.data.order):
                self._find(message("audit.cancelled-amount", order=event.data.order), position)
            self.cancelled[event.data.order] = position

    def amount(self, order: str) -> int:
        """The order's amount in rupiah."""
        return self.ordered[order][1].amount

    def moments(self, after: int, to: int) -> list[dt.datetime]:
        """When the releases in positions ``after`` + 1 to ``to`` were recorded."""
        return [moment for position, moment in self.released_on.items() if after < position <= to]

    def totals(self, paid: int, left: int) -> AuditTotals:
        """The totals of the partition; every order released or cancelled must have been ordered."""
        return AuditTotals(
            orders=len(self.ordered),
            ordered=sum(order.amount for _, order in self.ordered.values()),
            cancelled=sum(self.amount(order) for order in self.cancelled if order in self.ordered),
            released=sum(self.amount(order) for order in self.released if order in self.ordered),
            left=left,
            paid=paid,
        )

    def _check_in_force(self, order: str, how: Message, position: int) -> None:
        if order not in self.ordered:
            self._find(message("audit.never-ordered", order=order, how=how), position)
        for before, orders in ((_RELEASED, self.released), (_CANCELLED, self.cancelled)):
            if order in orders:
                self._find(message("audit.after-end", order=order, how=how, before=before), position)

    def _find(self, what: Message, position: int) -> None:
        self.findings.append(AuditFinding("payments", what, self.partition, position))


def paid(states: Iterable[State]) -> int:
    """What the bank paid on orders and did not send back, in rupiah, also for a claim whose filing was retracted."""
    total = 0
    for state in states:
        if not any(record.orders for record in state.claims.values()):
            continue
        history = History((*state.facts, *state.waiting))
        for number, claim in (*history.claims.items(), *history.retracted.items()):
            record = state.claims.get(number, ClaimRecord())
            total += sum(claim.paid_on(order) for order in record.orders)
    return total


class Left(Struct, frozen=True):
    """Everything under ``{pay}`` that the auditor compares."""

    batches: list[OrderBatch]
    orders: dict[int, Departure]
    """By their number in the order stream."""
    progress: dict[int, Progress]
    findings: list[AuditFinding]
    files: list[str]
    """Names of the files for the bank, as they were before anything else was looked at."""

    def orders_of(self, batch: OrderBatch) -> list[Departure]:
        """Return the orders of a batch that the order stream still has."""
        numbers = range(batch.first, batch.first + batch.count)
        return [self.orders[number] for number in numbers if number in self.orders]


async def read_left(payments: Payments, partitions: int, directory: Path | None = None) -> Left:
    """Look for files first, and read the progress then: what leaves after it is not looked at."""
    files = [] if directory is None else await asyncio.to_thread(batch_files, directory)
    progress = {partition: await payments.progress(partition) for partition in range(partitions)}
    findings: list[AuditFinding] = []
    batches = [batch for _, batch in await _read_all(payments.batches, findings)]
    orders = dict(await _read_all(payments.orders, findings))
    first = 1
    for batch in batches:
        if batch.first != first:
            what = message("audit.batch-begins", batch=batch.label, first=batch.first, expected=first)
            findings.append(AuditFinding("payments", what, batch.partition, batch.to))
        first = batch.first + batch.count
    within = [batch for batch in batches if batch.sequence <= progress[batch.partition].sequence]
    return Left(within, orders, progress, findings, files)


async def _read_all(
    read: Callable[[int, int], Awaitable[list[tuple[int, T]]]], findings: list[AuditFinding]
) -> list[tuple[int, T]]:
    """Read a numbered stream to its end; a gap in it is one more finding, and what follows the gap is read."""
    entries: list[tuple[int, T]] = []
    after, limit = 0, _PAGE
    while True:
        try:
            page = await read(after, limit)
        except GapError as gap:
            if gap.expected > after + 1:
                limit = gap.expected - 1 - after
                continue
            findings.append(AuditFinding("payments", message_of(gap)))
            after, limit = gap.actual - 1, _PAGE
            continue
        if not page:
            return entries
        entries += page
        after, limit = page[-1][0], _PAGE


def follow(
    left: Left,
    books: Mapping[int, MoneyBook],
    directory: Path | None,
    destroyed: frozenset[str] = frozenset(),
) -> list[AuditFinding]:
    """Hold order stream, batches and batch files against what the ledger released; names every difference.

    ``destroyed`` are the names of destroyed keys: a file with an account that they closed cannot be written again.
    """
    findings = [*left.findings, *_surplus(left)]
    orders_before: set[str] = set()
    for partition, book in books.items():
        findings += book.findings
        own = [batch for batch in left.batches if batch.partition == partition]
        before = {order.order for batch in own if batch.adopted for order in left.orders_of(batch)}
        findings += _numbered(partition, own, left.progress[partition])
        for batch in own:
            orders = left.orders_of(batch)
            findings += [
                *_complete(batch, orders, book, before),
                *_labelled(batch, book),
                *_once(batch, orders, orders_before),
            ]
            if directory is None:
                continue
            closed = any(order.account and order.account.key in destroyed for order in orders)
            if closed and not path_of(directory, batch).exists():
                what = message("audit.batch-file-lost", batch=batch.label)
                findings.append(AuditFinding("batch-file", what, batch.partition, batch.to))
            else:
                findings += _file(batch, directory, book)
        to = left.progress[partition].to
        unseen = [
            (o, position)
            for o, position in book.released.items()
            if position <= to and o not in orders_before
        ]
        findings += [
            AuditFinding("payments", message("audit.never-left", order=o), partition, at) for o, at in unseen
        ]
    return findings


def _numbered(partition: int, batches: list[OrderBatch], progress: Progress) -> list[AuditFinding]:
    findings: list[AuditFinding] = []
    to = 0
    number = 0
    for batch in batches:
        number += 1
        if batch.sequence != number:
            what = message("audit.batch-missing", number=number, batch=batch.label)
            findings.append(AuditFinding("payments", what, partition))
        number = batch.sequence
        if batch.after < to or (batch.to <= batch.after and not batch.adopted):
            what = message("audit.batch-overlaps", batch=batch.label)
            findings.append(AuditFinding("payments", what, partition, to))
        to = batch.to
    if len(batches) != progress.sequence or to > progress.to:
        what = message(
            "audit.progress", count=len(batches), to=to, known=progress.sequence, until=progress.to
        )
        findings.append(AuditFinding("payments", what, partition))
    return findings


def _complete(
    batch: OrderBatch, orders: list[Departure], book: MoneyBook, before: set[str]
) -> list[AuditFinding]:
    """The orders of a batch are the releases of its positions, in their order, each as it was ordered.

    Those that left ``before`` this ledger knew of them are in adopted batches, whatever it says of them since.
    """

    def wrong(what: Message, position: int) -> AuditFinding:
        return AuditFinding("payments", what, batch.partition, position)

    if batch.adopted:
        released = [order.order for order in orders]
    else:
        within = (o for o, position in book.released.items() if batch.after < position <= batch.to)
        released = [order for order in within if order not in before]
    findings = []
    for name, order in zip(released, orders, strict=False):
        position, ordered = book.ordered.get(name, (0, None))
        place = order.person, order.partition, order.released_at
        elsewhere = not batch.adopted and place != (
            book.persons.get(name),
            batch.partition,
            book.released[name],
        )
        if ordered is not None and (_comparable(order) != _comparable(ordered) or elsewhere):
            what = message("audit.not-as-ordered", batch=batch.label, order=name)
            findings.append(wrong(what, position))
    if [order.order for order in orders] != released:
        in_orders = [order.order for order in orders]
        odd = next((o for o in (*released, *in_orders) if (o in released) != (o in in_orders)), "")
        what = (
            message("audit.other-orders", batch=batch.label, to=batch.to, order=odd)
            if odd
            else message("audit.other-sequence", batch=batch.label)
        )
        findings.append(wrong(what, book.released.get(odd, batch.after + 1)))
    if sum(order.amount for order in orders) != batch.amount:
        what = message("audit.other-sum", batch=batch.label, amount=batch.amount)
        findings.append(wrong(what, batch.to))
    return findings


def _comparable(order: Departure | Order) -> tuple[object, ...]:
    return order.order, order.claim, order.payee, order.amount, order.due_on


def _once(batch: OrderBatch, orders: list[Departure], orders_before: set[str]) -> list[AuditFinding]:
    findings = []
    for order in orders:
        if order.order in orders_before:
            what = message("audit.left-before", batch=batch.label, order=order.order)
            findings.append(AuditFinding("payments", what, batch.partition, order.released_at))
        orders_before.add(order.order)
    return findings


def _surplus(left: Left) -> list[AuditFinding]:
    """Files that look like those for the bank, and no batch has left under their name."""
    last = {partition: progress.sequence for partition, progress in left.progress.items()}
    places = {name: place_of(name) for name in left.files}
    odd = [name for name, place in places.items() if place is None or place[1] > last.get(place[0], 0)]
    return [AuditFinding("batch-file", message("audit.no-such-batch", name=name)) for name in odd]


def _labelled(batch: OrderBatch, book: MoneyBook) -> Iterator[AuditFinding]:
    """A release names the batch for which it was proposed.

    The one in which it left, or an earlier one of its partition.
    """
    for order, position in book.released.items():
        if not batch.after < position <= batch.to:
            continue
        named = place_of(f"{book.labels[order]}.csv")
        if named is None or named[0] != batch.partition or named[1] > batch.sequence:
            what = message("audit.other-label", order=order, named=book.labels[order], batch=batch.label)
            yield AuditFinding("payments", what, batch.partition, position)


def _file(batch: OrderBatch, directory: Path, book: MoneyBook) -> list[AuditFinding]:
    """The file has the rows whose hash was written with the batch, and its totals.

    It was written after its releases.
    """
    path = path_of(directory, batch)
    if fault := fault_of(path, batch):
        what = message("batch-file.fault", file=f"{batch.label}.csv", fault=fault)
        return [AuditFinding("batch-file", what, batch.partition, batch.to)]
    written_at = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
    if any(at > written_at + AHEAD for at in book.moments(batch.after, batch.to)):
        what = message("audit.file-too-early", batch=batch.label)
        return [AuditFinding("times", what, batch.partition, batch.to)]
    return []
