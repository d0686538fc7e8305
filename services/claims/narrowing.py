"""By what claims and participants of a book can be narrowed: the agencies, programmes and districts that it has."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select

from projections import agencies, claims, participants
from projections.store import View


def known_values(view: View, name: str) -> list[str]:
    """Return every ``agency`` that sent something, ``programme`` of a claim, or ``district`` of a participant, in order."""
    if name == "agency":
        return sorted({sort.agency for sort in agencies.admitted(view)})
    if name == "programme":
        return _values(view, claims.claim_groups(view).c.programme)
    if name == "district":
        return _values(view, participants.people(view).c.district)
    raise KeyError(name)


def filing_agencies(view: View) -> list[str]:
    """Return every agency that filed a claim in the book, in order."""
    return _values(view, claims.claim_groups(view).c.agency)


def is_known(view: View, name: str, value: str) -> bool:
    """Tell whether a value is among ``known_values``; of a district without looking at all the others."""
    if name == "district":
        return participants.has_district(view, value) or claims.has_district(view, value)
    return value in known_values(view, name)


def _values(view: View, column: ColumnElement[str]) -> list[str]:
    return sorted(str(value) for (value,) in view.rows(select(column).distinct()) if value)
