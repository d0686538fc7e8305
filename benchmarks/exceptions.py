"""``uv run python -m benchmarks.exceptions``: the list of exceptions and the deadlines of a large book, and how long each takes.

The book is that of ``benchmarks.large_book``, with tokens: nobody pays in it, so that every order is late and every
claim has an exception.
"""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Callable, Iterator

from benchmarks.large_book import built, parser, report_figures
from benchmarks.report import Figure
from services.exceptions.deadlines import deadlines
from services.exceptions.listing import Sought, exceptions

ON = dt.date(2027, 1, 1)


def main() -> int:
    """Measure, and say how many lines each answer has."""
    asked = parser("exceptions", __doc__, 60_000).parse_args()
    figures = (figure for size in asked.claims for figure in _measured(size))
    return report_figures(asked.out, "building read models, then asking", figures)


def _measured(size: int) -> Iterator[Figure]:
    with built(size) as store, store.view() as view:
        questions: dict[str, Callable[[], int]] = {
            "exceptions": lambda: len(exceptions(view, ON).exceptions),
            "exceptions of a kind": lambda: len(exceptions(view, ON, Sought(kind="held")).exceptions),
            "deadlines by district": lambda: len(deadlines(view, ON, "district").orders),
            "deadlines by month": lambda: len(deadlines(view, ON, "month").orders),
        }
        for name, ask in questions.items():
            began, spent = time.perf_counter(), time.process_time()
            lines = ask()
            taken, clock = time.process_time() - spent, time.perf_counter() - began
            note = f"{lines:,} lines, {clock:.1f} s by the clock for {size:,} claims"
            yield Figure(name, taken, "s", note=note)


if __name__ == "__main__":
    sys.exit(main())
