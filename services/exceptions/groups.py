"""To whom a claim belongs: the agency that filed it, its programme, and the district of its person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, Table, func

from projections import participants
from projections.claims import listed
from projections.store import View


class Belonging(NamedTuple):
    """The claims with their persons, to select from, and by ``columns`` to whom each belongs; empty where nobody knows."""

    joined: FromClause
    claims: Table
    columns: Mapping[str, ColumnElement[Any]]


def claims_and_people(view: View, of: Table | None = None) -> Belonging:
    """Join the claims and their persons, to each row of ``of`` by its claim where it is given."""
    claims, people = listed(view), participants.people(view)
    known = claims if of is None else of.outerjoin(claims, claims.c.claim == of.c.claim)
    joined = known.outerjoin(people, (people.c.person == claims.c.person) & (people.c.known == 1))
    columns = {"agency": claims.c.agency, "programme": claims.c.programme, "district": people.c.district}
    named = {name: func.coalesce(column, "").label(name) for name, column in columns.items()}
    return Belonging(joined, claims, named)
