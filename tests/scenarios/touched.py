"""Which figures of the law, reasons, missing papers and benefits the scenarios touch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from msgspec.structs import replace

from services.benefits.law import Brackets, Law
from services.benefits.rulebook import Rulebook
from services.scenarios.expectations import due
from services.scenarios.reading import Scenario
from services.scenarios.running import ScenarioResult, run

T = TypeVar("T")

DUE = "due date"
"""Noted where a scenario says when something is due."""


class _Noted(Mapping[str, T]):
    """What is in force by its code, which notes each that is asked for under a key of its own."""

    def __init__(self, parts: Mapping[str, T], log: set[str], key: Callable[[str, T], str]) -> None:
        self._parts, self._log, self._key = parts, log, key

    def __getitem__(self, code: str) -> T:
        part = self._parts[code]
        self._log.add(self._key(code, part))
        return part

    def __contains__(self, code: object) -> bool:
        return code in self._parts

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)


class _Brackets(Brackets):
    """The brackets, which note each base they give."""

    def __init__(self, brackets: Brackets, log: set[str]) -> None:
        self._brackets, self._log = brackets, log

    def base(self, income: int) -> int:
        base = self._brackets.base(income)
        self._log.add(bracket_key(base))
        return base


class Noting(Rulebook):
    """A rulebook that notes what is asked of it; ``log`` holds the keys, ``asked`` counts the laws that were given."""

    def __init__(self, rulebook: Rulebook) -> None:
        """Have the same law."""
        super().__init__(rulebook.scheme, rulebook.regulations, rulebook.holidays, rulebook.hash)
        self.log: set[str] = set()
        self.asked = 0

    def on(self, day: dt.date) -> Law:
        return self._noting(day, super().on(day))

    def applied(self, programme: str, day: dt.date) -> Law:
        return self._noting(day, super().applied(programme, day))

    def _noting(self, day: dt.date, law: Law) -> Law:
        self.asked += 1
        self.log.add(law_key(day))
        return replace(
            law,
            figures=_Noted(law.figures, self.log, lambda code, figure: figure_key(code, figure.citation)),
            citations=_Noted(law.citations, self.log, figure_key),
            brackets=_Brackets(law.brackets, self.log),
            ranks=_Noted(law.ranks, self.log, lambda relation, _: rank_key(relation)),
        )


def figure_key(code: str, citation: str) -> str:
    """Name a figure, or a reason, as one regulation states it."""
    return f"{code} ({citation})"


def bracket_key(base: int) -> str:
    """Name the bracket of a base."""
    return f"income.brackets {base}"


def rank_key(relation: str) -> str:
    """Name the rank of a relation."""
    return f"heirs.ranks {relation}"


def law_key(day: dt.date) -> str:
    """Name the law of a day."""
    return f"the law on {day}"


class Ran(NamedTuple):
    """A scenario that was run: what it asked of the rulebook, and how many laws it was given, a measure of its work."""

    scenario: Scenario
    outcome: ScenarioResult
    log: frozenset[str]
    asked: int


def touched(scenarios: list[Scenario], rulebook: Rulebook) -> list[Ran]:
    """Run every scenario and return what each asked of the rulebook, with its outcome."""
    ran = []
    for scenario in scenarios:
        noting = Noting(rulebook)
        outcome = run(scenario, noting)
        if any(step.sentence.meaning is due for step in scenario.steps):
            noting.log.add(DUE)
        ran.append(Ran(scenario, outcome, frozenset(noting.log), noting.asked))
    return ran
