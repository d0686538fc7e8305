"""What the rulebook says in words: the statement behind a figure or a reason, in both languages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from msgspec import UNSET, Struct

from events.assessment import Line, Reason
from events.message import Text
from services.benefits.figures import BRACKETS
from services.benefits.law import Law
from services.benefits.rulebook import LawStatement, Rulebook


class Quotation(Struct, frozen=True):
    """A statement of the rulebook: its article, how sure it is, what it says, and the reading that is applied.

    ``confidence`` is ``F`` found, ``M`` from memory, ``C`` sources conflict, ``D`` design decision. ``verified_until``
    is set only where the event lies after it.
    """

    citation: str
    confidence: str
    says: Text | None = None
    reading: Text | None = None
    verified_until: dt.date | None = None


class Quotations:
    """The statements of one rulebook."""

    def __init__(self, rulebook: Rulebook, day: dt.date) -> None:
        """Look for what was in force on ``day`` first."""
        self._scheme = rulebook.scheme
        rules = self._scheme.scholarship
        self._amounts: Mapping[str, tuple[str, ...]] = (
            {str(level): (code,) for level, code in rules.amounts.items()} if rules else {}
        )
        self._statements: dict[str, list[LawStatement]] = {}
        for regulation in rulebook.regulations:
            for statement in regulation.statements:
                self._statements.setdefault(statement.code, []).append(statement)
        self._day = day

    def of_line(self, line: Line) -> Quotation:
        """Return what an award line rests on."""
        cited = self._scheme.benefits[line.benefit].cited or self._amounts
        first = line.formula.replace(":", " ").split()[0]
        statement = self._stated((cited.get(first) or cited.get("") or ("",))[0], line.citation)
        until = None if line.verified_until is UNSET else line.verified_until
        return Quotation(line.citation, line.confidence, _says(statement), _reading(statement), until)

    def of_reason(self, reason: Reason) -> Quotation:
        """Return what a reason rests on."""
        statement = self._stated(reason.code, reason.citation)
        confidence = statement.confidence if statement else ""
        return Quotation(reason.citation, confidence, _says(statement), _reading(statement))

    def of_figure(self, code: str, law: Law) -> Quotation:
        """Return what a figure of the law rests on."""
        figure = law[code]
        statement = self._stated(code, figure.citation)
        until = None if figure.verified_until is UNSET else figure.verified_until
        return Quotation(figure.citation, figure.confidence, _says(statement), _reading(statement), until)

    def of_part(self, part: str, side: str, hand: str) -> Text | None:
        """Return what the disability table says of a part of the body; a left-handed person's sides swap."""
        if hand == "left":
            side = {"left": "right", "right": "left"}.get(side, side)
        codes = (f"disability.{part}", f"disability.{part}.{side or 'right'}", f"disability.{part}.most")
        stated = (statement for code in codes if (statement := self._in_force(code)))
        return _says(next(stated, None))

    def _in_force(self, code: str) -> LawStatement | None:
        stated = self._statements.get(code, ())
        return next((s for s in stated if s.applies_from <= self._day <= s.applies_until), None)

    def brackets(self, law: Law) -> tuple[Quotation, list[list[int]]]:
        """Return what the income brackets rest on, and their rows: income from, in thousands; base."""
        statement = self._stated(BRACKETS, law[BRACKETS].citation)
        rows = statement.value if statement and isinstance(statement.value, list) else [[0, 0]]
        return self.of_figure(BRACKETS, law), rows

    def _stated(self, code: str, citation: str) -> LawStatement | None:
        cited = [s for s in self._statements.get(code, ()) if s.citation == citation]
        in_force = [s for s in cited if s.applies_from <= self._day <= s.applies_until]
        return next(iter((*in_force, *cited)), None)


def _says(statement: LawStatement | None) -> Text | None:
    return Text(statement.id, statement.en) if statement else None


def _reading(statement: LawStatement | None) -> Text | None:
    applied = (reading for reading in statement.readings if reading.applied) if statement else iter(())
    return next((Text(reading.id, reading.en) for reading in applied), None)
