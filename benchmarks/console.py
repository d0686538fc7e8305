"""``uv run python -m benchmarks.console``: what each page of the console costs over a large book, asked in many ways.

The book is ``benchmarks.large_book.copied`` and a claim that stands in the ledger too, the console that of its tests,
asked over HTTP by one browser in which somebody of all roles is signed in, so that every page shows all that any role
sees. Each page is asked for without a question and with those of ``benchmarks.console_questions``, each of them twice.
What is worked out beside the pages, by threads of their own, and kept until the book has changed, is told apart: no
page waits for it.

What counts is the processor's time of the console alone, which other work on the machine hardly changes: the browser
is the thread that asks, and its time is not counted.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median, quantiles

import httpx
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct
from sqlalchemy import select

from benchmarks.console_questions import found_by, questions
from benchmarks.large_book import copied, join, parser, report_figures
from benchmarks.report import Figure
from projections.agencies import admitted
from projections.claims import claim_table
from projections.store import Store, View
from services.console.application import routes
from services.console.results import THREADS
from services.ledger.user_accounts import ROLES
from tests.consoles import lives, running_console, secret

CLAIMS, FIND = ("A-1", "A-2", "A-3", "A-4", "A-5"), "/claims/find"
"""Claims that the ledger of the console has too, and where the search field of the list of claims leads."""
PAGE_MS = 200
"""What a page may take of a processor, nineteen times of twenty."""
_APART = ("/sign-in", "/static", "/language")
_ACCOUNT = "everybody"
_AGAIN = 0.05


class Asked(Struct, frozen=True):
    """What one question cost of the processor, in milliseconds.

    It has the page the first time and again, and what was worked out beside it.
    """

    address: str
    status: int
    first: float
    again: float
    beside: float
    size: int


def main() -> int:
    """Measure; exit code 1 when a page took too long."""
    asking = parser("console", __doc__, 600_000)
    asking.add_argument(
        "--book",
        type=Path,
        help="read models that were copied before, or where to keep new ones; the other claim joins them",
    )
    asking.add_argument("--page", nargs="+", help="only the pages whose address begins so")
    asking.add_argument("--every", action="store_true", help="say of each question what it cost")
    asked = asking.parse_args()
    begins = tuple(asked.page or ("/",))
    figures = (
        figure for size in asked.claims for figure in _measured(size, asked.book, begins, every=asked.every)
    )
    return report_figures(asked.out, "copying read models, then asking for pages", figures)


def _measured(size: int, book: Path | None, begins: tuple[str, ...], *, every: bool) -> Iterator[Figure]:
    with (
        tempfile.TemporaryDirectory(prefix="kelambu-bench-") as folder,
        running_console(Path(folder), *lives()) as console,
    ):
        file = book or Path(folder) / "copied.db"
        if not file.exists():
            copied(file, size)
        stands = Path(folder) / "read-models.db"
        join(file, stands)
        for suffix in ("", "-wal", "-shm"):
            Path(f"{stands}{suffix}").unlink(missing_ok=True)
        stands.symlink_to(file.resolve())
        console.add_account(_ACCOUNT, *ROLES)
        with httpx.Client(base_url=console.url, timeout=600) as client:
            console.sign_in(client, _ACCOUNT)
            with closing(Store(f"sqlite:///{stands}", reads=True)) as store, store.view() as view:
                asked, pages = questions(view), sorted(_pages(view))
                sought = found_by(view) if FIND.startswith(begins) else ()
            for page, addresses in pages:
                if page.startswith(begins):
                    ways = [f"{address}{way}" for address in addresses for way in ("", *asked.get(page, ()))]
                    yield _figure(page, [_twice(way, partial(client.get, way)) for way in ways], every=every)
            if sought:
                yield _figure(FIND, [_found(client, text) for text in sought], every=every)


def _pages(view: View) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield every page and its address, of one of a kind those of some claims, their persons, agencies and who is signed in."""
    claims = claim_table(view)
    among = claims.c.claim.in_(CLAIMS)
    persons = [str(row[0]) for row in view.rows(select(claims.c.person).where(among))]
    ones = {
        "/claims/{number:str}": CLAIMS,
        "/work/{claim:str}": CLAIMS,
        "/persons/{token:str}": persons,
        "/agencies/{name:str}": [one.agency for one in admitted(view)],
        "/officers/{account:str}": (_ACCOUNT,),
    }
    for handler in routes():
        if isinstance(handler, HTTPRouteHandler) and "GET" in handler.http_methods:
            for path in handler.paths:
                of = next((one for one in ones if path.startswith(one)), "")
                addresses = [path.replace(of, f"{of.rpartition('/')[0]}/{one}") for one in ones.get(of, ())]
                if not path.startswith(_APART) and "{" not in path.removeprefix(of):
                    yield path.replace(":str", ""), addresses or (path,)


def _twice(address: str, ask: Callable[[], httpx.Response]) -> Asked:
    """Ask for something until all that it shows is worked out, and once more.

    ``first`` is the dearest of the answers until then.
    """
    began, pages = _worked()[1], list[float]()
    while True:
        page = _worked()[0]
        answer = ask()
        pages.append(_worked()[0] - page)
        if "refresh" not in answer.headers:
            break
        time.sleep(_AGAIN)
    page, beside = _worked()
    answer = ask()
    return Asked(
        address, answer.status_code, max(pages), _worked()[0] - page, beside - began, len(answer.content)
    )


def _found(client: httpx.Client, text: str) -> Asked:
    """Type something into the search field, twice."""
    form = {"csrf": secret(client, "/claims"), "text": text}
    return _twice(text, lambda: client.post(FIND, data=form))


def _worked() -> tuple[float, float]:
    """Return the milliseconds of a processor that pages have had, and what was worked out beside them.

    Not the thread that asks.
    """
    beside = sum(
        int(Path(f"/proc/self/task/{thread.native_id}/schedstat").read_text().split()[0]) / 1e6
        for thread in threading.enumerate()
        if thread.name.startswith(THREADS)
    )
    return (time.process_time() - time.thread_time()) * 1000 - beside, beside


def _figure(page: str, asked: Iterable[Asked], *, every: bool) -> Figure:
    answers = list(asked)
    worst = max(answers, key=lambda one: one.first)
    statuses = ", ".join(map(str, sorted({one.status for one in answers})))
    note = (
        f"{len(answers)} questions: median {median(one.first for one in answers):,.0f} ms, most {worst.first:,.0f} ms"
        f"{f' ({worst.address})' if len(answers) > 1 else ''}; again {_p95(one.again for one in answers):,.0f} ms; "
        f"beside it at most {max(one.beside for one in answers):,.0f} ms; "
        f"{statuses}, {max(one.size for one in answers) / 1024:,.0f} KiB"
    )
    if every:
        note += "".join(
            f"\n{one.first:8,.0f} {one.again:6,.0f} {one.beside:6,.0f} {one.status} {one.address}"
            for one in answers
        )
    return Figure(page, _p95(one.first for one in answers), "ms", PAGE_MS, at_most=True, note=note)


def _p95(taken: Iterable[float]) -> float:
    every = list(taken)
    return quantiles(every, n=20, method="inclusive")[-1] if len(every) > 1 else every[0]


if __name__ == "__main__":
    sys.exit(main())
