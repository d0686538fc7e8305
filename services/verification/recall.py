"""What rested on a fact that was wrong: every decision that cites it, every order made with one, and whoever used them.

A decision rests on a fact where its basis names it (``events.assessment.Basis``): without it the decision would have
been another. An order rests on it where it was made together with such a decision.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet

from msgspec import Struct
from msgspec.structs import replace

from events.assessment import ClaimAssessed
from events.catalogue import AgencyEvent, Event, decode, happened_on, type_of
from events.envelope import agency_of, reference
from events.payment import PaymentOrdered
from events.retraction import EventRetracted, struck_by
from projections import payments
from projections.checkpoint import LedgerEntry
from projections.payment_rows import OrderRow
from projections.store import View
from services.audit_trail.entries import TrailEntry
from services.audit_trail.records import Exported, FigureRecorded, FindingOpened, SampleDrawn, SampleExtended
from services.ledger.protocol import Ledger

_PAGE = 2000

Asked = Callable[[AgencyEvent], bool]
"""Whether an agency's event is one that is recalled."""


class RecalledFact(Struct, frozen=True):
    """An agency's event that is recalled; ``taken_back`` where a retraction says that it no longer counts."""

    event: str
    type: str
    partition: int
    position: int
    happened_on: dt.date
    taken_back: bool = False


class RecalledDecision(Struct, frozen=True):
    """An assessment that names recalled facts in its basis. ``entitled`` in rupiah.

    ``latest``: no later one replaced it.
    """

    claim: str
    version: int
    outcome: str
    entitled: int
    partition: int
    position: int
    recordedtime: dt.datetime
    facts: tuple[str, ...]
    latest: bool = True


class Recalled(Struct):
    """What the ledger says rests on the recalled facts; ``orders`` by number."""

    facts: list[RecalledFact]
    decisions: list[RecalledDecision]
    orders: list[str]

    @property
    def claims(self) -> set[str]:
        """The claims on which there are such decisions."""
        return {decision.claim for decision in self.decisions}


class RecalledSums(Struct, frozen=True):
    """Rupiah: entitled by decisions that were not replaced, ordered and paid on orders made with any of them."""

    entitled: int
    ordered: int
    paid: int


class PartitionRecall:
    """Follows one partition from its beginning and notes what rests on the facts that are asked for."""

    def __init__(self, is_asked: Asked) -> None:
        """Begin with nothing."""
        self._is_asked = is_asked
        self._facts: dict[str, RecalledFact] = {}
        self._decisions: list[RecalledDecision] = []
        self._made_with: set[tuple[str, str]] = set()
        self._orders: list[str] = []
        self._latest: dict[str, int] = {}
        self._retractions: list[tuple[str, str]] = []

    def take(self, entries: Iterable[LedgerEntry]) -> None:
        """Take the next entries, in their order."""
        for entry in entries:
            event = decode(entry.body)
            if isinstance(event, EventRetracted):
                retracts = reference(event.source, event.data.retracts)
                self._retractions.append((reference(event.source, event.id), retracts))
            if isinstance(event, AgencyEvent) and self._is_asked(event):
                ref = reference(event.source, event.id)
                self._facts[ref] = RecalledFact(
                    ref, type_of(event), entry.partition, entry.position, happened_on(event)
                )
            elif isinstance(event, ClaimAssessed):
                self._assessed(event, entry)
            elif isinstance(event, PaymentOrdered) and self._key(event, event.data.claim) in self._made_with:
                self._orders.append(event.data.order)

    def recalled(self) -> Recalled:
        """Return what was noted; a fact or decision as it is at the end."""
        retracted = struck_by(self._retractions)
        facts = [replace(fact, taken_back=fact.event in retracted) for fact in self._facts.values()]
        decisions = [
            replace(decision, latest=self._latest[decision.claim] == decision.version)
            for decision in self._decisions
        ]
        return Recalled(facts, decisions, self._orders)

    def _assessed(self, event: ClaimAssessed, entry: LedgerEntry) -> None:
        assessment = event.data
        self._latest[assessment.claim] = assessment.version
        rests_on = tuple(fact for fact in assessment.basis.facts if fact in self._facts)
        if rests_on and event.recordedtime:
            self._made_with.add(self._key(event, assessment.claim))
            entitled = sum(line.amount for line in assessment.lines) if assessment.outcome == "due" else 0
            self._decisions.append(
                RecalledDecision(
                    claim=assessment.claim,
                    version=assessment.version,
                    outcome=assessment.outcome,
                    entitled=entitled,
                    partition=entry.partition,
                    position=entry.position,
                    recordedtime=event.recordedtime,
                    facts=rests_on,
                )
            )

    @staticmethod
    def _key(event: Event, claim: str) -> tuple[str, str]:
        return claim, event.causationid or ""


