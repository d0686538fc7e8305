"""The rulebook: a scheme and its regulations with what each states, and the law that they make on each day."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from msgspec import UNSET, Struct

from events.codes import Codes
from events.message import Text
from services.benefits.calendar import ONE_DAY
from services.benefits.figures import BRACKETS, RANKS
from services.benefits.law import Brackets, Figure, Law
from services.benefits.scheme import Scheme

ENGINE = "1"
"""Version of the code that applies a rulebook; raised when the same rulebook may give another result."""
Confidence: TypeAlias = Literal["F", "M", "C", "D"]
"""``F`` found on a public page, ``M`` from memory, ``C`` sources conflict, ``D`` design decision."""


class LegalReading(Text, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One way to read what sources dispute or leave open; ``value`` where it is another than the figure's."""

    applied: bool = False
    value: object = UNSET
    source: tuple[int, ...] = ()


class LawStatement(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a regulation states about one figure or reason; ``value`` is unset for a reason.

    ``article`` is empty where it could not be found. ``id`` and ``en`` quote or paraphrase. ``applies_until`` is the
    last day; ``verified_until`` the last event date for which somebody has looked whether it still holds.
    """

    code: str
    regulation: str
    article: str
    see: tuple[str, ...] = ()
    value: object = UNSET
    id: str
    en: str
    confidence: Confidence
    source: tuple[int, ...] = ()
    applies_from: dt.date
    applies_until: dt.date = dt.date.max
    verified_until: dt.date
    readings: tuple[LegalReading, ...] = ()

    @property
    def citation(self) -> str:
        """Regulation and article, and what else to see."""
        return "; ".join((f"{self.regulation} {self.article}".strip(), *self.see))


class Regulation(Struct, frozen=True):
    """One regulation and all that it states."""

    name: str
    title: Text
    applies_from: dt.date
    applies_until: dt.date
    statements: tuple[LawStatement, ...]


class Rulebook:
    """The scheme, every regulation, and the identity (``hash``, ``name``) under which decisions cite them."""

    def __init__(
        self,
        scheme: Scheme,
        regulations: tuple[Regulation, ...],
        holidays: dict[int, frozenset[dt.date]],
        digest: str,
    ) -> None:
        """Arrange the regulations by the date from which they apply."""
        self.scheme = scheme
        self.regulations = tuple(sorted(regulations, key=lambda r: (r.applies_from, r.name)))
        self.holidays = holidays
        self.hash = digest
        self.name = f"{digest}@{ENGINE}"
        self._dates = _turns(self.regulations)
        self._laws = [self._law_on(day) for day in self._dates]

    @property
    def codes(self) -> Codes:
        """The programmes and causes that a document may name."""
        return self.scheme.codes

    def on(self, day: dt.date) -> Law:
        """Return the law for an event on ``day``; before the first regulation it has no figures."""
        return self._laws[bisect_right(self._dates, day) - 1]

    def applied(self, programme: str, day: dt.date) -> Law:
        """Return the law by which a claim of the programme is paid: the one in force, else the next, else the last."""
        place = bisect_right(self._dates, day) - 1
        if programme in (law := self._laws[place]).covered:
            return law
        nearest = (*self._laws[place:], *reversed(self._laws[:place]))
        return next(law for law in nearest if programme in law.covered)

    def _law_on(self, day: dt.date) -> Law:
        scheme = self.scheme
        in_force = [r for r in self.regulations if r.applies_from <= day <= r.applies_until]
        stated = {
            s.code: s for r in in_force for s in r.statements if s.applies_from <= day <= s.applies_until
        }
        ranks, rows = (_lists(stated[code]) if code in stated else [] for code in (RANKS, BRACKETS))
        return Law(
            figures={
                code: _figure(s, stated, day, scheme.rests_on.get(code, ()))
                for code, s in stated.items()
                if code in scheme.figures
            },
            citations={code: s.citation for code, s in stated.items() if code in scheme.reasons},
            regulations=tuple(r.name for r in in_force),
            brackets=Brackets([(int(row[0]), int(row[1])) for row in rows]),
            ranks={str(relation): n for n, rank in enumerate(ranks, 1) for relation in rank},
            covered=frozenset(one.code for one in scheme.programme if one.law in stated),
            currency=scheme.currency,
            cover=scheme.cover,
            scholarship=scheme.scholarship,
        )


def _turns(regulations: Sequence[Regulation]) -> list[dt.date]:
    """Return the days on which the law, or what is known of it, becomes another; the first day there is leads."""
    turns = {dt.date.min}
    for regulation in regulations:
        turns.add(regulation.applies_from)
        ends = {regulation.applies_until}
        for stated in regulation.statements:
            turns.add(stated.applies_from)
            ends |= {stated.applies_until, stated.verified_until}
        turns |= {end + ONE_DAY for end in ends if end < dt.date.max}
    return sorted(turns)


def _figure(
    stated: LawStatement, others: Mapping[str, LawStatement], day: dt.date, rests_on: Sequence[str]
) -> Figure:
    value = stated.value if isinstance(stated.value, int | Decimal) else 0
    rested_on = [others[code] for code in rests_on if code in others]
    verified = min(s.verified_until for s in (stated, *rested_on))
    return Figure(
        whole=int(value),
        decimal=Decimal(value),
        citation=stated.citation,
        confidence=stated.confidence,
        reading=next((reading.en for reading in stated.readings if reading.applied), ""),
        verified_until=verified if verified < day else UNSET,
    )


def _lists(stated: LawStatement) -> list[list[Any]]:
    """Return the rows of brackets or ranks, whose form was checked when they were read."""
    return stated.value if isinstance(stated.value, list) else []
