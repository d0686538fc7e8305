"""Does all of the law and the scheme matter to a scenario? ``uv run python -m tests.scenarios.mutations [CODE …]``.

Each figure is raised and lowered by its smallest step, each bracket, rank, holiday and date of entry into force is
moved, each part of the scheme is left out or said otherwise (code ``scheme``); a change that every scenario survives
is printed with its explanation, or fails the check. Exit code 1 then.
"""

from __future__ import annotations

import datetime as dt
import re
import sys
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from events.catalogue import AnyFact
from services.adjudication import decider
from services.benefits.award import Award
from services.benefits.citation import Citation
from services.benefits.reading.folder import load
from services.benefits.rulebook import LawStatement, Regulation, Rulebook
from services.scenarios.running import run
from tests.scenarios.coverage import runs
from tests.scenarios.scheme_changes import changes, together
from tests.scenarios.touched import DUE, Ran, bracket_key, figure_key, law_key, rank_key

DAY = dt.timedelta(days=1)

_SAME_BEFORE = (
    ("2021-04-01", "2021-03-31"),
    ("2021-04-01", "2021-04-02"),
    ("2022-07-01", "2022-06-30"),
    ("2022-07-01", "2022-07-02"),
)

_WORD = re.compile(r"[\w.-]+")
"""A code, as the name of a change and the steps of a scenario have it."""

_OPEN_FROM_THE_START = "no programme for accidents has first months in which less is due"
_TO_THE_HEIRS = "after a death what the participant would get goes to the heirs"

EXPLAINED = {
    "jkk.death-floor": "the smallest base gives 48 million, so the floor of 20 million never binds",
    "disability.scalp.least": "the contract refuses another percentage at admission; no rule asks for it",
    "disability.scalp.most": "the contract refuses another percentage at admission; no rule asks for it",
    **dict.fromkeys(
        (f"in force from {day} moved to {other}" for day, other in _SAME_BEFORE),
        "the regulation states what was in force before it already",
    ),
    "JKM scholarship from_first_day turned round": "whoever has paid 36 months is past the first months",
    "no JKK jkk.death floor": "the smallest base gives 48 million, so the floor of 20 million never binds",
    **dict.fromkeys(
        (f"{benefit} to participant" for benefit in ("JKM jkm.death", "JKM jkm.periodic", "JKK jkk.death")),
        _TO_THE_HEIRS,
    ),
    **dict.fromkeys(
        (
            f"JKK {benefit.code} from_first_day turned round"
            for benefit in load().scheme.by_code["JKK"].benefit
        ),
        _OPEN_FROM_THE_START,
    ),
}
"""Code of a figure, or name of a change, to why no scenario can tell."""


class Mutant(NamedTuple):
    """A changed rulebook: its name, the code it changes, and what a scenario must have touched to notice."""

    name: str
    code: str
    rulebook: Rulebook
    noticed_by: frozenset[str]


def mutants(rulebook: Rulebook) -> Iterator[Mutant]:
    """Every change of a single figure, then of a bracket, a rank, a date, a holiday."""
    for regulation in rulebook.regulations:
        for stated in regulation.statements:
            key = frozenset((figure_key(stated.code, stated.citation),))
            for value, how, touching in _changed(stated):
                changed = _with(rulebook, regulation, stated, value)
                name = f"{stated.code} ({stated.citation}) {how}"
                yield Mutant(name, stated.code, changed, touching or key)
    for day in sorted({r.applies_from for r in rulebook.regulations}):
        for shift in (-DAY, DAY):
            name = f"in force from {day} moved to {day + shift}"
            near = frozenset(map(law_key, (day, day - DAY)))
            yield Mutant(name, "in-force", _moved(rulebook, day, shift), near)
    for name, scheme in changes(rulebook.scheme):
        changed = Rulebook(scheme, rulebook.regulations, rulebook.holidays, rulebook.hash)
        yield Mutant(name, "scheme", changed, frozenset())
    for year, days in sorted(rulebook.holidays.items()):
        for day in sorted(days):
            if day.weekday() < 5:
                holidays = {**rulebook.holidays, year: days - {day}}
                changed = Rulebook(rulebook.scheme, rulebook.regulations, holidays, rulebook.hash)
                yield Mutant(f"{day} no holiday", "holidays", changed, frozenset((DUE,)))


def _changed(stated: LawStatement) -> Iterator[tuple[object, str, frozenset[str]]]:
    value = stated.value
    if isinstance(value, int | Decimal):
        for step in (1, -1):
            yield value + step, f"{value} → {value + step}", frozenset()
    elif stated.code == "income.brackets" and isinstance(value, list):
        yield from _brackets(value)
    elif stated.code == "heirs.ranks" and isinstance(value, list):
        yield from _ranks(value)


def _brackets(rows: list[list[int]]) -> Iterator[tuple[object, str, frozenset[str]]]:
    for n, (start, base) in enumerate(rows):
        near = frozenset(bracket_key(row[1]) for row in rows[max(n - 1, 0) : n + 1])
        for step in (1000, -1000):
            yield [*rows[:n], [start, base + step], *rows[n + 1 :]], f"base {base} {step:+}", near
        for step in (1, -1) if n else ():
            yield [*rows[:n], [start + step, base], *rows[n + 1 :]], f"from {start} {step:+}", near


