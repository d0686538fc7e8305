"""Exceptions: money without, beyond or beside an order, orders that stay, what was paid too early.

Each exception is a row of its own, worked out from the state of one claim, and gone once it no longer is one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Literal, TypeAlias, get_args

from msgspec import Struct

from events.retraction import Struck
from projections.claim_records import AccountsRecord, OrderRecord
from projections.claim_state import ClaimState
from projections.claim_status import REFERRED, WAITING, OrderBalance, discrepancies
from projections.columns import table
from projections.phases import task_of

Kind: TypeAlias = Literal[
    "paid-without-order",
    "paid-beyond-order",
    "paid-twice",
    "paid-twice-returned",
    "paid-otherwise",
    "paid-before-order",
    "paid-undecided",
    "returned-unpaid",
    "returned-open",
    "other-account",
    "released-undecided",
    "unpaid",
    "held",
    "overpaid",
    "without-hash",
    "waits-long",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""Every kind that follows from the ledger, in the order in which they are listed."""

_KIND_OF: dict[str, Kind] = {
    "unknown": "paid-without-order",
    "cancelled": "paid-without-order",
    "more": "paid-beyond-order",
    "before-order": "paid-before-order",
    "not-paid": "returned-unpaid",
}


class ExceptionRow(Struct, frozen=True):
    """One exception of a claim. ``subject`` is the order, the payee of an overpayment, or empty for the whole claim.

    ``amount`` is the rupiah that it is about, never counted twice within a kind; ``ordered`` and ``paid`` are of the
    order. ``after`` is the day after which it is one, empty where it is one on any day. ``details`` are codes that say
    more. ``events`` are position and reference of what it rests on, in ``partition``.
    """

    claim: str
    kind: str
    subject: str
    partition: int
    amount: int
    ordered: int
    paid: int
    after: str
    details: tuple[str, ...]
    events: tuple[tuple[int, str], ...]


EXCEPTION = table("payments_exception", ExceptionRow, key=("claim", "kind", "subject"), index=("kind",))
"""A table of ``projections.payments``, which knows the state of each claim."""


def exceptions(
    claim_state: ClaimState, struck: Struck, orders: Sequence[OrderBalance]
) -> Iterator[ExceptionRow]:
    """Yield the exceptions of a claim; ``orders`` are the balances of its orders."""
    claim = _StatedClaim(claim_state, struck)
    yield from _amiss(claim, orders)
    for order in orders:
        yield from _of_order(claim, order)
    for payee, amount in claim_state.overpaid.items():
        if amount:
            by = claim_state.overpaid_by[payee]
            yield claim.row("overpaid", payee, amount, events=(by,))
    yield from _without_hash(claim, orders)
    if pending := task_of(claim_state, struck, orders):
        redirect = pending.task == "redirect"
        amount = sum(order.open if redirect else order.paid for order in orders)
        long_after, event = pending.long_after, pending.event
        yield claim.row("waits-long", "", amount, after=long_after, details=(pending.task,), events=(event,))


class _StatedClaim:
    """A claim's state, and how a row about it is made."""

    def __init__(self, claim_state: ClaimState, struck: Struck) -> None:
        self.state, self.struck = claim_state, struck
        self.statements = [statement for statement in claim_state.statements if statement.ref not in struck]

    def about(self, order: str) -> tuple[tuple[int, str], ...]:
        """Return the events about an order: it, its release, what the bank said."""
        order_record = self.state.orders.get(order)
        places = [
            (statement.position, statement.ref) for statement in self.statements if statement.order == order
        ]
        if order_record is not None:
            places += [(order_record.position, order_record.ref)] + (
                [order_record.release] if order_record.release[0] else []
            )
        return tuple(sorted(places))

    def row(
        self,
        kind: Kind,
        subject: str,
        amount: int,
        order: OrderBalance | None = None,
        *,
        after: str = "",
        details: Collection[str] = (),
        events: Collection[tuple[int, str]] = (),
    ) -> ExceptionRow:
        return ExceptionRow(
            claim=self.state.claim,
            kind=kind,
            subject=subject,
            partition=self.state.partition,
            amount=amount,
            ordered=order.amount if order else 0,
            paid=order.paid if order else 0,
            after=after,
            details=tuple(details),
            events=tuple(sorted(events)) or self.about(subject),
        )


