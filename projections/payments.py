"""What is ordered, released, paid, returned and cancelled, and what is due?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import ColumnElement, Table, case, func, select

from events.retraction import Struck
from projections.batch import EventBatch
from projections.claim_memory import Memory
from projections.claim_state import ClaimState
from projections.claim_status import OrderBalance, orders, undone
from projections.columns import table, total
from projections.exceptions import EXCEPTION, ExceptionRow, exceptions
from projections.pending import PENDING, PendingRow, pending_row
from projections.phases import ACTED, PHASES, ActedRow, PhasesRow, acted, phases, task_of
from projections.projection import Projection, Rows
from projections.store import View
from projections.timeline import Moment, state_in, struck_in

_MEMORY = Memory("payments")


class OrderRow(Struct, frozen=True):
    """A payment order. Rupiah; dates civil in Asia/Jakarta, instants in UTC, empty where it has not come to it.

    ``amount`` is what stands of it without ``moved``, which came back and was ordered again; where all of it was, what it
    was. ``state`` is ``ordered``, ``released``, ``paid`` (in full), ``returned`` or ``cancelled``; ``stands`` is 0 for one
    that was cancelled, or wholly ordered again. ``paid`` has not come back, and may be less than ``amount``.
    ``since`` is the fact from whose day ``since_on`` the days until ``due_on`` count. ``held`` says why it may not leave:
    ``waiting`` or ``referred`` as its claim is, ``returned`` until somebody says where the money should go; else empty.
    ``paid_on`` is from when on the bank has paid all of it, or more; money that came back is not counted. ``first_due_on``
    is of one that orders again what came back or could not be transferred: the day until which that was first due.
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
    """Token of the person with whose approval it may leave or has left, or who does not let it; and when that was recorded."""


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

    A transfer has ``failed`` where a return stands and nothing stood as paid that could come back. ``amount`` is 0 where
    a return does not say how much came back; ``undone`` is what of earlier payments a return took back, else 0. ``reference`` is the token of the bank's reference.
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


_ORDER = table("payments", OrderRow, key=("order",), index=("claim", "due_on", "batch"))
_WAITING = table("payments_waiting", WaitingRow, key=("due_on", "order"), index=("claim",))
_WAITING_TOTAL = table("payments_waiting_total", WaitingTotal, key=("partition", "approved"))
_STATEMENT = table(
    "payments_statement",
    StatementRow,
    key=("claim", "partition", "position"),
    index=("order", "reference", "date"),
)
_REFERENCE = table("payments_reference", ReferenceRow, key=("reference",), index=("orders",))
_MISMATCH = table("payments_mismatch", MismatchRow, key=("claim", "partition", "position"))


def _orders(claim_state: ClaimState, balances: Iterable[OrderBalance]) -> list[OrderRow]:
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


def _waiting(claim_state: ClaimState, orders: Iterable[OrderRow]) -> list[WaitingRow]:
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


def _totals_moved(before: Iterable[WaitingRow], after: Iterable[WaitingRow]) -> list[WaitingTotal]:
    """Return what is to be added to the totals where some orders wait no longer and others from now on."""
    moved: dict[tuple[int, int], list[int]] = {}
    for sign, rows in ((-1, before), (1, after)):
        for one in rows:
            sums = moved.setdefault((one.partition, one.approved), [0, 0, 0])
            for at, number in enumerate((1, one.amount, one.position)):
                sums[at] += sign * number
    return [WaitingTotal(*which, *sums) for which, sums in moved.items() if any(sums)]


def _statements(claim_state: ClaimState, struck: Struck) -> list[StatementRow]:
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


def _references_moved(before: Iterable[StatementRow], after: Iterable[StatementRow]) -> list[ReferenceRow]:
    """Return what is to be added to the orders of each reference where the bank had said this of a claim, and now says that."""
    moved: Counter[str] = Counter()
    for sign, statements in ((-1, before), (1, after)):
        paid = (one for one in statements if one.kind == "paid" and not one.retracted and one.reference)
        for reference, *_ in {(one.reference, one.claim, one.order) for one in paid}:
            moved[reference] += sign
    return [ReferenceRow(reference, orders) for reference, orders in moved.items() if orders]


def _mismatches(claim_state: ClaimState) -> list[MismatchRow]:
    return [MismatchRow(claim=claim_state.claim, **asdict(one)) for one in claim_state.mismatches]


