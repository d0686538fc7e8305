"""The rulebook: what the law says on a date, each figure with its citation and how sure its source is.

It is data: a folder of ``schemes/`` with the scheme and a file for each regulation; ``schemefile``, ``lawfiles`` and
``lawbook`` read and check it.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from events.codes import Codes
from services.benefits.families.scholarship import SchoolRules
from services.benefits.figures import BRACKETS, RANKS
from services.benefits.law_files import LawStatement, Regulation, RulebookError
from services.benefits.law_folder import ONE_DAY, read_folder
from services.benefits.scheme import Scheme

__all__ = [
    "ENGINE",
    "LAW",
    "SCHEMES",
    "Brackets",
    "Figure",
    "Law",
    "Rulebook",
    "RulebookError",
    "load",
    "named",
    "read",
]

ENGINE = "1"
"""Version of the code that reads the rulebook; raised when the same rulebook may give another result."""

SCHEMES = Path(__file__).parent / "schemes"
LAW = SCHEMES / "jkk-jkm"
"""The rulebook that ships with Kelambu, unless an installation names another."""


class Figure(Struct, frozen=True):
    """One figure in force: ``whole`` money, days, months or years, ``decimal`` the same exactly.

    ``verified_until`` is set only on days after it: from then on nobody has looked whether the figure, or one that an
    award line by it rests on, still holds.
    """

    whole: int
    decimal: Decimal
    citation: str
    confidence: str
    reading: str = ""
    verified_until: dt.date | UnsetType = UNSET


class Brackets:
    """Income brackets: from which income, in thousands of rupiah, which monthly base in rupiah counts."""

    def __init__(self, rows: Sequence[tuple[int, int]]) -> None:
        """Keep the rows, which ascend and begin at 0."""
        self._from = [row[0] for row in rows]
        self._bases = [row[1] for row in rows]

    def base(self, income: int) -> int:
        """Return the monthly base *w* of a declared income, both in rupiah a month."""
        return self._bases[bisect_right(self._from, income // 1000) - 1]


class Law(Struct, frozen=True):
    """What is in force on one day: figures and the citations of reasons by code, brackets, rank of each heir."""

    scheme: Scheme
    figures: Mapping[str, Figure]
    citations: Mapping[str, str]
    regulations: tuple[str, ...]
    brackets: Brackets
    ranks: Mapping[str, int]

    def __getitem__(self, code: str) -> Figure:
        """Return the figure in force; raises ``KeyError`` where no regulation has set it."""
        return self.figures[code]

    def whole(self, code: str) -> int:
        """Return a whole figure: money, days, months or years."""
        return self.figures[code].whole

    def covers(self, programme: str) -> bool:
        """Whether any regulation in force says what a claim is worth under the programme."""
        return self.scheme.by_code[programme].law in self.figures

    @property
    def schooling(self) -> SchoolRules:
        """The rules of the scholarship; only asked of a scheme that has one."""
        if not self.scheme.scholarship:
            raise AssertionError("a scheme without a scholarship pays none")
        return self.scheme.scholarship


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
        law = self._laws[place]
        if law.covers(programme):
            return law
        others = (*self._laws[place:], *reversed(self._laws[:place]))
        return next(law for law in others if law.covers(programme))

    def _law_on(self, day: dt.date) -> Law:
        in_force = [r for r in self.regulations if r.applies_from <= day <= r.applies_until]
        stated = {
            s.code: s for r in in_force for s in r.statements if s.applies_from <= day <= s.applies_until
        }
        ranks, rows = (_lists(stated[code]) if code in stated else [] for code in (RANKS, BRACKETS))
        return Law(
            scheme=self.scheme,
            figures={
                code: _figure(s, stated, day, self.scheme.rests_on.get(code, ()))
                for code, s in stated.items()
                if code in self.scheme.figures
            },
            citations={code: s.citation for code, s in stated.items() if code in self.scheme.reasons},
            regulations=tuple(r.name for r in in_force),
            brackets=Brackets([(int(row[0]), int(row[1])) for row in rows]),
            ranks={str(relation): n for n, rank in enumerate(ranks, 1) for relation in rank},
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


def read(folder: Path) -> Rulebook:
    """Read a rulebook folder; raises ``RulebookError`` with the file and the line of the first fault."""
    book = read_folder(folder)
    return Rulebook(book.scheme, book.regulations, book.holidays, book.hash)


def named(folder: Path | None) -> Rulebook:
    """Return the rulebook of a folder, or the one that ships where none is named."""
    return load() if folder is None else read(folder)


@lru_cache(maxsize=1)
def load() -> Rulebook:
    """Return the rulebook that ships with Kelambu."""
    return read(LAW)
