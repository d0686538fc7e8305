"""What differs between two rulebooks, figure by figure, and for each what the law would be with that one alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache
from typing import TypeAlias

from msgspec.structs import replace

from services.benefits.figures import TABLES
from services.benefits.law import Law
from services.benefits.rulebook import Regulation, Rulebook

Versions: TypeAlias = list[tuple[dt.date, dt.date, object]]
"""First day, last day and value, in order."""


class Turn:
    """One figure on one day: its values in both rulebooks, and the first rulebook with the second's figure in it."""

    def __init__(self, code: str, before: str, after: str, citation: str, rulebook: Rulebook) -> None:
        """Keep what is to be said of it; ``citation`` is the second rulebook's, where it has the figure."""
        self.code, self.before, self.after, self.citation = code, before, after, citation
        self.rulebook = rulebook


class FigureChanges:
    """The figures that differ between the rulebook by which a claim was assessed and the other one."""

    def __init__(self, current: Rulebook, other: Rulebook) -> None:
        """Compare values and periods; texts, sources and citations make no difference."""
        self.current, self.other = current, other
        ours, theirs = _versions(current), _versions(other)
        self._units = {**other.scheme.figures, **current.scheme.figures}
        self._reasons = current.scheme.reasons | other.scheme.reasons
        self.codes = tuple(code for code in self._units if ours.get(code) != theirs.get(code))
        self._with = cache(self._with_one)

    def at(self, programme: str, day: dt.date) -> list[Turn]:
        """Return the figures of a programme that differ for an event on a day; all that differ where none does."""
        law, other = self.current.applied(programme, day), self.other.applied(programme, day)
        schemes = (self.current.scheme, self.other.scheme)
        ours = [
            code for code in self.codes if any(programme in scheme.programmes_of(code) for scheme in schemes)
        ]
        turns = [self._turn(code, law, other) for code in ours]
        return [
            turn for turn in turns if turn.before != turn.after or self._units[turn.code] in TABLES
        ] or turns

    def _turn(self, code: str, law: Law, other: Law) -> Turn:
        cited = other.figures.get(code) or law.figures.get(code)
        citation = cited.citation if cited else ""
        return Turn(code, self._value(law, code), self._value(other, code), citation, self._with(code))

    def _with_one(self, code: str) -> Rulebook:
        """Return the rulebook in force with this figure, and the reasons it may need, taken from the other one."""
        rest = [_only(one, lambda stated: stated != code) for one in self.current.regulations]
        taken = [
            _only(one, lambda stated: stated == code or stated in self._reasons)
            for one in self.other.regulations
        ]
        return Rulebook(self.current.scheme, (*taken, *rest), self.current.holidays, "")

    def _value(self, law: Law, code: str) -> str:
        figure = law.figures.get(code)
        in_table = self._units[code] in TABLES
        return "" if figure is None or in_table else law.currency.plain(figure.decimal)


def _only(regulation: Regulation, keeps: Callable[[str], bool]) -> Regulation:
    stated = tuple(one for one in regulation.statements if keeps(one.code))
    return replace(regulation, statements=stated)


def _versions(rulebook: Rulebook) -> dict[str, Versions]:
    versions: dict[str, Versions] = {}
    for regulation in rulebook.regulations:
        for stated in regulation.statements:
            first = max(stated.applies_from, regulation.applies_from)
            last = min(stated.applies_until, regulation.applies_until)
            versions.setdefault(stated.code, []).append((first, last, stated.value))
    for every in versions.values():
        every.sort(key=lambda version: version[0])
    return versions
