"""The decider: one event on one person's state gives the next state and everything that is to be recorded.

Pure: no clock, no randomness, no I/O. The live worker, the offline replay and the auditor's recalculation call the
same ``advance``.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import TypeGuard

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from events.assessment import (
    Assessing,
    ClaimAssessed,
    ClaimClosed,
    ClaimDenied,
    ClaimOpened,
    ClaimReferred,
    Closing,
    Denial,
    Opening,
    Receipt,
    Referral,
)
from events.bank import Paid, Returned
from events.catalogue import (
    AgencyEvent,
    AnyFact,
    Event,
    Operation,
    OrderProposal,
    OwnEvent,
    ParticipantEvent,
    fact_of,
)
from events.claim import Filed, Reviewed
from events.envelope import KELAMBU, reference
from events.operation import PersonErased
from events.participant import Enrolled
from events.payment import (
    ClaimOverpaid,
    Mismatch,
    Overpayment,
    PaymentCancelled,
    PaymentMismatched,
    PaymentOrdered,
)
from events.retraction import Retracted
from services.adjudication.erasure import erase
from services.adjudication.orders import difference, nothing_due, unfounded
from services.adjudication.release_rules import lapsed, propose
from services.adjudication.state import (
    ClaimRecord,
    State,
    decode_state,
    encode_state,
    initial,
    orders_of,
    with_record,
)
from services.benefits.assess import assess
from services.benefits.award import Award
from services.benefits.citation import Citation
from services.benefits.claim import Claim
from services.benefits.history import History, effective, struck_in
from services.benefits.rulebook import Rulebook

__all__ = [
    "State",
    "advance",
    "decode_state",
    "encode_state",
    "initial",
    "only_adds",
    "paid_in_full",
    "status",
]


def advance(state: State, event: Event, rulebook: Rulebook) -> tuple[State, list[Event]]:
    """Decide one event; returns the next state and the events to append, the given one first.

    ``event`` carries the position it will have; what Kelambu says takes the positions that follow. A proposal about an
    order that does not stand, or whose claim is not due, appends nothing, nor does an erasure that something hinders.
    """
    if only_adds(event, state):
        return state.with_fact(_fact(event), enrolled=True), [event]
    if isinstance(event, OrderProposal):
        return propose(state, event, rulebook)
    if isinstance(event, AgencyEvent):
        return _Deciding(state, event, rulebook).decide()
    if isinstance(event, PersonErased):
        return erase(state, event, rulebook)
    if isinstance(event, Operation):
        return state, [event]
    raise TypeError(f"{type(event).__name__} is said by the decider, not decided by it")


def only_adds(event: Event, state: State) -> TypeGuard[ParticipantEvent]:
    """Whether the membership of a person who is known goes on, and there is no claim: no earlier fact is looked at."""
    return state.enrolled and not (state.claims or state.waiting) and isinstance(event, ParticipantEvent)


def status(record: ClaimRecord, claim: Claim) -> str:
    """Return the claim's status: waiting, referred, denied, withdrawn, retracted, ordered or paid."""
    if record.outcome != "due":
        return record.outcome
    return "paid" if paid_in_full(record, claim) else "ordered"


def paid_in_full(record: ClaimRecord, claim: Claim) -> bool:
    """Whether there are orders and each that stands was paid exactly, by its ``claim.paid`` events."""
    standing = [order for order in record.orders if order.stands]
    return bool(standing) and all(claim.paid_on(o) == o.amount for o in standing)


