"""What a recorded event means for the agency that filed the claim: what Kelambu concluded, in codes and rupiah."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict, replace

from events.assessment import ClaimAssessed, ClaimClosed
from events.bank import ClaimPaid, PaymentReturned
from events.catalogue import Event, decode
from events.payment import ClaimOverpaid, PaymentCancelled, PaymentOrdered
from projections.checkpoint import LedgerEntry
from services.ledger.claim_routes import Routes
from services.ledger.edge import ClaimOutcome, Edge
from services.platform.newest_checkpoint import KnownLog


class _Said(Struct, frozen=True, kw_only=True):
    """What an event adds to its place: the part of an ``ClaimOutcome`` that differs from event to event."""

    status: str
    missing: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    order: str | None = None
    payee: str | None = None
    amount: int | None = None
    on: dt.date | None = None


def outcome_of(event: Event) -> ClaimOutcome | None:
    """Return the outcome of which the agency that filed the claim is notified by a recorded event.

    None where there is none. It follows from the event alone, so that a repeat is the same.
    """
    said_of = _SAID.get(type(event))
    if said_of is None or not (event.recordedtime and event.position) or event.partition is None:
        return None
    fields: _Said = said_of(event)
    return ClaimOutcome(
        claim=event.data.claim,  # type: ignore[union-attr]
        time=event.recordedtime,
        partition=event.partition or 0,
        position=event.position,
        **asdict(fields),
    )


def outcomes_of(entries: Iterable[LedgerEntry]) -> list[ClaimOutcome]:
    """Return the outcomes of some events of the ledger, in their order."""
    outcomes = (outcome_of(decode(entry.body)) for entry in entries)
    return [outcome for outcome in outcomes if outcome]


async def tell(
    routes: Routes, edge: Edge, outcomes: Iterable[ClaimOutcome], log: KnownLog | None = None
) -> int:
    """Put outcomes into the streams of those who filed the claims, in this order; returns how many were put.

    The last one for each agency names the ``log``. May be repeated: partition and position of an outcome tell an agency
    that it has read it before.
    """
    to_tell = list(outcomes)
    claims = sorted({outcome.claim for outcome in to_tell})
    routed = await routes.look(claims)
    filers = {claim: route.agency for claim, route in zip(claims, routed, strict=True) if route.agency}
    addressed = [(filers[outcome.claim], outcome) for outcome in to_tell if outcome.claim in filers]
    last = {agency: at for at, (agency, _) in enumerate(addressed)}
    for agency, at in last.items():
        addressed[at] = agency, replace(addressed[at][1], log=log)
    await edge.tell(addressed)
    return len(addressed)


def _assessed(event: ClaimAssessed) -> _Said:
    award = event.data
    due = award.outcome == "due"
    return _Said(
        status=award.outcome,
        missing=award.missing,
        reasons=tuple(reason.code for reason in award.reasons),
        amount=sum(line.amount for line in award.lines) if due else None,
    )


def _ordered(event: PaymentOrdered) -> _Said:
    order = event.data
    return _Said(status="ordered", order=order.order, payee=order.payee, amount=order.amount, on=order.due_on)


def _cancelled(event: PaymentCancelled) -> _Said:
    return _Said(status="cancelled", order=event.data.order, amount=event.data.amount)


def _paid(event: ClaimPaid) -> _Said:
    payment = event.data
    return _Said(status="paid", order=payment.order, amount=payment.amount, on=payment.paid_on)


def _returned(event: PaymentReturned) -> _Said:
    back = event.data
    return _Said(status="returned", order=back.order, amount=back.amount or None, on=back.returned_on)


def _overpaid(event: ClaimOverpaid) -> _Said:
    return _Said(status="overpaid", payee=event.data.payee, amount=event.data.amount)


def _closed(event: ClaimClosed) -> _Said:
    return _Said(status="closed", amount=event.data.paid)


_SAID: dict[type[Event], Callable[[Any], _Said]] = {
    ClaimAssessed: _assessed,
    PaymentOrdered: _ordered,
    PaymentCancelled: _cancelled,
    ClaimPaid: _paid,
    PaymentReturned: _returned,
    ClaimOverpaid: _overpaid,
    ClaimClosed: _closed,
}