def _ranks(ranks: list[list[str]]) -> Iterator[tuple[object, str, frozenset[str]]]:
    for n, rank in enumerate(ranks):
        for relation in rank:
            without = [[r for r in other if r != relation] for other in ranks]
            for step in (-1, 1):
                if 0 <= n + step < len(ranks):
                    moved = [[*o, relation] if m == n + step else o for m, o in enumerate(without)]
                    yield moved, f"{relation} {step:+}", frozenset((rank_key(relation),))
            alone = [*without[:n], [relation], *without[n:]]
            if len(rank) > 1:
                yield alone, f"{relation} first", frozenset((rank_key(relation),))


def _with(rulebook: Rulebook, regulation: Regulation, stated: LawStatement, value: object) -> Rulebook:
    statements = tuple(replace(s, value=value) if s is stated else s for s in regulation.statements)
    changed = replace(regulation, statements=statements)
    others = (changed if r is regulation else r for r in rulebook.regulations)
    return Rulebook(rulebook.scheme, tuple(others), rulebook.holidays, rulebook.hash)


def _moved(rulebook: Rulebook, day: dt.date, shift: dt.timedelta) -> Rulebook:
    """Let everything that begins on a day, and ends the day before, do so a day earlier or later."""

    def period(begins: dt.date, ends: dt.date) -> dict[str, dt.date]:
        return {
            "applies_from": begins + shift if begins == day else begins,
            "applies_until": ends + shift if ends == day - DAY else ends,
        }

    regulations = tuple(
        replace(
            r,
            **period(r.applies_from, r.applies_until),
            statements=tuple(replace(s, **period(s.applies_from, s.applies_until)) for s in r.statements),
        )
        for r in rulebook.regulations
    )
    return Rulebook(rulebook.scheme, regulations, rulebook.holidays, rulebook.hash)


def survivors(codes: frozenset[str] = frozenset()) -> tuple[int, list[Mutant]]:
    """Return how many changes were tried, and those that no scenario notices; of ``codes`` only, if any are named.

    The explained changes of the scheme are tried all at once, and one by one only where a scenario notices them: each
    of them alone would be asked of every scenario. Two that undo each other in every scenario are not noticed so.
    """
    rulebook = load()
    ran = runs().ran
    if failed := [one.scenario.name for one in ran if not one.outcome.passed]:
        raise SystemExit(f"scenarios fail as they are: {failed}")
    tried, alive = 0, []
    noticed: Counter[str] = Counter()

    words = {one.scenario.name: frozenset(_WORD.findall(repr(one.scenario.steps))) for one in ran}

    def work_for_nothing(one: Ran) -> tuple[int, float]:
        named = len(words[one.scenario.name] & changed)
        return -named, one.asked / (1 + noticed[one.scenario.name])

    at_once = _explained_at_once(rulebook)
    unnoticed = not any(_fails(one, at_once) for one in ran)
    for mutant in mutants(rulebook):
        if codes and mutant.code not in codes:
            continue
        tried += 1
        if unnoticed and mutant.code == "scheme" and mutant.name in EXPLAINED:
            alive.append(mutant)
            continue
        changed = frozenset(_WORD.findall(mutant.name))
        near = [one for one in ran if not mutant.noticed_by or one.log & mutant.noticed_by]
        near.sort(key=work_for_nothing)
        by = next((one.scenario.name for one in near if _fails(one, mutant.rulebook)), None)
        if by is None:
            alive.append(mutant)
        else:
            noticed[by] += 1
    return tried, alive


def _explained_at_once(rulebook: Rulebook) -> Rulebook:
    scheme = together(rulebook.scheme, EXPLAINED.keys())
    return Rulebook(scheme, rulebook.regulations, rulebook.holidays, rulebook.hash)


def _fails(ran: Ran, rulebook: Rulebook) -> bool:
    with pytest.MonkeyPatch.context() as patch:
        if DUE not in ran.log:
            patch.setattr(decider, "Citation", Uncited)
        try:
            return not run(ran.scenario, rulebook).passed
        except (LookupError, StopIteration, AssertionError):  # what the change took away was asked for
            return True


class Uncited(Citation):
    """What an award rests on, unsearched: by it an order is dated, and no scenario but those of days looks at that."""

    @property
    def award(self) -> Award:
        return self._award

    @property
    def facts(self) -> tuple[AnyFact, ...]:
        return self._all_facts

    def latest(self, payee: str, *besides: AnyFact) -> AnyFact:
        return self._all_facts[-1]


def main() -> int:
    """Print the survivors, each with why; exit code 1 where one has no explanation."""
    tried, alive = survivors(frozenset(sys.argv[1:]))
    unexplained = 0
    for mutant in alive:
        why = EXPLAINED.get(mutant.code) or EXPLAINED.get(mutant.name)
        unexplained += why is None
        print(f"{mutant.name}: {why or 'NO SCENARIO NOTICES'}")  # noqa: T201
    print(f"{tried} changes, {tried - len(alive)} noticed, {len(alive) - unexplained} explained")  # noqa: T201
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
