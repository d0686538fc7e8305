"""Payments on different orders under one reference of the bank, as exceptions of the claims that they are reported on."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, get_args

from sqlalchemy import Subquery, and_, func, literal, select

from projections.columns import json_list, total, unindexed
from projections.payments import reference_table, statement_table
from projections.store import View

SharedReference: TypeAlias = Literal["shared-reference"]
"""The kind of what follows from several claims together; each other kind follows from one."""
(SHARED,) = get_args(SharedReference)


def shared_references(view: View, claim: str | None = None) -> Subquery:
    """Return the rows of this kind, as ``projections.exceptions.ExceptionRow`` has them: one for each order.

    Its amount is what was paid on the order under references of this kind; the detail is the token of such a
    reference. Those of one claim are found by its statements, all by the references, of which few are shared.
    """
    statements, references = statement_table(view), reference_table(view)
    if claim is None:
        of_reference = and_(
            statements.c.reference == unindexed(references.c.reference), references.c.orders > 1
        )
    else:
        of_reference = and_(
            statements.c.reference == references.c.reference, unindexed(references.c.orders) > 1
        )
    events: Any = func.aggregate_strings(json_list(statements.c.position, statements.c.ref), ",")
    query = select(
        statements.c.claim,
        literal(SHARED).label("kind"),
        statements.c.order.label("subject"),
        statements.c.partition,
        total(statements.c.amount).label("amount"),
        literal(0).label("ordered"),
        literal(0).label("paid"),
        literal("").label("after"),
        json_list(func.min(statements.c.reference)).label("details"),
        ("[" + events + "]").label("events"),
    )
    in_force = statements.c.kind == "paid", statements.c.retracted == 0
    query = query.select_from(references.join(statements, of_reference)).where(*in_force)
    if claim is not None:
        query = query.where(statements.c.claim == claim)
    return query.group_by(statements.c.claim, unindexed(statements.c.order), statements.c.partition).subquery(
        "shared"
    )
