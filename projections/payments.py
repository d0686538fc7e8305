"""What is ordered, released, paid, returned and cancelled, and what is due?"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import ColumnElement, Table, case, func, select

from projections.claim_memory import Memory
from projections.claim_status import orders
from projections.columns import table, total
from projections.event_batch import EventBatch
from projections.exceptions import EXCEPTION, ExceptionRow, exceptions
from projections.payment_rows import (
    MismatchRow,
    OrderRow,
    ReferenceRow,
    StatementRow,
    WaitingRow,
    WaitingTotal,
    mismatch_rows,
    moved_references,
    moved_totals,
    order_rows,
    statement_rows,
    waiting_rows,
)
from projections.pending import PENDING, PendingRow, pending_row
from projections.phases import ACTED, PHASES, ActedRow, PhasesRow, acted, phases, task_of
from projections.projection import Projection, Rows
from projections.store import View
from projections.timeline import Moment, state_in, struck_in

_MEMORY = Memory("payments")


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


def _apply(rows: Rows, batch: EventBatch) -> None:
    changed = _MEMORY.changed(rows, batch)
    all_orders: list[OrderRow] = []
    waiting: list[WaitingRow] = []
    amiss: list[ExceptionRow] = []
    waited: list[PhasesRow] = []
    acts: list[ActedRow] = []
    pending: list[PendingRow] = []
    for claim_state, struck in changed:
        balances = orders(claim_state, struck)
        own = order_rows(claim_state, balances)
        all_orders += own
        waiting += waiting_rows(claim_state, own)
        amiss += exceptions(claim_state, struck, balances)
        if row := phases(claim_state, struck, balances):
            waited.append(row)
        acts += acted(claim_state, struck, balances)
        if task := task_of(claim_state, struck, balances):
            pending.append(pending_row(claim_state, struck, balances, task))
    rows.put(PHASES, waited)
    rows.put(_ORDER, all_orders)
    claims = {claim_state.claim for claim_state, _ in changed}
    rows.add(_WAITING_TOTAL, moved_totals(rows.known(_WAITING, WaitingRow, "claim", claims), waiting))
    rows.replace(_WAITING, "claim", claims, waiting)
    rows.replace(PENDING, "claim", claims, pending)
    rows.replace(EXCEPTION, "claim", claims, amiss)
    rows.replace(ACTED, "claim", claims, acts)
    statements = [one for claim_state, struck in changed for one in statement_rows(claim_state, struck)]
    before = rows.find(_STATEMENT, "claim", {one.claim for one in statements})
    stood = [StatementRow(*row) for row in before]  # type: ignore[arg-type]
    rows.add(_REFERENCE, moved_references(stood, statements))
    rows.put(_STATEMENT, statements, before)
    rows.put(_MISMATCH, [one for claim_state, _ in changed for one in mismatch_rows(claim_state)])


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
    return order_rows(state, orders(state, struck_in(moments)))


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
