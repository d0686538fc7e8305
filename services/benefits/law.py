"""The law in force on one day.

Its figures, each with its citation, and the rules and the currency of the scheme that apply them.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from events.claim import Level
from services.benefits.figures import Amount, Count, Months, Years


class Currency(Struct, frozen=True, forbid_unknown_fields=True):
    """``groups`` counts the digits between two ``separator`` from the right; the last count is repeated."""

    sign: str
    separator: str
    decimal: str
    groups: tuple[int, ...] = (3,)

    def write(self, amount: int) -> str:
        """Write a whole amount with its sign; below nothing ``-Rp500``."""
        return f"{'-' if amount < 0 else ''}{self.sign}{self.number(abs(amount))}"

    def number(self, count: int) -> str:
        """Write a whole number, not negative, in groups."""
        if self.groups == (3,):
            return f"{count:,}".replace(",", self.separator)
        digits, parts = str(count), []
        sizes = iter(self.groups)
        size = self.groups[-1]
        while digits:
            size = next(sizes, size)
            parts.append(digits[-size:])
            digits = digits[:-size]
        return self.separator.join(reversed(parts))

    def plain(self, value: Decimal) -> str:
        """Write an exact decimal without trailing zeros."""
        return f"{value.normalize():f}".replace(".", self.decimal)


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
        self._from = [row[0] for row in rows]
        self._bases = [row[1] for row in rows]

    def base(self, income: int) -> int:
        """Return the monthly base *w* of a declared income, both in rupiah a month."""
        return self._bases[bisect_right(self._from, income // 1000) - 1]


class CoverageRule(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What unpaid months do. ``arrears``: so many go to a person, more end a membership; without it the first does.

    ``paid_after``: what becomes of a claim where the month of the event was paid only after it.
    """

    arrears: Months = ""
    paid_after: Literal["deny", "refer"]


class SchoolRules(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The scholarship of a scheme, which is one for a participant: for how many ``children``, up to which ``age``.

    ``amounts`` are for a school year of each level, ``years`` how many of a level are paid; a level that ``counts_as``
    another shares its years. ``year_begins`` (MM-DD) is the day on which a school year begins, and of the age.
    """

    children: Count
    age: Years
    amounts: dict[Level, Amount]
    years: dict[Level, Count]
    counts_as: dict[Level, Level] = {}
    year_begins: Annotated[str, Meta(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$")]

    def counted_as(self, level: Level) -> Level:
        """Return the level under whose years a school year counts."""
        return self.counts_as.get(level, level)

    def begins(self, school_year: int) -> dt.date:
        """Return the first day of the school year that begins in this year."""
        return dt.date(school_year, int(self.year_begins[:2]), int(self.year_begins[3:]))


class Law(Struct, frozen=True):
    """What is in force on one day: figures and the citations of reasons by code, brackets, rank of each heir.

    ``covered`` are the programmes of which a regulation in force says what a claim is worth. ``currency``, ``cover``
    and ``scholarship`` are those of the scheme.
    """

    figures: Mapping[str, Figure]
    citations: Mapping[str, str]
    regulations: tuple[str, ...]
    brackets: Brackets
    ranks: Mapping[str, int]
    covered: frozenset[str]
    currency: Currency
    cover: CoverageRule
    scholarship: SchoolRules | UnsetType = UNSET

    def __getitem__(self, code: str) -> Figure:
        """Return the figure in force; raises ``KeyError`` where no regulation has set it."""
        return self.figures[code]

    def whole(self, code: str) -> int:
        """Return a whole figure: money, days, months or years."""
        return self.figures[code].whole

    @property
    def schooling(self) -> SchoolRules:
        """The rules of the scholarship; only asked of a scheme that has one."""
        if not self.scholarship:
            raise AssertionError("a scheme without a scholarship pays none")
        return self.scholarship