class _Deciding:
    """One agency event while it is decided."""

    def __init__(self, state: State, event: AgencyEvent, rulebook: Rulebook) -> None:
        self.state, self.event, self.rulebook = state, event, rulebook
        self.appended: list[Event] = [event]

    def decide(self) -> tuple[State, list[Event]]:
        """Take the fact up; the first enrolment takes up what waited for it, in the order of arrival."""
        state = self.state
        fact = _fact(self.event)
        if isinstance(fact, Retracted) or (isinstance(fact, Enrolled) and not state.enrolled):
            self.state = state.with_fact(fact, enrolled=_enrolled((*state.facts, fact)))
        elif state.enrolled:
            self.state = state.with_fact(fact, enrolled=True)
        else:
            self.state = replace(state, waiting=(*state.waiting, fact))
        if not (state.claims or state.waiting or self.state.waiting or isinstance(fact, Filed)):
            return self.state, self.appended
        self._weigh(fact)
        while self.state.waiting and self.state.enrolled:
            waiting_fact, *others = self.state.waiting
            self.state = replace(self.state.with_fact(waiting_fact, enrolled=True), waiting=tuple(others))
            self._weigh(waiting_fact)
        return self.state, self.appended

    def _weigh(self, fact: AnyFact) -> None:
        """Judge every claim of the person anew after one more fact."""
        state = self.state
        facts = state.facts if state.enrolled else (*state.facts, *state.waiting)
        history = History(facts)
        if isinstance(fact, Paid | Returned):
            self._leave(fact)
        for number, claim in history.claims.items():
            record = self.state.claims.get(number, ClaimRecord())
            orders = orders_of(self.state)
            award = assess(history, number, self.rulebook, orders)
            citation = Citation(history, number, self.rulebook, orders, award)
            record = self._conclude(record, award, claim, history, fact, citation)
            self.state = with_record(self.state, number, record)
        for claim in history.retracted.values():
            self._void(claim, fact)
        self._settle_counted(history)

    def _settle_counted(self, history: History) -> None:
        """Say anew what is overpaid in claims of which another one now takes other sums as ordered."""
        for number, record in self.state.claims.items():
            claim = history.retracted.get(number) or history.claims.get(number)
            if claim is None or record.outcome not in ("withdrawn", "denied", "retracted"):
                continue
            overpaid = self._less_counted(number, nothing_due(record.orders, claim).overpaid)
            self._say_overpaid(number, record, overpaid)
            self.state = with_record(self.state, number, replace(record, overpaid=overpaid))

    def _less_counted(
        self, number: str, overpaid: tuple[tuple[str, int], ...]
    ) -> tuple[tuple[str, int], ...]:
        """Return what is overpaid in a claim without what another one takes as ordered."""
        counted_sums: dict[str, int] = {}
        for record in self.state.claims.values():
            for claim, payee, amount in record.counted:
                if claim == number:
                    counted_sums[payee] = counted_sums.get(payee, 0) + amount
        return tuple(
            (payee, remaining)
            for payee, much in overpaid
            if (remaining := much - counted_sums.get(payee, 0)) > 0
        )

    def _leave(self, event: Paid | Returned) -> None:
        """An order that was paid, or that the bank refused, has left, whether or not its release was seen."""
        record = self.state.claims.get(event.claim, ClaimRecord())
        orders = tuple(
            replace(order, released_at=event.position)
            if order.order == event.order
            and order.made_at < event.position
            and order.stands
            and not order.released_at
            else order
            for order in record.orders
        )
        if orders != record.orders:
            self.state = with_record(self.state, event.claim, replace(record, orders=orders))

    def _void(self, claim: Claim, fact: AnyFact) -> None:
        """A claim whose filing was retracted: nothing is due, and it is judged afresh if the filing returns."""
        record = self.state.claims.get(claim.number, ClaimRecord())
        change = nothing_due(record.orders, claim)
        for cancellation in change.cancelled:
            self._say(PaymentCancelled, cancellation)
        overpaid = self._less_counted(claim.number, change.overpaid)
        self._say_overpaid(claim.number, record, overpaid)
        record = ClaimRecord(
            version=record.version,
            outcome="retracted",
            programme=record.programme,
            orders=change.orders,
            overpaid=overpaid,
            excess=change.overpaid,
        )
        if isinstance(fact, Paid | Returned) and fact.claim == claim.number:
            self._match(record, claim, fact)
        self.state = with_record(self.state, claim.number, record)

    def _conclude(
        self,
        record: ClaimRecord,
        award: Award,
        claim: Claim,
        history: History,
        fact: AnyFact,
        citation: Citation,
    ) -> ClaimRecord:
        """Say what a new award changes, and return the record after it."""
        if (digest := award.digest) != record.digest:
            record = self._assessed(record, citation, claim, digest)
        change = difference(record.orders, award, claim, fact, self.rulebook, citation)
        for cancellation in change.cancelled:
            self._say(PaymentCancelled, cancellation)
        for order in change.ordered:
            self._say(PaymentOrdered, order)
        orders = change.orders
        if award.outcome != "due" or (isinstance(fact, Reviewed) and fact.claim == claim.number):
            orders = lapsed(orders)
        excess = overpaid = change.overpaid
        if award.outcome in ("waiting", "referred"):
            excess = record.excess
            unmet = unfounded(record.orders, award, claim, history)
            overpaid = tuple((Counter(dict(excess)) | Counter(unmet)).items())
        else:
            record = replace(record, counted=change.counted)
        overpaid = self._less_counted(claim.number, overpaid)
        self._say_overpaid(claim.number, record, overpaid)
        record = replace(record, orders=orders, overpaid=overpaid, excess=excess)
        if isinstance(fact, Paid | Returned) and fact.claim == claim.number:
            self._match(record, claim, fact)
        closed = award.outcome == "due" and paid_in_full(record, claim)
        if closed and not record.closed:
            paid = sum(claim.paid_on(o) for o in record.orders if o.stands)
            self._say(ClaimClosed, Closing(claim.number, paid))
        return replace(record, closed=closed)

    def _assessed(self, record: ClaimRecord, citation: Citation, claim: Claim, digest: bytes) -> ClaimRecord:
        award, number = citation.award, claim.number
        programme = award.programme
        if not record.version:
            missing = award.missing
            self._say(ClaimOpened, Opening(number, programme, award.event_date, award.laws, missing))
        sums = tuple((line.benefit, line.payee, line.amount) for line in award.lines)
        codes = tuple(reason.code for reason in award.reasons)
        after = ClaimRecord(
            version=record.version + 1,
            digest=digest,
            outcome=award.outcome,
            programme=programme,
            missing=award.missing,
            reasons=codes,
            sums=sums,
            orders=record.orders,
            overpaid=record.overpaid,
            closed=record.closed,
            counted=record.counted,
            excess=record.excess,
        )
        assessing = Assessing(
            claim=number,
            version=after.version,
            outcome=award.outcome,
            programme=programme,
            event_date=award.event_date,
            laws=award.laws,
            lines=award.lines,
            missing=award.missing,
            reasons=award.reasons,
            counted=award.counted,
            changed=tuple(_changes(record, after)) if record.version else (),
            basis=award.basis,
            receipt=Receipt(
                self.rulebook.hash,
                hashlib.sha256(msgspec.msgpack.encode(citation.facts)).hexdigest(),
                hashlib.sha256(msgspec.json.encode(award.lines)).hexdigest(),
            ),
        )
        self._say(ClaimAssessed, assessing)
        if award.outcome == "referred":
            self._say(ClaimReferred, Referral(number, after.version, award.reasons))
        elif award.outcome == "denied":
            self._say(ClaimDenied, Denial(number, after.version, award.reasons))
        return after

    def _match(self, record: ClaimRecord, claim: Claim, fact: Paid | Returned) -> None:
        """Hold a payment or a return against its order; what does not fit is a finding and holds nothing back."""
        known = (o for o in record.orders if o.order == fact.order and o.made_at < fact.position)
        order = next(known, None)
        if order is None:
            self._mismatch(fact, "unknown", 0, fact.amount)
            return
        settled = claim.settlement(order)
        if isinstance(fact, Returned):
            if beyond := settled.unmatched.get(fact.position):
                self._mismatch(fact, "not-paid", beyond.stood, beyond.returned)
            return
        if fact.paid_on < order.day:
            self._mismatch(fact, "before-order", order.amount + order.moved, fact.amount)
        if not order.stands:
            if settled.paid:
                self._mismatch(fact, "cancelled", 0, fact.amount)
        elif settled.paid > order.amount:
            self._mismatch(fact, "more", order.amount, settled.paid)
        elif settled.paid + claim.open_of(order) < order.amount:
            self._mismatch(fact, "less", order.amount, settled.paid)

    def _mismatch(self, fact: Paid | Returned, kind: str, expected: int, paid: int) -> None:
        self._say(PaymentMismatched, Mismatch(fact.claim, fact.order, kind, expected, paid))

    def _say_overpaid(self, number: str, record: ClaimRecord, overpaid: tuple[tuple[str, int], ...]) -> None:
        before, after = dict(record.overpaid), dict(overpaid)
        for payee in dict.fromkeys((*after, *before)):
            if before.get(payee, 0) != after.get(payee, 0):
                self._say(ClaimOverpaid, Overpayment(number, payee, after.get(payee, 0)))

    def _say(self, kind: type[OwnEvent], data: object) -> None:
        cause = self.event
        recorded = cause.recordedtime or cause.time
        partition = cause.partition or 0
        position = (cause.position or 0) + len(self.appended)
        subject = getattr(data, "claim", UNSET)
        self.appended.append(
            kind(
                specversion="1.0",
                id=f"p{partition:02d}-{position}",
                source=KELAMBU,
                time=recorded,
                data=data,  # type: ignore[arg-type]
                subject=subject,
                person=cause.person,
                partition=cause.partition,
                position=position,
                recordedtime=cause.recordedtime,
                causationid=reference(cause.source, cause.id),
            )
        )


