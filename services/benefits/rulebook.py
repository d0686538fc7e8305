"""The rulebook: every figure of the law as data, by the regulation that set it and the date from which it applies.

One file per regulation in ``law/``. A figure that a later regulation sets again replaces the earlier one for
events from its date on; a figure that no regulation in force has set does not apply.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from bisect import bisect_right
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

ENGINE = "1"
"""Version of the code that reads the rulebook; raised when the same rulebook may give another result."""

LAW = Path(__file__).parent / "law"


class Figure(Struct, frozen=True, forbid_unknown_fields=True):
    """One figure of the law: its article, and how sure its source is (``F``, ``M``, ``C`` or ``D``)."""

    value: int | float
    article: str
    confidence: Literal["F", "M", "C", "D"]
    reading: str = ""

    @property
    def decimal(self) -> Decimal:
        """The value as an exact decimal."""
        return Decimal(str(self.value))

    @property
    def whole(self) -> int:
        """The value where it is a whole number: rupiah, days, months or years."""
        return int(self.value)


class Brackets(Struct, frozen=True, forbid_unknown_fields=True):
    """Rows of (income from, in thousands of rupiah; monthly base in rupiah), ascending."""

    article: str
    confidence: Literal["F", "M", "C", "D"]
    rows: tuple[tuple[int, int], ...]

    def base(self, income: int) -> int:
        """Return the monthly base *w* of a declared income, both in rupiah a month."""
        thousands = income // 1000
        return self.rows[bisect_right(self.rows, thousands, key=lambda row: row[0]) - 1][1]


class Regulation(Struct, frozen=True, forbid_unknown_fields=True):
    """One file of ``law/``."""

    id: str
    applies_from: dt.date
    verified_until: dt.date
    figures: dict[str, Figure]
    brackets: Brackets | None = None


class HolidayList(Struct, frozen=True, forbid_unknown_fields=True):
    """The national holidays of one year, one file of ``law/holidays/``."""

    year: int
    source: str
    confidence: Literal["F", "M", "C", "D"]
    days: tuple[dt.date, ...]


class Law(Struct, frozen=True):
    """The figures in force on one date, and the ids of the regulations they come from."""

    figures: dict[str, Figure]
    regulations: tuple[str, ...]
    brackets: Brackets

    def __getitem__(self, code: str) -> Figure:
        """Return the figure in force; raises ``KeyError`` where no regulation has set it."""
        return self.figures[code]

    def whole(self, code: str) -> int:
        """Return a whole figure: rupiah, days, months or years."""
        return self.figures[code].whole

    def covers(self, programme: str) -> bool:
        """Whether any regulation in force says what a death is worth under the programme."""
        return ("jkm.death" if programme == "JKM" else "jkk.multiple") in self.figures


class Rulebook:
    """Every regulation, and the identity (``hash``, ``name``) under which decisions cite it."""

    def __init__(
        self, regulations: tuple[Regulation, ...], holidays: dict[int, frozenset[dt.date]], digest: str
    ) -> None:
        """Arrange the regulations by the date from which they apply."""
        self.regulations = tuple(sorted(regulations, key=lambda r: (r.applies_from, r.id)))
        self.holidays = holidays
        self.hash = digest
        self.name = f"{digest}@{ENGINE}"
        self._dates = [r.applies_from for r in self.regulations]
        brackets = [r.brackets for r in self.regulations if r.brackets is not None]
        if not brackets:
            raise RulebookError("no regulation has income brackets")
        self._laws = [self._combined(n, brackets[0]) for n in range(len(self.regulations) + 1)]

    def on(self, day: dt.date) -> Law:
        """Return the law for an event on ``day``; before the first regulation it has no figures."""
        return self._laws[bisect_right(self._dates, day)]

    def applied(self, programme: str, day: dt.date) -> Law:
        """Return the law by which a claim of the programme is paid: the one in force, else the earliest there is."""
        law = self.on(day)
        return law if law.covers(programme) else next(law for law in self._laws if law.covers(programme))

    def _combined(self, count: int, first: Brackets) -> Law:
        figures: dict[str, Figure] = {}
        brackets = first
        for regulation in self.regulations[:count]:
            figures |= regulation.figures
            brackets = regulation.brackets or brackets
        return Law(figures, tuple(r.id for r in self.regulations[:count]), brackets)


class RulebookError(Exception):
    """A rulebook file that cannot be used; the message names the file and what is wrong."""


def read(folder: Path) -> Rulebook:
    """Read a rulebook folder; raises ``RulebookError`` with the file and the place of the first fault."""
    digest = hashlib.sha256()
    regulations: list[Regulation] = []
    holidays: dict[int, frozenset[dt.date]] = {}
    for path in sorted(folder.rglob("*.toml")):
        content = path.read_bytes()
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + content + b"\0")
        try:
            if path.parent.name == "holidays":
                listed = msgspec.toml.decode(content, type=HolidayList)
                holidays[listed.year] = frozenset(listed.days)
            else:
                regulations.append(msgspec.toml.decode(content, type=Regulation))
        except msgspec.DecodeError as fault:
            raise RulebookError(f"{path.name}: {fault}") from fault
    return Rulebook(tuple(regulations), holidays, digest.hexdigest())


@lru_cache(maxsize=1)
def load() -> Rulebook:
    """Return the rulebook that ships with Kelambu."""
    return read(LAW)
