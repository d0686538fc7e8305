"""To whom a claim belongs: the agency that filed it, its programme, and the district of its person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, Table, func

from projections.claims import claim_table
from projections.store import View


class Belonging(NamedTuple):
    """The claims, to select from, and by ``columns`` to whom each belongs; empty where nobody knows."""

    joined: FromClause
    claims: Table
    columns: Mapping[str, ColumnElement[Any]]


def belonging_claims(view: View, of: FromClause | None = None) -> Belonging:
    """Give the claims, joined to each row of ``of`` by its claim where it is given."""
    claims = claim_table(view)
    joined = claims if of is None else of.outerjoin(claims, claims.c.claim == of.c.claim)
    columns = {"agency": claims.c.agency, "programme": claims.c.programme, "district": claims.c.district}
    named = {name: func.coalesce(column, "").label(name) for name, column in columns.items()}
    return Belonging(joined, claims, named)
