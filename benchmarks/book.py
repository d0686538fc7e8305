"""``uv run python -m benchmarks.book``: read models of a large book built anew, and questions asked of it as it grows.

What is timed is what the read models take on all processors, from a ledger that is given from memory; then, in books
whose rows are copied, what is told of one claim: its row, its history and its orders.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from contextlib import closing
from functools import partial
from itertools import chain
from pathlib import Path
from statistics import median

from sqlalchemy import select

from benchmarks.large_book import PERSONS, CopiedLedger, build, copied, parser, report_figures
from benchmarks.recalculation import SEED
from benchmarks.report import Figure
from projections import claims, payments, timeline
from projections.store import Store, View

SIZES = (10_000, 100_000)
HISTORIES = (10_000, 100_000, 1_000_000)
YEAR_EVENTS, REBUILD_SECONDS = 3_600_000, 90
"""Events of a year of the whole country, and in how many seconds all read models are to be built from them on two
cores."""
CLAIM_MS = 10
"""What one claim's row and history may take, in a book of any size."""
ASKED = 300


def main() -> int:
    """Measure; exit code 1 when a goal was missed."""
    asking = parser("book", __doc__, *SIZES)
    asking.add_argument(
        "--histories", type=int, nargs="*", default=HISTORIES, help="books of how many claims"
    )
    asking.add_argument(
        "--persons", type=int, default=PERSONS, help="persons for each claim; a regency's year has 100"
    )
    asked = asking.parse_args()
    books = map(partial(_built, persons=asked.persons), asked.claims)
    figures = chain(books, map(_one_claim, asked.histories))
    return report_figures(asked.out, "building read models", figures)


def _built(size: int, persons: int) -> Figure:
    ledger = CopiedLedger(size, persons=persons)
    with tempfile.TemporaryDirectory(prefix="kelambu-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'read-models.db'}"
        began, process = time.perf_counter(), _processor()
        build(url, ledger)
        seconds, spent = time.perf_counter() - began, _processor() - process
    each = f"{spent / ledger.events * 1e6:.1f} µs of a processor each"
    return Figure(
        f"{YEAR_EVENTS:,} events, from {size:,} claims of {persons * size:,} persons",
        YEAR_EVENTS * seconds / ledger.events,
        "s",
        REBUILD_SECONDS,
        at_most=True,
        note=f"{ledger.events:,} events at {ledger.events / seconds:,.0f}/s, {each}",
    )


def _processor() -> float:
    """Return the processor time of this process and of those that it has started and that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _one_claim(size: int) -> Figure:
    with tempfile.TemporaryDirectory(prefix="kelambu-bench-") as folder:
        file = Path(folder) / "read-models.db"
        copied(file, size)
        with closing(Store(f"sqlite:///{file}")) as store, store.view() as view:
            table = claims.claim_table(view)
            numbers = [str(row[0]) for row in view.rows(select(table.c.claim))]
            sought = random.Random(SEED).sample(numbers, ASKED)
            first, again = ([_told_of(view, number) for number in sought] for _ in range(2))
    (spent, clock), (spent_again, clock_again) = (
        map(median, zip(*each, strict=True)) for each in (first, again)
    )
    note = (
        f"of a processor, median of {ASKED}, {clock:.1f} ms by the clock with what is read from the disk; "
        f"again {spent_again:.2f} and {clock_again:.1f} ms; copied read models"
    )
    return Figure(f"one claim of {size:,}", spent, "ms", CLAIM_MS, at_most=True, note=note)


def _told_of(view: View, number: str) -> tuple[float, float]:
    """Return the milliseconds that one claim takes: of a processor, and by the clock."""
    began, process = time.perf_counter(), time.process_time()
    claims.claim(view, number)
    timeline.moments(view, number)
    payments.of_claim(view, number)
    return (time.process_time() - process) * 1000, (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    sys.exit(main())
