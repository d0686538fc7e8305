"""The state of a claim: its status and money, folded from its steps.

The same fold serves the live rows and a look back: the steps up to some moment give the standing at that moment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

from msgspec import Struct, field
from msgspec.structs import replace

from events import settlement
from events.content import Content
from events.envelope import KELAMBU, reference
from events.retraction import Struck
from events.values import JAKARTA
from projections.steps import Step
from projections.sums import matched

WAITING, REFERRED, DENIED, ORDERED, PAID, WITHDRAWN, RETRACTED = (
    "waiting",
    "referred",
    "denied",
    "ordered",
    "paid",
    "withdrawn",
    "retracted",
)
STATUSES = (WAITING, REFERRED, DENIED, ORDERED, PAID, WITHDRAWN, RETRACTED)


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


class OrderBalance(Struct, frozen=True):
    """An order as it stands: ``state`` one of ``ORDER_STATES``; rupiah ``paid`` that have not come back, and ``open``.

    ``open`` came back and is neither ordered again nor paid since. ``paid_on`` is the bank's date from which on the whole
    order is paid, or more, by payments that have not come back; empty while it is not.
    """

    order: OrderRecord
    state: str
    paid: int
    open: int
    paid_on: str
    returned_on: str
    held: str = ""
    """Why it may not leave: the claim is ``waiting`` or ``referred``, or it was ``returned``; empty if it may, or has left."""

    @property
    def stands(self) -> bool:
        """Whether the order still counts: neither cancelled nor wholly ordered again."""
        return not self.order.cancelled_at and self.order.amount > 0

    @property
    def released(self) -> bool:
        """Whether a standing order has left for the bank: released, or reported by the bank."""
        return self.stands and self.state != "ordered"

    @property
    def returned(self) -> int:
        """What came back and was not paid since, whether it was ordered again or not."""
        return self.open + self.order.moved

    @property
    def amount(self) -> int:
        """What stands of the order; where it was ordered again as a whole, what it was."""
        return self.order.amount or self.order.moved


ORDER_STATES = ("ordered", "released", "paid", "returned", "cancelled")


class Figures(Struct, frozen=True):
    """Status and rupiah of a claim; ``ordered``, ``released`` and ``paid`` are of the orders that stand.

    ``entitled`` is 0 unless the status is ``ordered`` or ``paid``; ``returned`` came back and was not paid since on the
    same order, whether it was ordered again or not.
    """

    status: str
    entitled: int
    ordered: int
    released: int
    paid: int
    returned: int
    overpaid: int
    paid_by_bank: int
    matched: int
    """Of what the bank paid, as ``projections.sums`` says it."""
    ordered_on: str
    """Civil date of the fact of the claim that made the first standing order due."""
    paid_on: str
    """The bank's date of the last payment, once all is paid."""


def civil(moment: str) -> str:
    """Return the date in Asia/Jakarta of an instant."""
    return dt.datetime.fromisoformat(moment).astimezone(JAKARTA).date().isoformat() if moment else ""


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


def orders(claim_state: ClaimState, struck: Struck) -> list[OrderBalance]:
    """Return how each order stands, in the order in which they were made."""
    cleared = _cleared(claim_state, struck)
    said = [statement for statement in claim_state.statements if statement.ref not in struck]
    every = [_stand(order, said, struck, cleared) for order in claim_state.orders.values()]
    return [replace(order, held=_held(order, claim_state.award.outcome)) for order in every]


def _cleared(claim_state: ClaimState, struck: Struck) -> int:
    return max((position for ref, position in claim_state.cleared if ref not in struck), default=-1)


def _settled(
    order: OrderRecord, statements: Iterable[StatementRecord], struck: Struck, cleared: int
) -> tuple[list[StatementRecord], settlement.Settlement]:
    about = [s for s in statements if s.order == order.order and s.position > order.made_at]
    told = (_told(statement, struck) for statement in about)
    return about, settlement.settle(order.amount + order.moved, told, cleared)