async def recalled(ledger: Ledger, is_asked: Asked, until: Sequence[int]) -> Recalled:
    """Return what rests on the facts that are asked for, of each partition up to a position."""
    all_found = Recalled([], [], [])
    for partition, last in enumerate(until):
        part, position = PartitionRecall(is_asked), 0
        while position < last:
            page = await ledger.read(partition, position, min(_PAGE, last - position))
            part.take(page)
            position = page[-1].position
        recalled_facts = part.recalled()
        all_found.facts += recalled_facts.facts
        all_found.decisions += recalled_facts.decisions
        all_found.orders += recalled_facts.orders
    return all_found


def orders_of(result: Recalled, view: View) -> list[OrderRow]:
    """Return the orders that rest on the recalled facts, as the read models know them."""
    orders = [order for claim in sorted(result.claims) for order in payments.of_claim(view, claim)]
    return [order for order in orders if order.order in result.orders]


def of_reference(ref: str) -> Asked:
    """Ask for one event by its reference ``agency:id``."""
    return lambda event: reference(event.source, event.id) == ref


def of_agency(agency: str, first: dt.date | None, last: dt.date | None) -> Asked:
    """Ask for what an agency says happened from ``first`` to ``last``; a None is no limit."""

    def is_of_agency(event: AgencyEvent) -> bool:
        if agency_of(event.source) != agency:
            return False
        day = happened_on(event)
        return (first is None or day >= first) and (last is None or day <= last)

    return is_of_agency


def sums_of(recalled: Recalled, orders: Collection[OrderRow]) -> RecalledSums:
    """Add up what rests on the recalled facts."""
    return RecalledSums(
        entitled=sum(decision.entitled for decision in recalled.decisions if decision.latest),
        ordered=sum(order.amount for order in orders if order.stands),
        paid=sum(order.paid for order in orders),
    )


def uses(recalled: Recalled, trail: Iterable[TrailEntry]) -> list[TrailEntry]:
    """Return what was done with the book and holds such a decision.

    Figures, exports, claim files, samples, findings.
    """
    names = recalled.claims | set(recalled.orders)
    return [entry for entry in trail if recalled.decisions and _uses(entry, recalled, names)]


def _uses(entry: TrailEntry, recalled: Recalled, names: AbstractSet[str]) -> bool:
    match entry.record:
        case SampleDrawn(items=items) | SampleExtended(items=items) | FindingOpened(items=items):
            return not names.isdisjoint(part for item in items for part in item.split("/"))
        case Exported(what=what, cut=cut):
            of_one_claim = what.startswith(("claim-file ", "letter "))
            return not names.isdisjoint(what.split()) if of_one_claim else _covers(cut, recalled)
        case FigureRecorded(parameters=parameters, cut=cut):
            return parameters.get("claim", next(iter(names))) in names and _covers(cut, recalled)
        case _:
            return False


def _covers(cut: tuple[int, ...], recalled: Recalled) -> bool:
    return any(
        decision.partition < len(cut) and decision.position <= cut[decision.partition]
        for decision in recalled.decisions
    )
