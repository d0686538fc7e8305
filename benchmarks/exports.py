"""``uv run python -m benchmarks.exports``: every table of a large book written in one format after the other, and one question in SQL.

The book is that of ``benchmarks.large_book``. Building its read models is not counted; what a format takes holds
copying the read models into DuckDB each time. Memory is the most that the process ever had, with that of the read
models' cache.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.large_book import built, parser, report_figures
from benchmarks.report import Figure
from projections.store import View
from services.benefits.reading.folder import load
from services.exports.dictionary import every_table
from services.exports.formats import FORMATS, Format
from services.exports.loading import opened
from services.exports.manifest import ExportManifest
from services.exports.query import ask
from services.exports.writing import write as write_tables

QUESTION = "SELECT district, status, count(*), sum(entitled), sum(paid_by_bank) FROM claims GROUP BY ALL"


def main() -> int:
    """Measure."""
    asking = parser("exports", __doc__, 60_000)
    asking.add_argument("--format", choices=FORMATS, nargs="+", default=FORMATS, help="which formats")
    asked = asking.parse_args()
    figures = (figure for size in asked.claims for figure in _measured(size, asked.format))
    return report_figures(asked.out, "writing tables", figures)


def _measured(size: int, formats: list[Format]) -> Iterator[Figure]:
    with (
        built(size) as store,
        store.view() as view,
        tempfile.TemporaryDirectory(prefix="kelambu-bench-") as folder,
    ):
        yield _question(view, size)
        for form in formats:
            yield _export(view, size, form, Path(folder) / form)


def _question(view: View, size: int) -> Figure:
    began, process = time.perf_counter(), time.process_time()
    with opened(view, load().scheme, "en") as tables:
        ask(tables, QUESTION, rows=1000, seconds=600)
    return _figure(f"one question in SQL over {size:,} claims", began, process, "")


def _export(view: View, size: int, form: Format, folder: Path) -> Figure:
    of = ExportManifest(
        kelambu="", installation="", cut=(), rulebook="", language="en", clear=False, command=""
    )
    began, process = time.perf_counter(), time.process_time()
    with opened(view, load().scheme, "en") as tables:
        files = write_tables(tables, list(every_table()), [form], folder, of).files
    rows, size_on_disk = sum(file.rows for file in files), sum(file.bytes for file in files)
    return _figure(
        f"{size:,} claims as {form}", began, process, f"{rows:,} rows, {size_on_disk / 2**20:,.0f} MiB; "
    )


def _figure(name: str, began: float, process: float, note: str) -> Figure:
    seconds, spent = time.perf_counter() - began, time.process_time() - process
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Figure(name, seconds, "s", note=f"{note}{spent:.1f} s of processor, at most {most:,.0f} MiB")


if __name__ == "__main__":
    sys.exit(main())
