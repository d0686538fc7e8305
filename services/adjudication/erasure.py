"""Whether a person may be erased: what their personal data are still needed for, and what is recorded of an erasure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from events.catalogue import Event
from events.operation import ErasureObstacle, PersonErased
from events.values import civil_date
from services.adjudication.state import ClaimRecord, State, orders_of
from services.benefits.history import History
from services.benefits.rulebook import Rulebook
from services.benefits.scholarship_balance import school_ledger


class OpenMatter(Struct, frozen=True):
    """What somebody still needs a person's data for; ``amount`` in rupiah where it is known."""

    code: ErasureObstacle
    claim: str = ""
    amount: int = 0


def erase(state: State, event: PersonErased, rulebook: Rulebook) -> tuple[State, list[Event]]:
    """Record that a person is erased, once, if nothing is open but what the officer knew of; else nothing is said.

    Of somebody all of whose events were discarded there are no facts, and yet personal data are kept.
    """
    on = civil_date(event.recordedtime or event.time)
    unforeseen = {one.code for one in open_matters(state, rulebook, on)}.difference(event.data.despite)
    if state.erased_at or unforeseen:
        return state, []
    return replace(state, erased_at=event.position or 0), [event]


def open_matters(state: State, rulebook: Rulebook, on: dt.date) -> tuple[OpenMatter, ...]:
    """Return what the data of a person are still needed for on a day."""
    history = History(state.facts)
    matters: list[OpenMatter] = []
    if history.periods and history.periods[-1].ended_on is None and not any(history.deaths()):
        matters.append(OpenMatter("membership"))
    if state.waiting:
        matters.append(OpenMatter("claim"))
    for number, record in state.claims.items():
        matters += _of_claim(number, record)
    for child in school_ledger(history, rulebook, orders_of(state), on):
        if not child.ended:
            matters.append(OpenMatter("scholarship", child.claim, child.future))
    return tuple(matters)


def _of_claim(number: str, record: ClaimRecord) -> Iterator[OpenMatter]:
    if record.outcome in ("waiting", "referred"):
        yield OpenMatter("objection" if "objected" in record.reasons else "claim", number)
    elif record.outcome == "due" and not record.closed:
        yield OpenMatter("payment", number, sum(order.amount for order in record.orders if order.stands))
    if owed := sum(amount for _, amount in record.overpaid):
        yield OpenMatter("overpaid", number, owed)