def _fact(event: AgencyEvent) -> AnyFact:
    if event.position is UNSET:
        raise ValueError("an event is decided at a position")
    return fact_of(event, event.position)


def _enrolled(facts: tuple[AnyFact, ...]) -> bool:
    """Whether the person is known: some enrolment counts."""
    if facts and isinstance(facts[0], Enrolled) and Retracted not in map(type, facts):
        return True
    return any(isinstance(fact, Enrolled) for fact in effective(facts, struck_in(facts)))


def _changes(before: ClaimRecord, after: ClaimRecord) -> Iterator[str]:
    """Name what differs between two assessments, in the order of the award."""
    for name in ("outcome", "programme"):
        if getattr(before, name) != getattr(after, name):
            yield f"{name}: {getattr(before, name)} → {getattr(after, name)}"
    for name in ("missing", "reasons"):
        was, now = getattr(before, name), getattr(after, name)
        yield from (f"{name} − {item}" for item in was if item not in now)
        yield from (f"{name} + {item}" for item in now if item not in was)
    old, new = _totals(before), _totals(after)
    for key in dict.fromkeys((*old, *new)):
        if old.get(key, 0) != new.get(key, 0):
            yield f"{key[0]} {key[1]}: {old.get(key, 0)} → {new.get(key, 0)}"


def _totals(record: ClaimRecord) -> dict[tuple[str, str], int]:
    totals: dict[tuple[str, str], int] = {}
    for benefit, payee, amount in record.sums:
        totals[benefit, payee] = totals.get((benefit, payee), 0) + amount
    return totals