def _held(order: OrderBalance, outcome: str) -> str:
    if not order.stands:
        return ""
    if order.state == "ordered" and outcome in (WAITING, REFERRED):
        return outcome
    return "returned" if order.state == "returned" else ""


def _stand(
    order: OrderRecord, statements: Iterable[StatementRecord], struck: Struck, cleared: int
) -> OrderBalance:
    about, settled = _settled(order, statements, struck, cleared)
    left = order.released_at or about
    back = 0 if order.cancelled_at else settled.open(order.amount, order.moved)
    if order.cancelled_at:
        state = "cancelled"
    elif back or not order.amount:
        state = "returned"
    elif settled.paid == order.amount:
        state = "paid"
    else:
        state = "released" if left else "ordered"
    return OrderBalance(
        order=order,
        state=state,
        paid=settled.paid,
        open=back,
        paid_on=settled.covered_on(order.amount) if state in ("released", "paid") else "",
        returned_on=max((s.date for s in about if s.returned), default=""),
    )


def stray(claim_state: ClaimState, struck: Struck) -> int:
    """Return what the bank reported for the claim under numbers of orders that there were not, or not yet."""
    return sum(_strays(claim_state, struck).values())


def _strays(claim_state: ClaimState, struck: Struck) -> dict[str, int]:
    about: dict[str, list[StatementRecord]] = {}
    for said in claim_state.statements:
        order = claim_state.orders.get(said.order)
        if said.ref not in struck and (order is None or said.position <= order.made_at):
            about.setdefault(said.order, []).append(said)
    return {
        name: settlement.settle(0, (_told(one, struck) for one in said)).paid for name, said in about.items()
    }


def _told(s: StatementRecord, struck: Struck) -> settlement.BankStatement:
    since = struck.since(s.ref, s.position)
    return settlement.BankStatement(s.date, s.position, s.returned, s.amount, s.reference, since)


def discrepancies(claim_state: ClaimState, struck: Struck) -> list[settlement.Discrepancy]:
    """Return everything that the bank reported for the claim and that fits no order, or not its order."""
    said = [statement for statement in claim_state.statements if statement.ref not in struck]
    cleared = _cleared(claim_state, struck)
    found: list[settlement.Discrepancy] = []
    for order in claim_state.orders.values():
        _, settled = _settled(order, said, struck, cleared)
        stands = not order.cancelled_at and order.amount > 0
        since = order.since_on
        found += settlement.discrepancies(order.order, order.amount, since, settled, stands=stands)
    unknown = sorted(_strays(claim_state, struck).items())
    return found + [settlement.Discrepancy(name, "unknown", paid, paid) for name, paid in unknown if paid]


def figures(claim_state: ClaimState, struck: Struck) -> Figures:
    """Return the claim's status and sums.

    A claim whose award is due is ``ordered`` until the bank has paid each standing order exactly; then it is
    ``paid``.
    """
    every = orders(claim_state, struck)
    stand = [order for order in every if order.stands]
    outcome = claim_state.award.outcome
    due = outcome == "due" and not taken_back(claim_state, struck)
    settled = bool(stand) and all(order.state == "paid" for order in stand)
    status = (PAID if settled else ORDERED) if due else outcome or WAITING
    if taken_back(claim_state, struck):
        status = RETRACTED
    return Figures(
        status=status,
        entitled=sum(claim_state.award.benefits.values()) if due else 0,
        ordered=sum(order.order.amount for order in stand),
        released=sum(order.order.amount for order in stand if order.released),
        paid=sum(order.paid for order in stand),
        returned=sum(order.returned for order in every),
        overpaid=sum(claim_state.overpaid.values()),
        paid_by_bank=sum(order.paid for order in every) + stray(claim_state, struck),
        matched=sum(matched(order.order.amount, order.paid, stands=order.stands) for order in every),
        ordered_on=civil(stand[0].order.counted) if stand else "",
        paid_on=max(order.paid_on for order in stand) if status == PAID else "",
    )
