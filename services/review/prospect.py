"""What a decision would bring about: the pure core decides it on the person's state, and nothing is recorded."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from events.assessment import ClaimAssessed, Line
from events.catalogue import Event
from events.claim import ClaimReviewed, Review
from events.payment import Cancellation, Order, PaymentCancelled, PaymentOrdered
from events.redaction import REDACTED
from services.adjudication.decider import advance
from services.adjudication.state import ClaimRecord, State, orders_of
from services.benefits.assess import assess
from services.benefits.award import Ordered
from services.benefits.history import History
from services.benefits.rulebook import Rulebook

Verdict: TypeAlias = Literal["approve", "deny"]


class ProspectLine(Struct, frozen=True):
    """Rupiah of one benefit to one payee: what is ordered and stands now, and what would be due."""

    benefit: str
    payee: str
    before: int
    after: int


class Prospect(Struct, frozen=True):
    """What a decision would bring about.

    ``reasons`` and ``missing`` are what would then still be in the way; ``award`` the lines that would be due.
    ``leaves`` is what could leave to the bank, ``overpaid`` what would have been paid too much, by payee.
    """

    decision: Verdict
    lifts: tuple[str, ...]
    outcome: str
    reasons: tuple[str, ...]
    missing: tuple[str, ...]
    lines: tuple[ProspectLine, ...]
    award: tuple[Line, ...]
    ordered: tuple[Order, ...]
    cancelled: tuple[Cancellation, ...]
    overpaid: tuple[tuple[str, int], ...]
    leaves: int

    @property
    def before(self) -> int:
        """What is ordered and stands now, in rupiah."""
        return sum(line.before for line in self.lines)

    @property
    def after(self) -> int:
        """What would be due, in rupiah."""
        return sum(line.after for line in self.lines)


class ComparedLine(Struct, frozen=True):
    """Rupiah of one benefit to one payee.

    What is ordered and stands now, and what each of several decisions would make due.
    """

    benefit: str
    payee: str
    before: int
    after: tuple[int, ...]


def compared(prospects: Sequence[Prospect]) -> list[ComparedLine]:
    """Return the lines of several decisions beside each other, by benefit and payee."""
    by_payee = [{(line.benefit, line.payee): line for line in one.lines} for one in prospects]
    keys = dict.fromkeys(key for lines in by_payee for key in lines)
    return [
        ComparedLine(
            *key,
            next(lines[key].before for lines in by_payee if key in lines),
            tuple(lines[key].after if key in lines else 0 for lines in by_payee),
        )
        for key in keys
    ]


class OpenReasons(Struct, frozen=True):
    """How a claim stands by all facts so far, and the reasons that an approval may name."""

    outcome: str
    reasons: tuple[str, ...]
    liftable: tuple[str, ...]


def open_reasons(state: State, number: str, rulebook: Rulebook, now: dt.datetime) -> OpenReasons | None:
    """Return why an officer has to decide on a claim.

    None where no filing of that number counts, or nobody is enrolled. Of a claim that is due it is money that came
    back; of a denied one an objection, and that an officer denied it, with the reasons for which it would be referred
    again.
    """
    if not state.enrolled:
        return None
    history = History(state.facts)
    claim = history.claims.get(number)
    if claim is None:
        return None
    award = assess(history, number, rulebook, orders_of(state))
    reasons = tuple(reason.code for reason in award.reasons)
    if award.outcome == "referred":
        return OpenReasons(award.outcome, reasons, reasons)
    if award.outcome == "denied":
        objected = ("objected",) if claim.objections else ()
        if "review-denied" not in reasons:
            return OpenReasons(award.outcome, reasons, objected)
        again = prospect(state, number, rulebook, "approve", ["review-denied"], now)
        behind = again.reasons if again.outcome == "referred" else objected
        return OpenReasons(award.outcome, reasons, tuple(dict.fromkeys(("review-denied", *behind))))
    back = any(claim.open_of(order) for order in state.claims.get(number, ClaimRecord()).orders)
    returned = ("payment-returned",) if award.outcome == "due" and back else ()
    return OpenReasons(award.outcome, returned, returned)


def prospect(
    state: State, number: str, rulebook: Rulebook, decision: Verdict, lifts: Sequence[str], now: dt.datetime
) -> Prospect:
    """Return what a decision made now would bring about for the claim, by this rulebook."""
    before = state.claims.get(number, ClaimRecord())
    after, conclusions = advance(state, _supposed(state, number, decision, lifts, now), rulebook)
    record = after.claims.get(number, before)
    award = _award(conclusions, number)
    standing = [order for order in record.orders if order.stands]
    due = record.outcome == "due"
    return Prospect(
        decision=decision,
        lifts=tuple(lifts),
        outcome=record.outcome,
        reasons=record.reasons,
        missing=record.missing,
        lines=tuple(_lines(before.orders, record.sums if due else ())),
        award=award,
        ordered=tuple(
            one.data for one in conclusions if isinstance(one, PaymentOrdered) and one.data.claim == number
        ),
        cancelled=tuple(
            one.data for one in conclusions if isinstance(one, PaymentCancelled) and one.data.claim == number
        ),
        overpaid=record.overpaid,
        leaves=sum(order.amount for order in standing if not order.released_at) if due else 0,
    )


def _supposed(
    state: State, number: str, decision: Verdict, lifts: Sequence[str], now: dt.datetime
) -> ClaimReviewed:
    """Return the review as it would be recorded behind everything that is known of the person."""
    positions = [fact.position for fact in state.facts]
    positions += [order.made_at for record in state.claims.values() for order in record.orders]
    return ClaimReviewed(
        specversion="1.0",
        id="supposed",
        source="/agencies/supposed",
        time=now,
        data=Review(number, REDACTED, decision, list(lifts), REDACTED),
        partition=0,
        position=max(positions, default=0) + 1,
        recordedtime=now,
    )


def _award(conclusions: Iterable[Event], number: str) -> tuple[Line, ...]:
    assessed = [
        event.data for event in conclusions if isinstance(event, ClaimAssessed) and event.data.claim == number
    ]
    return assessed[-1].lines if assessed else ()


def _lines(orders: Iterable[Ordered], sums: Iterable[tuple[str, str, int]]) -> Iterable[ProspectLine]:
    before, after = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for order in orders:
        if order.stands:
            for benefit, amount in order.lines:
                before[benefit, order.payee] += amount
    for benefit, payee, amount in sums:
        after[benefit, payee] += amount
    for benefit, payee in dict.fromkeys((*before, *after)):
        yield ProspectLine(benefit, payee, before[benefit, payee], after[benefit, payee])
