"""``uv run python -m benchmarks.console``: how long each page of the console takes over a large book.

The book is ``benchmarks.large_book.copied`` and a claim that stands in the ledger too, the console that of its tests, asked over
HTTP by one browser in which somebody of all roles is signed in. Pages with a name in their address are asked for that claim only.
The processor's time is that of server and browser together, which one process is; it says what a page costs on a busy machine too. What a page works out in a process of
its own and keeps is not waited for: then the page that says so is what is timed.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

import httpx
from litestar.handlers import HTTPRouteHandler

from benchmarks.large_book import copied, join, parser, told
from benchmarks.report import Figure
from services.console.application import routes
from services.ledger.user_accounts import ROLES
from tests.consoles import lives, running_console

CLAIM = "A-1"
"""A claim that the ledger of the console has too."""
TIMES = 10
PAGE_MS = 500
"""What a page may take, nineteen times of twenty."""
_APART = ("/sign-in", "/static", "/language")


def main() -> int:
    """Measure; exit code 1 when a page took too long."""
    asking = parser("console", __doc__, 600_000)
    asking.add_argument("--book", type=Path, help="read models that were copied before, in place of new ones")
    asking.add_argument("--page", nargs="+", help="only the pages whose address begins so")
    asked = asking.parse_args()
    figures = (
        figure for size in asked.claims for figure in _measured(size, asked.book, tuple(asked.page or ("/",)))
    )
    return told(asked.out, "copying read models, then asking for pages", figures)


def _measured(size: int, book: Path | None, begins: tuple[str, ...]) -> Iterator[Figure]:
    with (
        tempfile.TemporaryDirectory(prefix="kelambu-bench-") as folder,
        running_console(Path(folder), *lives()) as console,
    ):
        file = Path(folder) / "copied.db"
        if book is None:
            copied(file, size)
        else:
            shutil.copy(book, file)
        join(file, Path(folder) / "read-models.db")
        for suffix in ("-wal", "-shm"):
            Path(f"{folder}/read-models.db{suffix}").unlink(missing_ok=True)
        file.rename(Path(folder) / "read-models.db")
        console.add_account("everybody", *ROLES)
        with httpx.Client(base_url=console.url, timeout=600) as client:
            console.sign_in(client, "everybody")
            for page in sorted(_pages()):
                if page.startswith(begins):
                    yield _timed(client, page)


def _pages() -> Iterator[str]:
    for handler in routes():
        if isinstance(handler, HTTPRouteHandler) and "GET" in handler.http_methods:
            for path in handler.paths:
                page = path.replace("{number:str}", CLAIM) if path.startswith("/claims") else path
                page = page.replace("{claim:str}", CLAIM)
                if "{" not in page and not page.startswith(_APART):
                    yield page


def _timed(client: httpx.Client, page: str) -> Figure:
    taken, worked = list[float](), list[float]()
    for _ in range(TIMES + 1):
        began, work = time.perf_counter(), time.process_time()
        answer = client.get(page)
        taken.append((time.perf_counter() - began) * 1000)
        worked.append((time.process_time() - work) * 1000)
        if taken[-1] > 20 * PAGE_MS:
            break
    first, again = taken[0], taken[1:] or taken
    most = quantiles(again, n=20, method="inclusive")[-1] if len(again) > 1 else again[0]
    note = (
        f"median {median(again):,.0f} ms, {median(worked[1:] or worked):,.0f} ms of the processor, the first time {first:,.0f} ms; "
        f"{answer.status_code}, {len(answer.content) / 1024:,.0f} KiB"
    )
    return Figure(page, most, "ms", PAGE_MS, at_most=True, note=note)


if __name__ == "__main__":
    sys.exit(main())
