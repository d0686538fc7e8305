"""What no scenario touches: ``uv run python -m tests.scenarios.coverage``.

Figures of the law, reasons, things to wait for, benefits, codes of refusal and statuses that no scenario has; sentences
that none uses; and lines of the rules that none reaches.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple, TypeAlias, cast

from services.benefits import assess, award, case, coverage, insured_event
from services.benefits.families import bills, disability, incapacity, lump_sum, scholarship
from services.benefits.reading.folder import load
from services.scenarios import wording
from services.scenarios.sentences import TABLE
from tests.scenarios.test_scenarios import SCENARIOS
from tests.scenarios.touched import Ran, figure_key, touched

RULES = (
    assess,
    award,
    bills,
    case,
    coverage,
    disability,
    insured_event,
    incapacity,
    lump_sum,
    scholarship,
)
DESCRIBING = frozenset(("_inside", "_named", "cited", "codes", "in_person", "needs_income"))
"""Functions that say something of a benefit and decide nothing; they are asked once, when a rulebook is read."""
LISTED = ("income.brackets", "heirs.ranks")
"""Figures that are lists; each member counts by itself."""

Line: TypeAlias = tuple[str, int]


def untouched() -> dict[str, list[str]]:
    """Return by family what no scenario touches."""
    book = load()
    ran, reached = runs()
    log = frozenset().union(*(one.log for one in ran))
    figures = {
        figure_key(stated.code, stated.citation)
        for regulation in book.regulations
        for stated in regulation.statements
        if stated.code in book.scheme.figures and stated.code not in LISTED
    }
    said: dict[str, set[str]] = {"reasons": set(), "missing": set(), "codes": set(), "benefit": set()}
    used = set()
    for scenario in SCENARIOS:
        for step in scenario.steps:
            used.add(step.sentence.pattern.id)
            for name, codes in said.items():
                value = step.values.get(name, ())
                codes.update((value,) if isinstance(value, str) else cast("tuple[str, ...]", value))
    paid = {
        benefit
        for one in ran
        for view in one.outcome.seen.result.claims.values()
        for benefit in view.entitled
    }
    return {
        "figures": sorted(figures - log),
        "reasons": sorted(book.scheme.reasons - said["reasons"]),
        "missing": sorted(set(wording.MISSING.codes.values()) - said["missing"]),
        "refusals": sorted(set(wording.REFUSALS.codes.values()) - said["codes"]),
        "benefits": sorted(
            {c for c in wording.BENEFITS.codes.values() if "." in c or c == "scholarship"} - paid
        ),
        "sentences": sorted({sentence.pattern.id for sentence in TABLE} - used),
        "lines": sorted(_unreached(reached)),
    }


class Runs(NamedTuple):
    """Every scenario as it ran once, with what it asked of the rulebook, and the lines of the rules that any reached."""

    ran: Sequence[Ran]
    reached: frozenset[Line]


@cache
def runs() -> Runs:
    """Run every scenario once; a function is no longer followed line by line when all of it was reached."""
    reached = set[Line]()
    files = {str(module.__file__) for module in RULES}
    left: dict[CodeType, set[int]] = {}

    def enter(frame: FrameType, event: str, arg: Any) -> Any:
        code = frame.f_code
        if code.co_filename not in files:
            return None
        if code not in left:
            left[code] = set(_lines(code))
        return note if left[code] else None

    def note(frame: FrameType, event: str, arg: Any) -> Any:
        if event == "line":
            reached.add((frame.f_code.co_filename, frame.f_lineno))
            left[frame.f_code].discard(frame.f_lineno)
        return note

    book = load()
    before = sys.gettrace()
    sys.settrace(enter)
    try:
        ran = touched(SCENARIOS, book)
    finally:
        sys.settrace(before)
    return Runs(ran, frozenset(reached))


def _unreached(reached: frozenset[Line]) -> Iterator[str]:
    """Yield the lines of the rules that no scenario reaches, as ``file: text``."""
    for file in sorted(str(module.__file__) for module in RULES):
        text = Path(file).read_text(encoding="utf-8")
        lines = text.splitlines()
        functions = _functions(compile(text, file, "exec"))
        deciding = (code for code in functions if code.co_name not in DESCRIBING)
        for number in sorted({line for code in deciding for line in _lines(code)}):
            if (file, number) not in reached:
                yield f"{Path(file).name}: {lines[number - 1].strip()}"


def _functions(code: CodeType) -> Iterator[CodeType]:
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            if inner.co_flags & 0x2:  # a function, not the body of a class
                yield inner
            yield from _functions(inner)


def _lines(code: CodeType) -> Iterator[int]:
    """Yield the lines of a function's own statements."""
    return (line for _, _, line in code.co_lines() if line and line != code.co_firstlineno)


def main() -> None:
    """Print what is untouched, by family."""
    for family, names in untouched().items():
        print(f"{family}: {len(names)} untouched")  # noqa: T201
        for name in names:
            print(f"  {name}")  # noqa: T201


if __name__ == "__main__":
    main()