def _amiss(claim: _StatedClaim, orders: Sequence[OrderBalance]) -> Iterator[ExceptionRow]:
    """Yield what the bank reported and what fits no order, or not its order: one row for each kind and order."""
    if not claim.statements:
        return
    by_number = {order.order.order: order for order in orders}
    amounts: dict[tuple[Kind, str], int] = {}
    for discrepancy in discrepancies(claim.state, claim.struck):
        order = by_number.get(discrepancy.order)
        kind = _KIND_OF[discrepancy.kind]
        if kind == "paid-beyond-order" and order is not None and order.payments > 1:
            kind = "paid-twice"
        amounts[kind, discrepancy.order] = amounts.get((kind, discrepancy.order), 0) + discrepancy.amount
    for (kind, number), amount in amounts.items():
        yield claim.row(kind, number, amount, by_number.get(number))


def _of_order(claim: _StatedClaim, balance: OrderBalance) -> Iterator[ExceptionRow]:
    order = balance.order
    number, lacking = order.order, balance.amount - balance.paid
    if balance.stands and balance.paid and lacking > balance.open:
        yield claim.row("paid-otherwise", number, lacking - balance.open, balance)
    if balance.surplus_back:
        yield claim.row("paid-twice-returned", number, balance.surplus_back, balance)
    undecided = [statement for statement in claim.statements if statement.order == number and statement.stood]
    if undecided and balance.paid:
        amount = min(sum(statement.amount for statement in undecided), balance.paid)
        states = sorted({statement.stood for statement in undecided})
        yield claim.row("paid-undecided", number, amount, balance, details=states)
    if balance.open:
        yield claim.row("returned-open", number, balance.open, balance)
    if order.release[0]:
        if order.released_while:
            details = (order.released_while,)
            yield claim.row("released-undecided", number, balance.amount, balance, details=details)
        if not _as_stated(order, claim):
            stated = [(record.position, record.ref) for record in _named(order, claim)]
            events = {*claim.about(number), *stated}
            yield claim.row("other-account", number, balance.amount, balance, events=events)
    if balance.stands and lacking > 0 and not balance.held:
        yield claim.row("unpaid", number, lacking, balance, after=order.due_on)
    if balance.held in (WAITING, REFERRED):
        yield claim.row("held", number, lacking, balance, details=(balance.held,))


def _as_stated(order: OrderRecord, claim: _StatedClaim) -> bool:
    """Whether a released order went to an account that was stated, and that nobody had replaced for its payee."""
    before = [record for record in claim.state.accounts if record.position < order.release[0]]
    if not order.account:
        return not _named(order, claim)
    stated = any(
        record.position == order.stated_at and order.account in record.accounts.values() for record in before
    )
    replaced = any(
        record.position > order.stated_at and order.account not in record.accounts.values()
        for record in _named(order, claim)
    )
    return stated and not replaced


def _named(order: OrderRecord, claim: _StatedClaim) -> list[AccountsRecord]:
    """Return what was stated, before the order left, of its payee's account and still counts."""
    payee = order.payee.casefold()
    return [
        record
        for record in claim.state.accounts
        if record.position < order.release[0]
        and record.ref not in claim.struck
        and any(payee == name.casefold() for name in record.accounts)
    ]


def _without_hash(claim: _StatedClaim, orders: Sequence[OrderBalance]) -> Iterator[ExceptionRow]:
    """Yield that money left on documents of which no hash was sent, so that nobody can tell later which they were."""
    left = sum(order.order.amount for order in orders if order.released)
    if not left:
        return
    records = [record for record in claim.state.documents if record.ref not in claim.struck]
    hashed = {kind for record in records for kind in record.hashed}
    bare = {kind for record in records for kind in record.bare} - hashed
    if bare:
        events = [(record.position, record.ref) for record in records if bare & {*record.bare}]
        yield claim.row("without-hash", "", left, details=sorted(bare), events=events)
