"""Controls on orders and payments: without complete evidence, in another amount, twice, late."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from sqlalchemy import exists, func, or_, select

from projections import claims, evidence, payments
from projections.payment_rows import StatementRow
from projections.store import View
from services.controls.hits import Hit, Question, days, refs_of_claims

ESTABLISHED = (
    evidence.CAUSE,
    evidence.DEATH,
    evidence.OUTCOME,
    evidence.TREATMENT,
    evidence.TRANSPORT,
    evidence.DEVICE,
    evidence.HOMECARE,
    evidence.INCAPACITY,
    evidence.DISABILITY,
    evidence.TOTAL_DISABILITY,
    evidence.HEIR,
    evidence.BURIAL,
    evidence.ACCOUNT,
    evidence.SCHOOLING,
)
"""Kinds of facts that an agency establishes about a claim, apart from who files and who decides."""


def incomplete_evidence(view: View, _: Question) -> Iterator[Hit]:
    """Yield claims of which money has left although a paper or finding is missing, or nobody established anything."""
    facts, filed = evidence.facts(view), claims.claim_table(view)
    nothing = ~exists().where(
        facts.c.claim == filed.c.claim, facts.c.counts == 1, facts.c.kind.in_(ESTABLISHED)
    )
    query = select(filed.c.claim, filed.c.person, filed.c.released, filed.c.missing).where(
        filed.c.released > 0, or_(filed.c.missing != "[]", nothing)
    )
    rows = view.rows(query)
    filings = refs_of_claims(view, {str(row[0]) for row in rows}, evidence.FILED)
    for claim, person, released, missing in rows:
        events = filings.get(str(claim), ())
        papers = ", ".join(msgspec.json.decode(str(missing), type=list[str]))
        figures: dict[str, int | str] = {"missing": papers} if papers else {}
        yield Hit(str(claim), str(person), int(released or 0), events, figures=figures)


def paid_not_ordered(view: View, _: Question) -> Iterator[Hit]:
    """Yield orders that the bank paid in another amount, or that do not stand, and payments under a number of no order.

    The amount is the difference; what came back does not count as paid.
    """
    orders, statements = payments.order_table(view), payments.statement_table(view)
    filed = claims.claim_table(view)
    due = orders.c.amount * orders.c.stands
    query = (
        select(orders.c.claim, filed.c.person, orders.c.order, orders.c.paid - due)
        .join(filed, filed.c.claim == orders.c.claim)
        .where(orders.c.paid > 0, orders.c.paid != due)
    )
    unknown = (
        select(statements.c.claim, filed.c.person, statements.c.order, statements.c.amount)
        .join(filed, filed.c.claim == statements.c.claim)
        .outerjoin(orders, orders.c.order == statements.c.order)
        .where(statements.c.kind == "paid", statements.c.retracted == 0, orders.c.order.is_(None))
    )
    rows = [(str(c), str(p), str(o), int(d or 0)) for c, p, o, d in view.rows(query) + view.rows(unknown)]
    payment_refs = _payment_refs(view, {order for _, _, order, _ in rows})
    for claim, person, order, difference in rows:
        yield Hit(
            claim, person, abs(difference), payment_refs.get(order, ()), order, {"difference": difference}
        )


def paid_twice(view: View, _: Question) -> Iterator[Hit]:
    """Yield orders for which more than one payment stands and more was paid than ordered; the amount is the surplus."""
    orders, statements, filed = (
        payments.order_table(view),
        payments.statement_table(view),
        claims.claim_table(view),
    )
    due = orders.c.amount * orders.c.stands
    query = (
        select(orders.c.claim, filed.c.person, orders.c.order, orders.c.paid - due, func.count())
        .join(statements, (statements.c.claim == orders.c.claim) & (statements.c.order == orders.c.order))
        .join(filed, filed.c.claim == orders.c.claim)
        .where(orders.c.paid > due, statements.c.kind == "paid", statements.c.retracted == 0)
        .group_by(orders.c.claim, filed.c.person, orders.c.order, orders.c.paid, due)
        .having(func.count() > 1)
    )
    rows = view.rows(query)
    payment_refs = _payment_refs(view, {str(row[2]) for row in rows})
    for claim, person, order, surplus, count in rows:
        figures: dict[str, int | str] = {"payments": int(count or 0)}
        yield Hit(str(claim), str(person), int(surplus or 0), payment_refs[str(order)], str(order), figures)


def late(view: View, question: Question) -> Iterator[Hit]:
    """Yield standing orders paid after the day on which they were due, or unpaid after it on the day that is asked."""
    orders, filed = payments.order_table(view), claims.claim_table(view)
    on = question.on.isoformat()
    paid_late = orders.c.paid_on > orders.c.due_on
    unpaid = (orders.c.paid_on == "") & (orders.c.due_on < on) & (orders.c.held == "")
    query = (
        select(
            orders.c.claim,
            filed.c.person,
            orders.c.order,
            orders.c.amount,
            orders.c.due_on,
            orders.c.paid_on,
            orders.c.since,
        )
        .join(filed, filed.c.claim == orders.c.claim)
        .where(orders.c.stands == 1, or_(paid_late, unpaid))
    )
    rows = [tuple(map(str, row)) for row in view.rows(query)]
    payment_refs = _payment_refs(view, {row[2] for row in rows})
    for claim, person, order, amount, due_on, paid_on, since in rows:
        events = tuple(filter(None, (since, *payment_refs.get(order, ()))))
        yield Hit(claim, person, int(amount), events, order, {"days": days(due_on, paid_on or on)})


def _payment_refs(view: View, orders: set[str]) -> dict[str, tuple[str, ...]]:
    """Return the references of what the bank paid under these numbers, without what was taken back."""
    statements = payments.statement_table(view)
    query = select(statements).where(statements.c.kind == "paid", statements.c.retracted == 0)
    refs: dict[str, tuple[str, ...]] = {}
    for one in view.read_among(query, statements.c.order, orders, StatementRow):
        refs[one.order] = (*refs.get(one.order, ()), one.ref)
    return refs
