"""A figure and its handle, and whom and what it is about: by that an audit's scope judges it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping

import msgspec

from events.message import message
from projections.as_of import NOW
from projections.claims import ClaimRow
from services.audit_trail.entries import TrailEntry
from services.audit_trail.records import Concerns, FigureRecorded
from services.book.cut import Cut
from services.book.person import file_of, recorded_of
from services.book.read_models_as_of import Book
from services.figures.totals import Totals
from services.ledger.claim_routes import Routes
from services.runtime.bootstrap import Installation
from services.texts.errors import TextError

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: without I, L, O and U, which are mistaken for others."""
_MISREAD = str.maketrans("ILO", "110")


OF_ONE_PERSON = frozenset(("claim", "person", "explain", "diff NUMBER", "scholarships NUMBER"))
"""Queries of one claim or person: of their cut only the partition of the person was looked at, the others are at 0."""


class FigureError(TextError):
    """There is no such figure, or it cannot be asked for again; the message says why."""


def handle(
    query: str, parameters: Mapping[str, str], cut: Cut, true_on: dt.date | None, rulebook: str
) -> str:
    """Return the handle of a question: ``F-`` and eight digits, of the first 40 bits of its SHA-256."""
    identity = (query, sorted(parameters.items()), cut.positions, true_on, rulebook)
    number = int.from_bytes(hashlib.sha256(msgspec.json.encode(identity)).digest()[:5])
    digits = "".join(_DIGITS[number >> shift & 31] for shift in range(35, -1, -5))
    return f"F-{digits[:4]}-{digits[4:]}"


def read_handle(typed: str) -> str:
    """Return a handle as it is written, whatever its case and its dashes; what is none is returned as it was typed."""
    digits = typed.upper().replace("-", "").translate(_MISREAD)[-8:]
    handle = f"F-{digits[:4]}-{digits[4:]}"
    return handle if len(digits) == 8 and set(digits) <= set(_DIGITS) else typed


def figure(
    book: Book,
    query: str,
    parameters: Mapping[str, str],
    rulebook: str,
    totals: Totals,
    concerns: Concerns | None = None,
) -> FigureRecorded:
    """Return what is recorded of sums that a query gave of a book.

    Raises:
        FigureError: the read models have not all come equally far, so that they are of no one cut.
    """
    if len({tuple(sorted(positions.items())) for positions in book.view.positions.values()}) > 1:
        raise FigureError(message("figure.uneven"))
    return at_cut(book.cut, book.true_on, query, parameters, rulebook, totals, concerns)


def at_cut(
    cut: Cut,
    true_on: dt.date | None,
    query: str,
    parameters: Mapping[str, str],
    rulebook: str,
    totals: Totals,
    concerns: Concerns | None = None,
) -> FigureRecorded:
    """Return what is recorded of sums that a query gave of the book at a cut.

    Of one person only that partition counts.
    """
    return FigureRecorded(
        handle=handle(query, parameters, cut, true_on, rulebook),
        query=query,
        parameters=dict(parameters),
        cut=cut.positions,
        true_on=true_on,
        rulebook=rulebook,
        totals=totals,
        concerns=concerns or {},
    )


def looked_at(record: FigureRecorded) -> dict[int | None, int]:
    """Return the position up to which each partition was looked at; of one person only the person's."""
    every = dict[int | None, int](enumerate(record.cut))
    if record.query not in OF_ONE_PERSON:
        return every
    return {partition: position for partition, position in every.items() if position}


def find(trail: Iterable[TrailEntry], typed: str) -> list[tuple[TrailEntry, FigureRecorded]]:
    """Return each time that the figure of a handle was shown, the oldest first.

    Raises:
        FigureError: it never was, or two questions have this handle.
    """
    name = read_handle(typed)
    shown = [
        (entry, entry.record)
        for entry in trail
        if isinstance(entry.record, FigureRecorded) and entry.record.handle == name
    ]
    if not shown:
        raise FigureError(message("figure.unknown", handle=name))
    if len({msgspec.json.encode(_question(record), order="sorted") for _, record in shown}) > 1:
        raise FigureError(message("figure.two-questions", handle=name))
    return shown


def _question(record: FigureRecorded) -> tuple[object, ...]:
    return record.query, record.parameters, record.cut, record.true_on, record.rulebook


def concerning(rows: Iterable[ClaimRow], district: str | None = None) -> Concerns:
    """Return whom and what an answer about these claims is about.

    ``district`` is that of their person where it is known.
    """
    claims = list(rows)
    values_of: dict[str, set[str | None]] = {
        "district": {row.district for row in claims} | {district},
        "agency": {row.agency or None for row in claims},
        "filed_on": {row.filed_on or None for row in claims},
    }
    named = {name: tuple(sorted(value for value in values if value)) for name, values in values_of.items()}
    return {name: values for name, values in named.items() if values}


async def concerning_claim(installation: Installation, number: str, engagement: str) -> Concerns:
    """Return whom and what an answer about a claim is about.

    Nothing where no engagement is named that it is judged by.
    """
    if not engagement:
        return {}
    (route,) = await Routes(installation.core).look([number])
    if not route.person:
        return {}
    entries = await recorded_of(installation.ledger, route.person)
    file = file_of(route.person, entries, NOW)
    return concerning(row for row in file.claims if row.claim == number)
