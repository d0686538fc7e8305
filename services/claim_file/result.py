"""What a claim comes to by the events of its file: status, sums, orders, papers, and the explanation of all of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from msgspec import UNSET, Struct

from events.catalogue import Event
from events.claim import ClaimFiled, DocumentsReceived
from events.envelope import agency_of
from events.findings import Device, Homecare, Transport, Treatment
from events.message import message
from events.retraction import EventRetracted, Retracted
from events.values import civil_date
from projections.sums import Sums, matched
from services.adjudication.decider import status
from services.adjudication.state import ClaimRecord, State
from services.benefits.award import Ordered
from services.benefits.claim import Claim
from services.benefits.history import History
from services.benefits.rulebook import Rulebook
from services.claim_file.contents import ClaimFile, name_of
from services.claim_file.deciding import DecidedAgain, decide, rulebooks_of
from services.explanation.chain import Explanation, OrderHistory, explain, order_history
from services.texts.errors import TextError


class Paper(Struct, frozen=True):
    """A paper that an agency says it has: of which kind, and the SHA-256 of its scan where one is stated."""

    kind: str
    sha256: str
    event: str
    agency: str
    day: dt.date
    retracted: bool


class ClaimResult(Struct, frozen=True):
    """What a claim comes to, in whole rupiah.

    ``asked`` is the sum of the bills that count, ``returned`` what came back, or could not be transferred, and was not
    paid since on the same order. ``told`` is None where the filing was taken back; then only what was released is left
    of the claim.
    """

    claim: str
    status: str
    programme: str
    sums: Sums
    asked: int
    returned: int
    orders: tuple[OrderHistory, ...]
    papers: tuple[Paper, ...]
    retracted: tuple[str, ...]
    """References of the facts in the file that were taken back."""
    told: Explanation | None


def result_of(number: str, state: State, rulebook: Rulebook, events: Sequence[Event]) -> ClaimResult:
    """Return what a claim comes to; raises ``KeyError`` where it was never filed."""
    history = History(state.facts)
    if not history.enrolled:
        history = History((*state.facts, *state.waiting))
    claim = history.claims.get(number) or history.retracted[number]
    record = state.claims.get(number, ClaimRecord())
    explanation = explain(state, number, rulebook)
    effective = {fact.ref for fact in history.facts} | {fact.ref for fact in _retractions(state)}
    return ClaimResult(
        claim=number,
        status=status(record, claim),
        programme=record.programme,
        sums=explanation.money
        if explanation
        else _sums_of_retracted(record, claim.by_bank(record.orders), history, number),
        asked=_sum_of_bills(claim),
        returned=sum(_returned(claim, order) for order in record.orders),
        orders=tuple(order_history(order, claim, rulebook.holidays.keys()) for order in record.orders),
        papers=tuple(_papers(number, events, effective)),
        retracted=tuple(fact.ref for fact in (*state.facts, *state.waiting) if fact.ref not in effective),
        told=explanation,
    )


def calculated(
    file: ClaimFile, rulebooks: Mapping[str, Rulebook] | None = None
) -> tuple[ClaimResult, DecidedAgain, Rulebook]:
    """Return what a claim comes to by the events of its file, and the rulebook by which it does.

    Rulebooks that were read already need not be read from the file again.

    Raises:
        TextError: what was decided cannot be repeated by this program.
    """
    again = decide(file, rulebooks_of(file)[0] if rulebooks is None else rulebooks)
    if again.rulebook is None:
        raise TextError(message("recheck.rulebook-lost", hash=", ".join(sorted(again.lost))))
    return result_of(file.claim, again.state, again.rulebook, file.events_by_day()), again, again.rulebook


def of_claim(claim: str, events: Sequence[Event]) -> set[str]:
    """Return the names of a claim's own events, with those that took one of them back."""
    refs = {name_of(event) for event in events if getattr(event.data, "claim", None) == claim}
    for event in events:
        if isinstance(event, EventRetracted) and f"{agency_of(event.source)}:{event.data.retracts}" in refs:
            refs.add(name_of(event))
    return refs


def _returned(claim: Claim, order: Ordered) -> int:
    return order.moved + (0 if order.cancelled else claim.open_of(order))


def _retractions(state: State) -> list[Retracted]:
    return [fact for fact in state.facts if isinstance(fact, Retracted)]


def _sum_of_bills(claim: Claim) -> int:
    """Return what providers ask for by the bills that count."""
    return (
        sum(bill.amount for bill, _ in claim.stated(Treatment))
        + sum(bill.amount for bill, _ in claim.stated(Transport))
        + sum(bill.amount for bill, _ in claim.stated(Device))
        + sum(bill.amount for bill, _ in claim.stated(Homecare))
    )


def _sums_of_retracted(record: ClaimRecord, by_bank: int, history: History, number: str) -> Sums:
    """Return the sums of a claim whose filing was taken back."""
    claim = history.retracted[number]
    standing = [order for order in record.orders if order.stands]
    covered = sum(matched(order.amount, claim.paid_on(order), stands=True) for order in standing)
    return Sums(
        ordered=sum(order.amount for order in standing),
        released=sum(order.amount for order in standing if order.released_at),
        paid_by_bank=by_bank,
        matched=covered,
        unmatched=by_bank - covered,
        overpaid=sum(amount for _, amount in record.overpaid),
    )


def _papers(number: str, events: Sequence[Event], effective: set[str]) -> Iterator[Paper]:
    for event in events:
        if not isinstance(event, ClaimFiled | DocumentsReceived) or event.data.claim != number:
            continue
        for paper in event.data.documents or ():
            yield Paper(
                kind=paper.kind,
                sha256="" if paper.sha256 is UNSET else paper.sha256,
                event=name_of(event),
                agency=agency_of(event.source),
                day=civil_date(event.time),
                retracted=name_of(event) not in effective,
            )
