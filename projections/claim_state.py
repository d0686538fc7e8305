"""The state of a claim: all that is remembered of it, folded from its steps; ``claim_status`` says what it comes to.

The same fold serves the live rows and a look back: the steps up to some moment give the state at that moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct, field

from events import settlement
from events.content import Content
from events.envelope import KELAMBU, reference
from events.retraction import Struck
from projections.steps import Step


class FilingRecord(Struct, frozen=True, omit_defaults=True):
    """``time`` is when the claim was filed at the agency."""

    ref: str
    time: str
    cause: str
    event_date: str


class OrderRecord(Struct, omit_defaults=True):
    """A payment order. ``made_at`` is the position of the fact that made it due.

    ``counted`` is when the fact of this claim happened that made it due; empty where it was no fact of the claim.
    ``since`` is the fact from whose day ``since_on`` the days until ``due_on`` count.
    """

    order: str
    position: int
    payee: str
    amount: int
    benefits: dict[str, int]
    due_on: str
    calendar: str
    ordered_at: str
    counted: str
    since: str = ""
    since_on: str = ""
    batch: str = ""
    released_at: str = ""
    cancelled_at: str = ""
    moved: int = 0
    """What of it came back and was ordered again; ``amount`` is without it."""
    made_at: int = 0


class StatementRecord(Struct, frozen=True, omit_defaults=True):
    """What the bank said about an order; ``date`` is the bank's, ``amount`` in rupiah, 0 where a return does not say."""

    ref: str
    partition: int
    position: int
    returned: bool
    order: str
    amount: int
    date: str
    reference: str = ""


class MismatchRecord(Struct, frozen=True, omit_defaults=True):
    """A payment that did not fit its order."""

    partition: int
    position: int
    recordedtime: str
    order: str
    kind: str
    expected: int
    paid: int


class ClaimState(Struct, omit_defaults=True):
    """All that is remembered of one claim. Changed in place by ``take``."""

    claim: str
    person: str = ""
    partition: int = 0
    position: int = 0
    recordedtime: str = ""
    filing: FilingRecord | None = None
    causes: list[tuple[str, str]] = []
    """Events by which the agency that filed amended the cause, and what each says."""
    award: Content = Content()
    """What was opened, then the last assessment."""
    overpaid: dict[str, int] = {}
    orders: dict[str, OrderRecord] = {}
    statements: list[StatementRecord] = field(default_factory=list)
    mismatches: list[MismatchRecord] = field(default_factory=list)
    cleared: list[tuple[str, int]] = field(default_factory=list)
    """Reference and position of each approval of a return that does not say which payment came back."""
    fact: tuple[str, str] = ("", "")
    """Reference and time of the last event of an agency."""


def take(claim_state: ClaimState, step: Step) -> None:
    """Take the claim's next step."""
    claim_state.person = claim_state.person or step.person
    claim_state.partition, claim_state.position, claim_state.recordedtime = (
        step.partition,
        step.position,
        step.recordedtime,
    )
    taken = _TAKEN.get(step.type)
    if taken is not None:
        taken(claim_state, step)
    if not step.ref.startswith(_OWN):
        claim_state.fact = step.ref, step.time


_OWN = reference(KELAMBU, "")


def _filed(claim_state: ClaimState, step: Step) -> None:
    if claim_state.filing is None:
        claim_state.filing = FilingRecord(step.ref, step.time, step.says.cause, step.says.event_date)


def _amended(claim_state: ClaimState, step: Step) -> None:
    if step.says.cause and step.ref.partition(":")[0] == agency(claim_state):
        claim_state.causes = [*claim_state.causes, (step.ref, step.says.cause)]


def _opened(claim_state: ClaimState, step: Step) -> None:
    if not claim_state.award.outcome:
        claim_state.award = step.says


def _assessed(claim_state: ClaimState, step: Step) -> None:
    claim_state.award = step.says


def _ordered(claim_state: ClaimState, step: Step) -> None:
    says = step.says
    for replaced, part in says.replaces.items():
        if before := claim_state.orders.get(replaced):
            before.amount, before.moved = before.amount - part, before.moved + part
            if before.amount:
                before.benefits = dict(settlement.lessened(tuple(before.benefits.items()), part))
    ref, time = claim_state.fact
    claim_state.orders[says.order] = OrderRecord(
        order=says.order,
        position=step.position,
        payee=says.payee,
        amount=says.amount,
        benefits=says.benefits,
        due_on=says.date,
        calendar=says.calendar,
        ordered_at=step.recordedtime,
        counted=time if ref == step.cause else "",
        since=says.since,
        since_on=says.since_on,
        made_at=says.made_at,
    )


def _released(claim_state: ClaimState, step: Step) -> None:
    order = claim_state.orders.get(step.says.order)
    if order is not None:
        order.batch, order.released_at = step.says.batch, step.recordedtime
        order.due_on = step.says.date or order.due_on


def _cancelled(claim_state: ClaimState, step: Step) -> None:
    order = claim_state.orders.get(step.says.order)
    if order is not None:
        order.cancelled_at = step.recordedtime


def _overpaid(claim_state: ClaimState, step: Step) -> None:
    claim_state.overpaid[step.says.payee] = step.says.amount


def _stated(claim_state: ClaimState, step: Step) -> None:
    says, returned = step.says, step.type == "claim.payment-returned"
    what = returned, says.order, says.amount, says.date, says.reference
    claim_state.statements.append(StatementRecord(step.ref, step.partition, step.position, *what))


def _reviewed(claim_state: ClaimState, step: Step) -> None:
    if "approve" in step.says.codes and "return-unclear" in step.says.reasons:
        claim_state.cleared.append((step.ref, step.position))


def _mismatched(claim_state: ClaimState, step: Step) -> None:
    says, kind = step.says, step.says.codes[0].removeprefix("mismatch:")
    where = step.partition, step.position, step.recordedtime
    claim_state.mismatches.append(MismatchRecord(*where, says.order, kind, says.expected, says.amount))


_TAKEN: dict[str, Callable[[ClaimState, Step], None]] = {
    "claim.filed": _filed,
    "claim.amended": _amended,
    "claim.opened": _opened,
    "claim.assessed": _assessed,
    "claim.payment-ordered": _ordered,
    "claim.payment-released": _released,
    "claim.payment-cancelled": _cancelled,
    "claim.overpaid": _overpaid,
    "claim.reviewed": _reviewed,
    "claim.paid": _stated,
    "claim.payment-returned": _stated,
    "claim.payment-mismatched": _mismatched,
}


def claim_state_at(claim: str, steps: Iterable[Step]) -> ClaimState:
    """Fold the steps of one claim, given in order."""
    claim_state = ClaimState(claim)
    for step in steps:
        take(claim_state, step)
    return claim_state


def shown(claim_state: ClaimState, struck: Struck) -> bool:
    """Whether the claim is filed and its filing was not taken back."""
    return claim_state.filing is not None and claim_state.filing.ref not in struck


def taken_back(claim_state: ClaimState, struck: Struck) -> bool:
    """Whether the claim was filed and its filing was taken back."""
    return claim_state.filing is not None and claim_state.filing.ref in struck


def agency(claim_state: ClaimState) -> str:
    """Return the agency that filed the claim."""
    return claim_state.filing.ref.partition(":")[0] if claim_state.filing else ""


def cause(claim_state: ClaimState, struck: Struck) -> str:
    """Return the cause as filed, or as amended last by what still counts."""
    filed = claim_state.filing.cause if claim_state.filing else ""
    return next((said for ref, said in reversed(claim_state.causes) if ref not in struck), filed)
