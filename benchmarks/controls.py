"""``uv run python -m benchmarks.controls``: every audit test asked of a large book, and how long each takes.

The book is that of ``benchmarks.large_book``, its personal values as tokens. Nothing is opened: who is enrolled is
drawn anew, and each review is given to one of six officers; what opening their boxes costs is not in these figures.
"""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Iterator

from sqlalchemy import select

from benchmarks.large_book import PERSONS, built, parser, report_figures
from benchmarks.recalculation import SEED
from benchmarks.report import Figure
from projections import evidence
from projections.store import View
from services.controls.hits import Identity, Question, control_result
from services.controls.registry import CONTROLS
from services.controls.shared_asking import ask_controls
from services.simulation.population import POPULATION, population

MILLION, SECONDS = 1_000_000, 60
"""Claims, and in how many seconds all controls are to be asked of them on two cores."""
OFFICERS = 6
BEFORE = dt.date(2025, 1, 1)
"""The day that is asked about: no order was due by then, as nobody pays any in this book."""


def main() -> int:
    """Measure; exit code 1 when a goal was missed."""
    asked_for = parser("controls", __doc__, 60_000).parse_args()
    figures = (figure for size in asked_for.claims for figure in _measured(size))
    return report_figures(asked_for.out, "building read models, then asking", figures)


def _measured(size: int) -> Iterator[Figure]:
    with built(size) as store, store.view() as view:
        question = _question(view, size)
        every = 0.0
        for control in CONTROLS:
            spent = time.process_time()
            result = control_result(control, view, question)
            every += (taken := time.process_time() - spent)
            yield Figure(control.name, taken, "s", note=f"{result.count:,} hits")
        began = time.perf_counter()
        # The copies' events do not stand in the checkpoints, by which a book is known to be large.
        ask_controls(CONTROLS, view, BEFORE, lambda: question, large=0)
        clock = time.perf_counter() - began
        note = f"{clock:.1f} s by the clock, {every:.1f} s of a processor for {size:,} claims"
        yield Figure(
            f"all controls, {MILLION:,} claims",
            clock * MILLION / size,
            "s",
            SECONDS,
            at_most=True,
            note=note,
        )


def _question(view: View, size: int) -> Question:
    facts = evidence.facts(view)
    reviews = view.rows(select(facts.c.partition, facts.c.position).where(facts.c.kind == evidence.REVIEWED))
    officers = {(int(a or 0), int(b or 0)): f"~{n % OFFICERS}" for n, (a, b) in enumerate(reviews)}
    return Question(BEFORE, list(_identities(PERSONS * size)), officers)


def _identities(persons: int) -> Iterator[Identity]:
    """Yield who is enrolled: the people of as many regencies of 45,000 as it takes, each with NIKs of its own."""
    for regency in range(-(-persons // POPULATION)):
        first = regency * POPULATION
        for one in population(SEED + regency, min(POPULATION, persons - first)):
            number, nik = first + one.number, f"{11 + regency % 80}{1 + regency // 80:02}{one.nik[4:]}"
            yield Identity(f"~{number}", nik, one.name, one.birth.isoformat(), f"enrol-{number}")


if __name__ == "__main__":
    sys.exit(main())