def _apply(rows: Rows, batch: EventBatch) -> None:
    changed = _MEMORY.changed(rows, batch)
    order_rows: list[OrderRow] = []
    waiting: list[WaitingRow] = []
    amiss: list[ExceptionRow] = []
    waited: list[PhasesRow] = []
    acts: list[ActedRow] = []
    pending: list[PendingRow] = []
    for claim_state, struck in changed:
        balances = orders(claim_state, struck)
        own = _orders(claim_state, balances)
        order_rows += own
        waiting += _waiting(claim_state, own)
        amiss += exceptions(claim_state, struck, balances)
        if row := phases(claim_state, struck, balances):
            waited.append(row)
        acts += acted(claim_state, struck, balances)
        if task := task_of(claim_state, struck, balances):
            pending.append(pending_row(claim_state, struck, balances, task))
    rows.put(PHASES, waited)
    rows.put(_ORDER, order_rows)
    claims = {claim_state.claim for claim_state, _ in changed}
    rows.add(_WAITING_TOTAL, _totals_moved(rows.known(_WAITING, WaitingRow, "claim", claims), waiting))
    rows.replace(_WAITING, "claim", claims, waiting)
    rows.replace(PENDING, "claim", claims, pending)
    rows.replace(EXCEPTION, "claim", claims, amiss)
    rows.replace(ACTED, "claim", claims, acts)
    statements = [one for claim_state, struck in changed for one in _statements(claim_state, struck)]
    before = rows.find(_STATEMENT, "claim", {one.claim for one in statements})
    stood = [StatementRow(*row) for row in before]  # type: ignore[arg-type]
    rows.add(_REFERENCE, _references_moved(stood, statements))
    rows.put(_STATEMENT, statements, before)
    rows.put(_MISMATCH, [one for claim_state, _ in changed for one in _mismatches(claim_state)])


PAYMENTS = Projection(
    "payments",
    19,
    (
        _ORDER,
        _WAITING,
        _WAITING_TOTAL,
        _STATEMENT,
        _REFERENCE,
        _MISMATCH,
        EXCEPTION,
        PHASES,
        ACTED,
        PENDING,
        *_MEMORY.tables,
    ),
    _apply,
)


def phase_table(view: View) -> Table:
    """Return the table of the phases of claims, for another question's query."""
    return view.table(PAYMENTS, PHASES)


def acted_table(view: View) -> Table:
    """Return the table of whose acts ended the days of claims, for another question's query."""
    return view.table(PAYMENTS, ACTED)


def order_table(view: View) -> Table:
    """Return the table of orders, for another question's query."""
    return view.table(PAYMENTS, _ORDER)


def statement_table(view: View) -> Table:
    """Return the table of what the bank said, for another question's query."""
    return view.table(PAYMENTS, _STATEMENT)


def waiting_table(view: View) -> Table:
    """Return the table of orders that have not left and may, for another question's query."""
    return view.table(PAYMENTS, _WAITING)


def waiting_total_table(view: View) -> Table:
    """Return the table of their totals, for another question's query."""
    return view.table(PAYMENTS, _WAITING_TOTAL)


def reference_table(view: View) -> Table:
    """Return the table of the bank's references, for another question's query."""
    return view.table(PAYMENTS, _REFERENCE)


def of_claim(view: View, claim: str) -> list[OrderRow]:
    """Return the orders of a claim, oldest first."""
    table = view.table(PAYMENTS, _ORDER)
    query = select(table).where(table.c.claim == claim).order_by(table.c.ordered_at, table.c.order)
    return view.read(query, OrderRow)


def orders_in(claim: str, moments: Sequence[Moment]) -> list[OrderRow]:
    """Return the orders of a claim as these moments of its story tell of them."""
    state = state_in(claim, moments)
    return _orders(state, orders(state, struck_in(moments)))


def of_batch(view: View, batch: str) -> list[OrderRow]:
    """Return the orders released in a batch, by order id."""
    table = view.table(PAYMENTS, _ORDER)
    return view.read(select(table).where(table.c.batch == batch).order_by(table.c.order), OrderRow)


def pending_table(view: View) -> Table:
    """Return the table of claims that wait for an officer, for another question's query."""
    return view.table(PAYMENTS, PENDING)


class OrderTotals(Struct, frozen=True):
    """Number of orders and the rupiah of all of them, standing or not.

    ``standing`` is what was neither cancelled nor ordered again; ``returned`` what came back and was not
    paid since; ``paid`` what the bank paid and did not send back.
    """

    orders: int
    ordered: int
    standing: int
    released: int
    paid: int
    returned: int
    cancelled: int


def totals(view: View) -> OrderTotals:
    """Return the totals over all orders."""
    table = view.table(PAYMENTS, _ORDER)
    amount = table.c.amount

    def where(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return total(case((condition, amount), else_=0))

    query = select(
        func.count().label("orders"),
        total(case((table.c.stands == 1, amount + table.c.moved), else_=amount)).label("ordered"),
        where(table.c.stands == 1).label("standing"),
        where(table.c.released_at != "").label("released"),
        total(table.c.paid).label("paid"),
        total(table.c.returned).label("returned"),
        where(table.c.cancelled_at != "").label("cancelled"),
    )
    return view.read(query, OrderTotals)[0]


def every(view: View) -> list[OrderRow]:
    """Return every order, oldest first."""
    table = view.table(PAYMENTS, _ORDER)
    return view.read(select(table).order_by(table.c.ordered_at, table.c.order), OrderRow)


def mismatches(view: View) -> list[MismatchRow]:
    """Return every payment that did not fit its order, oldest first."""
    table = view.table(PAYMENTS, _MISMATCH)
    query = select(table).order_by(table.c.recordedtime, table.c.partition, table.c.position)
    return view.read(query, MismatchRow)


def statements(view: View, order: str) -> list[StatementRow]:
    """Return what the bank said about an order, also about one that nobody made."""
    table = view.table(PAYMENTS, _STATEMENT)
    query = select(table).where(table.c.order == order).order_by(table.c.partition, table.c.position)
    return view.read(query, StatementRow)
