"""Who kept a claim waiting: its days from filing to completeness, to its order, to its payment.

And what an officer has to do now.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple, TypeAlias, get_args

from msgspec import Struct

from events.retraction import Struck
from projections.claim_records import ObjectionRecord
from projections.claim_state import ClaimState, taken_back
from projections.claim_status import OrderBalance
from projections.claim_steps import civil, days_from
from projections.columns import table

Task: TypeAlias = Literal["decide", "answer", "redirect", "collect"]
"""What an officer has to do about a claim: decide what is referred; answer an objection; say where money that came back
should go; ask an office for what it has to bring."""
TASKS: tuple[Task, ...] = get_args(Task)
LONG_DAYS: dict[Task, int] = {"decide": 7, "answer": 14, "redirect": 7, "collect": 30}
"""After how many civil days a task has waited long. No law sets a term: those of PP 44/2015 begin once a claim is
due."""


class Pending(NamedTuple):
    """What an officer has to do about a claim, since which day, and the event since which it is so.

    Position and reference.
    """

    task: Task
    since: str
    event: tuple[int, str]

    @property
    def long_after(self) -> str:
        """The day after which it has waited long."""
        days = dt.timedelta(days=LONG_DAYS[self.task])
        return (dt.date.fromisoformat(self.since) + days).isoformat()


class PhasesRow(Struct, frozen=True):
    """The phases of one claim; civil dates, empty where it has not come to it, and whole days.

    ``complete_on`` is the day of the act after which nothing was missing for the first time, ``ordered_on`` the day on
    which the first order was recorded; days from an act of these two until it was recorded are ``recording_days``.
    ``paid_on`` is the bank's day from which the orders of that day were paid, or the next order where none of them
    stands any more. ``turn`` is who had to bring what was missing from ``since`` on: ``family``, ``office``, ``both``;
    ``complete``, or ``ended`` without ever having been so. The days of each are up to ``since``. ``task`` is what an
    officer has to do now, empty where nothing; ``task_since`` the day on which it was recorded that it is to be done,
    of money that came back the bank's.
    """

    claim: str
    filed_on: str
    turn: str
    since: str
    family_days: int
    office_days: int
    both_days: int
    complete_on: str
    recording_days: int
    """In which the act that made it complete, or the one that made the order due, was sent and not yet recorded."""
    ordered_on: str
    order_days: int
    """From completeness to the order, without those."""
    paid_on: str
    payment_days: int
    """From the order to its payment."""
    task: str
    task_since: str


class ActedRow(Struct, frozen=True):
    """How many days of a phase of a claim that became complete ended with an awaited act of an agency.

    A finding, decision, payment. ``phase`` is ``family``, ``office`` or ``both``, for whom the claim waited meanwhile,
    ``recording``, ``ordering`` or ``payment``. ``agency`` is empty where no agency was waited for: papers of the
    family ended them, or what was sent was not yet recorded. The days of all agencies are those of the claim's
    ``PhasesRow``. They began on ``since`` and ended on ``until``: of several stretches the first began and the last
    ended then.
    """

    agency: str
    days: int
    claim: str
    phase: str
    since: str
    until: str


PHASES = table("payments_phases", PhasesRow, key=("claim",))
ACTED = table("payments_acted", ActedRow, key=("agency", "days", "claim", "phase"), index=("claim", "phase"))
"""Tables of ``projections.payments``, which knows the state of each claim."""


def phases(claim_state: ClaimState, struck: Struck, orders: Sequence[OrderBalance]) -> PhasesRow | None:
    """Return the phases of a claim, of which ``orders`` are the balances of its orders.

    None while nobody has filed it.
    """
    if claim_state.filing is None or not claim_state.waits:
        return None
    complete_on = _complete_on(claim_state)
    since, turn, _ = claim_state.waits[-1]
    ordered_on = civil(orders[0].order.ordered_at) if orders and complete_on else ""
    paid_on = _paid_on(ordered_on, orders) if ordered_on else ""
    days = Counter[str]()
    for phase, _, first, last in _stretches(claim_state, orders):
        days[phase] += _between(first, last)
    pending = task_of(claim_state, struck, orders)
    return PhasesRow(
        claim=claim_state.claim,
        filed_on=civil(claim_state.filing.time),
        turn=turn,
        since=complete_on or since,
        family_days=days["family"],
        office_days=days["office"],
        both_days=days["both"],
        complete_on=complete_on,
        recording_days=days["recording"],
        ordered_on=ordered_on,
        order_days=days["ordering"],
        paid_on=paid_on,
        payment_days=_between(ordered_on, paid_on) if paid_on else 0,
        task=pending.task if pending else "",
        task_since=pending.since if pending else "",
    )


def acted(claim_state: ClaimState, struck: Struck, orders: Sequence[OrderBalance]) -> Iterator[ActedRow]:
    """Yield whose acts ended the days of a claim that became complete and was not taken back."""
    row = phases(claim_state, struck, orders)
    if row is None or not row.complete_on or taken_back(claim_state, struck):
        return
    stretches = list(_stretches(claim_state, orders))
    if row.paid_on:
        by = _paid_by(claim_state, struck, row.paid_on)
        stretches.append(("payment", by, row.ordered_on, row.paid_on))
    rows_by_act: dict[tuple[str, str], ActedRow] = {}
    for phase, agency, first, last in stretches:
        if phase == "ended" or not (agency or _between(first, last)):
            continue
        before = rows_by_act.get((phase, agency))
        rows_by_act[phase, agency] = ActedRow(
            agency=agency,
            days=_between(first, last) + (before.days if before else 0),
            claim=claim_state.claim,
            phase=phase,
            since=min(first, before.since) if before else first,
            until=max(last, before.until) if before else last,
        )
    yield from rows_by_act.values()


def _complete_on(claim_state: ClaimState) -> str:
    """Return the day of the act after which nothing was missing for the first time.

    Empty where it has not come to that.
    """
    return next((day for day, turn, _ in claim_state.waits if turn == "complete"), "")


def _stretches(
    claim_state: ClaimState, orders: Sequence[OrderBalance]
) -> Iterator[tuple[str, str, str, str]]:
    """Yield phases up to the first order from which day to which, and the agency whose awaited act ended them, if one did.

    From completeness on a day is one of recording until the act is recorded that made it so, and again from the act
    that made the order due until it is ordered; between them something else was awaited.
    """
    recorded_on = claim_state.complete_recorded_on
    for (first, turn, _), (last, _, agency) in pairwise(claim_state.waits):
        if turn != "complete":
            yield turn, agency, first, last
        elif orders:
            yield "ordering", agency, max(first, recorded_on), last
    if not recorded_on:
        return
    yield "recording", "", _complete_on(claim_state), recorded_on
    if orders:
        order, decided_on = orders[0].order, max(claim_state.waits[-1][0], recorded_on)
        ordered_on = civil(order.ordered_at)
        sent_on = max(decided_on, civil(order.counted) or ordered_on)
        yield "ordering", "", decided_on, sent_on
        yield "recording", "", sent_on, ordered_on


def _paid_by(claim_state: ClaimState, struck: Struck, day: str) -> str:
    statements = (one for one in claim_state.statements if not one.returned and one.ref not in struck)
    return next((one.ref.partition(":")[0] for one in statements if one.date == day), "")


def task_of(claim_state: ClaimState, struck: Struck, orders: Sequence[OrderBalance]) -> Pending | None:
    """Return what an officer has to do about a claim that was filed; None where that is nothing."""
    outcome, (stage, since) = claim_state.award.outcome, claim_state.stage
    if claim_state.filing is None or not claim_state.waits or taken_back(claim_state, struck):
        return None
    if objection := _objection(claim_state, struck):
        return Pending("answer", objection.day, (objection.position, objection.ref))
    if outcome == "referred":
        return Pending("decide", since, claim_state.stage_by)
    if stage in ("office", "both"):
        return Pending("collect", since, claim_state.stage_by)
    back = {order.order.order: order.returned_on for order in orders if order.held == "returned"}
    if outcome != "due" or not back:
        return None
    order, day = min(back.items(), key=lambda one: (one[1], one[0]))
    returns = [
        statement for statement in claim_state.statements if statement.order == order and statement.returned
    ]
    event = max(
        ((statement.position, statement.ref) for statement in returns if statement.ref not in struck),
        default=(0, ""),
    )
    return Pending("redirect", day, event)


def _objection(claim_state: ClaimState, struck: Struck) -> ObjectionRecord | None:
    """Return the first objection to a decision that no officer has answered; None where there is none.

    To a denial every later review is an answer; where the claim is referred only an approval that names the objection.
    """
    award = claim_state.award
    denied = award.outcome == "denied"
    if not (denied or (award.outcome == "referred" and "objected" in award.reasons)):
        return None
    answered = max(
        (one.position for one in claim_state.answers if one.ref not in struck and (denied or one.lifts)),
        default=-1,
    )
    unanswered = (
        one
        for one in claim_state.objections
        if one.ref not in struck and struck.since(one.ref, one.position) > answered
    )
    return next(unanswered, None)


def _paid_on(ordered_on: str, orders: Sequence[OrderBalance]) -> str:
    stand = [order for order in orders if order.stands]
    first = [order for order in stand if civil(order.order.ordered_at) == ordered_on] or stand[:1]
    return max((order.paid_on for order in first), default="") if all(o.paid_on for o in first) else ""


def _between(first: str, last: str) -> int:
    """Return the days between two civil dates, none where the later one is earlier by its own date."""
    return max(0, days_from(first, last))
