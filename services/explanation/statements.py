"""The rulebook as people read it.

Each figure and reason with its value, article, readings, how sure it is, and what it replaced.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from msgspec import UNSET, Struct

from events.message import Text
from services.benefits.figures import TABLES
from services.benefits.rulebook import Confidence, LawStatement, LegalReading, Rulebook


class StatedReading(Struct, frozen=True):
    """One way to read what sources dispute or leave open.

    ``value`` where it is another than the figure's, else empty.
    """

    says: Text
    applied: bool
    value: str
    source: tuple[int, ...]


class StatedRow(Struct, frozen=True):
    """A row of a figure that is a table: an income from which on, and the monthly base.

    Or a rank, and its relations.
    """

    first: str
    second: str


class StatedFigure(Struct, frozen=True):
    """What a regulation states of one figure or reason.

    ``value`` is as it is in the file, empty of a table (then ``rows`` has it) and of a reason; ``unit`` is as
    ``services.benefits.figures`` names it, ``reason`` of a reason. ``replaced`` is the value of the statement before
    it, by ``replaced_law``. ``confidence``: ``F`` found on a public page, ``M`` from memory, ``C`` sources conflict,
    ``D`` design decision. ``source`` are the numbers of the pages. ``applies_until`` is None where nothing ends it.
    """

    code: str
    unit: str
    value: str
    rows: tuple[StatedRow, ...]
    regulation: str
    citation: str
    says: Text
    confidence: Confidence
    source: tuple[int, ...]
    applies_from: dt.date
    applies_until: dt.date | None
    verified_until: dt.date
    readings: tuple[StatedReading, ...]
    replaced: str
    replaced_law: str
    programmes: tuple[str, ...]


def statements(rulebook: Rulebook, on: dt.date | None = None) -> list[StatedFigure]:
    """Return everything that the regulations state, by code and day; with a day only what is in force on it."""
    by_code: dict[str, list[LawStatement]] = {}
    for regulation in rulebook.regulations:
        for statement in regulation.statements:
            by_code.setdefault(statement.code, []).append(statement)
    figures = []
    for code in sorted(by_code):
        by_day = sorted(by_code[code], key=lambda one: one.applies_from)
        for before, statement in zip([None, *by_day], by_day, strict=False):
            if on is None or statement.applies_from <= on <= statement.applies_until:
                figures.append(_stated(rulebook, statement, before))
    return figures


def _stated(rulebook: Rulebook, statement: LawStatement, before: LawStatement | None) -> StatedFigure:
    unit = rulebook.scheme.figures.get(statement.code, "reason")
    return StatedFigure(
        code=statement.code,
        unit=unit,
        value="" if unit in TABLES else _value(statement.value),
        rows=_rows(unit, statement.value),
        regulation=statement.regulation,
        citation=statement.citation,
        says=Text(statement.id, statement.en),
        confidence=statement.confidence,
        source=statement.source,
        applies_from=statement.applies_from,
        applies_until=None if statement.applies_until == dt.date.max else statement.applies_until,
        verified_until=statement.verified_until,
        readings=tuple(map(_reading, statement.readings)),
        replaced="" if before is None or unit in TABLES else _value(before.value),
        replaced_law="" if before is None else before.citation,
        programmes=tuple(sorted(rulebook.scheme.programmes_of(statement.code))),
    )


def _reading(reading: LegalReading) -> StatedReading:
    return StatedReading(Text(reading.id, reading.en), reading.applied, _value(reading.value), reading.source)


def _value(value: object) -> str:
    if value is UNSET:
        return ""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def _rows(unit: str, value: object) -> tuple[StatedRow, ...]:
    if not isinstance(value, list):
        return ()
    if unit == "brackets":
        return tuple(StatedRow(str(row[0] * 1000), str(row[1])) for row in value)
    return tuple(StatedRow(str(rank), ", ".join(relations)) for rank, relations in enumerate(value, 1))
