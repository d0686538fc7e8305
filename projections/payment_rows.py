"""The rows about payments.

Orders, those that wait, what the bank said of them, and how a claim's state becomes them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import asdict

from events.retraction import Struck
from projections.claim_state import ClaimState
from projections.claim_status import OrderBalance, undone


class OrderRow(Struct, frozen=True):
    """A payment order. Rupiah; dates civil in Asia/Jakarta, instants in UTC, empty where it has not come to it.

    ``amount`` is what stands of it without ``moved``, which came back and was ordered again; where all of it was, what
    it was. ``state`` is ``ordered``, ``released``, ``paid`` (in full), ``returned`` or ``cancelled``; ``stands`` is 0
    for one that was cancelled, or wholly ordered again. ``paid`` has not come back, and may be less than ``amount``.
    ``since`` is the fact from whose day ``since_on`` the days until ``due_on`` count. ``held`` says why it may not
    leave: ``waiting`` or ``referred`` as its claim is, ``returned`` until somebody says where the money should go;
    else empty. ``paid_on`` is from when on the bank has paid all of it, or more; money that came back is not counted.
    ``first_due_on`` is of one that orders again what came back or could not be transferred: the day until which that
    was first due.
    """

    order: str
    claim: str
    payee: str
    amount: int
    moved: int
    benefits: dict[str, int]
    state: str
    stands: int
    due_on: str
    first_due_on: str
    since: str
    since_on: str
    held: str
    calendar: str
    ordered_at: str
    batch: str
    released_at: str
    paid: int
    paid_on: str
    returned: int
    """What came back and was not paid since, whether it was ordered again or not."""
    returned_on: str
    cancelled_at: str
    approved_by: str
    refused_by: str
    decided_at: str
    """Token of the person with whose approval it may leave or has left, or who does not let it; and when that was
    recorded."""


class WaitingRow(Struct, frozen=True):
    """An order that has not left and may, as far as its claim goes; ``approved`` is 1 where somebody lets it leave.

    ``position`` is that of the claim's last event.
    """

    due_on: str
    order: str
    claim: str
    partition: int
    position: int
    amount: int
    approved: int


class WaitingTotal(Struct, frozen=True):
    """How many orders of a partition wait, or are ``approved``: their rupiah, and the positions of their claims added up."""

    partition: int
    approved: int
    orders: int
    amount: int
    positions: int


class StatementRow(Struct, frozen=True):
    """What the bank said: ``kind`` is ``paid``, ``returned`` or ``failed``; ``retracted`` 1 when it was taken back.

    A transfer has ``failed`` where a return stands and nothing stood as paid that could come back. ``amount`` is 0
    where a return does not say how much came back; ``undone`` is what of earlier payments a return took back, else 0.
    ``reference`` is the token of the bank's reference.
    """

    claim: str
    partition: int
    position: int
    order: str
    ref: str
    kind: str
    amount: int
    undone: int
    date: str
    retracted: int
    reference: str


class ReferenceRow(Struct, frozen=True):
    """How many orders the bank reports payments of that stand under one of its references, given by its token."""

    reference: str
    orders: int


class MismatchRow(Struct, frozen=True):
    """A payment that does not fit its order; ``kind`` as in ``events.payment.Mismatch``."""

    claim: str
    partition: int
    position: int
    recordedtime: str
    order: str
    kind: str
    expected: int
    paid: int


def order_rows(claim_state: ClaimState, balances: Iterable[OrderBalance]) -> list[OrderRow]:
    return [
        OrderRow(
            order=stand.order.order,
            claim=claim_state.claim,
            payee=stand.order.payee,
            amount=stand.amount,
            moved=stand.order.moved,
            benefits=dict(sorted(stand.order.benefits.items())),
            state=stand.state,
            stands=int(stand.stands),
            due_on=stand.order.due_on,
            first_due_on=stand.order.first_due_on,
            since=stand.order.since,
            since_on=stand.order.since_on,
            held=stand.held,
            calendar=stand.order.calendar,
            ordered_at=stand.order.ordered_at,
            batch=stand.order.batch,
            released_at=stand.order.released_at,
            paid=stand.paid,
            paid_on=stand.paid_on,
            returned=stand.returned,
            returned_on=stand.returned_on,
            cancelled_at=stand.order.cancelled_at,
            approved_by=stand.order.approved_by,
            refused_by=stand.order.refused_by,
            decided_at=stand.order.decided_at,
        )
        for stand in balances
    ]


def waiting_rows(claim_state: ClaimState, orders: Iterable[OrderRow]) -> list[WaitingRow]:
    return [
        WaitingRow(
            due_on=order.due_on,
            order=order.order,
            claim=order.claim,
            partition=claim_state.partition,
            position=claim_state.position,
            amount=order.amount,
            approved=int(order.approved_by != ""),
        )
        for order in orders
        if order.batch == "" and order.state == "ordered" and order.stands and not order.held
    ]


def moved_totals(before: Iterable[WaitingRow], after: Iterable[WaitingRow]) -> list[WaitingTotal]:
    """Return what is to be added to the totals where some orders wait no longer and others from now on."""
    moved: dict[tuple[int, int], list[int]] = {}
    for sign, rows in ((-1, before), (1, after)):
        for one in rows:
            sums = moved.setdefault((one.partition, one.approved), [0, 0, 0])
            for at, number in enumerate((1, one.amount, one.position)):
                sums[at] += sign * number
    return [WaitingTotal(*which, *sums) for which, sums in moved.items() if any(sums)]


def statement_rows(claim_state: ClaimState, struck: Struck) -> list[StatementRow]:
    back = (
        undone(claim_state, struck) if any(statement.returned for statement in claim_state.statements) else {}
    )
    return [
        StatementRow(
            claim=claim_state.claim,
            partition=statement.partition,
            position=statement.position,
            order=statement.order,
            ref=statement.ref,
            kind=_kind(statement.returned, back.get(statement.position, 0), statement.ref in struck),
            amount=statement.amount,
            undone=back.get(statement.position, 0),
            date=statement.date,
            retracted=int(statement.ref in struck),
            reference=statement.reference,
        )
        for statement in claim_state.statements
    ]


def _kind(returned: bool, undone: int, retracted: bool) -> str:
    if not returned:
        return "paid"
    return "returned" if undone or retracted else "failed"


def moved_references(before: Iterable[StatementRow], after: Iterable[StatementRow]) -> list[ReferenceRow]:
    """Return what is to be added to the orders of each reference where the bank had said this of a claim, and now says that."""
    moved: Counter[str] = Counter()
    for sign, statements in ((-1, before), (1, after)):
        paid = (one for one in statements if one.kind == "paid" and not one.retracted and one.reference)
        for reference, *_ in {(one.reference, one.claim, one.order) for one in paid}:
            moved[reference] += sign
    return [ReferenceRow(reference, orders) for reference, orders in moved.items() if orders]


def mismatch_rows(claim_state: ClaimState) -> list[MismatchRow]:
    return [MismatchRow(claim=claim_state.claim, **asdict(one)) for one in claim_state.mismatches]
