"""Which figures of the law, reasons, missing papers and benefits the scenarios touch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from services.benefits.rulebook import Brackets, Figure, Law, Rulebook
from services.scenarios.expectations import due
from services.scenarios.reading import Scenario
from services.scenarios.running import Outcome, run

DUE = "due date"
"""Noted where a scenario says when something is due."""


class _Figures(Mapping[str, Figure]):
    """The figures in force, which notes each that is asked for."""

    def __init__(self, figures: Mapping[str, Figure], log: set[str]) -> None:
        self._figures, self._log = figures, log

    def __getitem__(self, code: str) -> Figure:
        figure = self._figures[code]
        self._log.add(figure_key(code, figure.citation))
        return figure

    def __contains__(self, code: object) -> bool:
        return code in self._figures

    def __iter__(self) -> Iterator[str]:
        return iter(self._figures)

    def __len__(self) -> int:
        return len(self._figures)


class _Brackets(Brackets):
    """The brackets, which note each base they give."""

    def __init__(self, brackets: Brackets, log: set[str]) -> None:
        self._brackets, self._log = brackets, log

    def base(self, income: int) -> int:
        base = self._brackets.base(income)
        self._log.add(f"income.brackets {base}")
        return base


class _Ranks(Mapping[str, int]):
    """The ranks of heirs, which note each relation that is asked for."""

    def __init__(self, ranks: Mapping[str, int], log: set[str]) -> None:
        self._ranks, self._log = ranks, log

    def __getitem__(self, relation: str) -> int:
        self._log.add(f"heirs.ranks {relation}")
        return self._ranks[relation]

    def __iter__(self) -> Iterator[str]:
        return iter(self._ranks)

    def __len__(self) -> int:
        return len(self._ranks)


class Noting(Rulebook):
    """A rulebook that notes what is asked of it; ``log`` holds the keys."""

    def __init__(self, rulebook: Rulebook) -> None:
        """Have the same law."""
        super().__init__(rulebook.scheme, rulebook.regulations, rulebook.holidays, rulebook.hash)
        self.log: set[str] = set()

    def on(self, day: dt.date) -> Law:
        return self._noting(super().on(day))

    def applied(self, programme: str, day: dt.date) -> Law:
        return self._noting(super().applied(programme, day))

    def _noting(self, law: Law) -> Law:
        return replace(
            law,
            figures=_Figures(law.figures, self.log),
            brackets=_Brackets(law.brackets, self.log),
            ranks=_Ranks(law.ranks, self.log),
        )


def figure_key(code: str, citation: str) -> str:
    """Name a figure as one regulation states it."""
    return f"{code} ({citation})"


def touched(scenarios: list[Scenario], rulebook: Rulebook) -> list[tuple[Scenario, Outcome, frozenset[str]]]:
    """Run every scenario and return what each asked of the rulebook, with its outcome."""
    ran = []
    for scenario in scenarios:
        noting = Noting(rulebook)
        outcome = run(scenario, noting)
        if any(step.sentence.meaning is due for step in scenario.steps):
            noting.log.add(DUE)
        ran.append((scenario, outcome, frozenset(noting.log)))
    return ran
