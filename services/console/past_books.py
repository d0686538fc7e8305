"""The book at other moments, for pages: built once, by a process beside them, and kept for a while."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Self, TypeAlias

from msgspec import Struct

from events.message import message
from projections.store import Store, View
from services.book.cut import Cut
from services.console.errors import PageError
from services.console.progress import Advanced, WorkProgress
from services.console.results import Results
from services.platform.child_processes import program_of
from services.platform.settings import Settings

BOOKS = 4
"""How many books are kept; the one that was looked at longest ago makes room for another."""
IDLE_SECONDS = 3600
"""After how long without a look a book is dropped."""
_MOST_WAITING = 3
"""How many may wait for their turn: one is built at a time."""
_PATIENCE_SECONDS = 0.5
_MOMENTS = 1000

BookKey: TypeAlias = tuple[Cut, dt.date | None]


class BookIsBuiltError(Exception):
    """The book that is asked for is being built; the page that says so loads again by itself."""

    def __init__(self, progress: WorkProgress | None) -> None:
        """Keep how far it has come, None where nothing is known yet."""
        super().__init__()
        self.progress = progress


class _PastBook(Struct):
    store: Store
    folder: Path
    used_at: float

    def drop(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class PastBooks:
    """The books of one process; each is an SQLite file of its own, gone when it is dropped or the console ends."""

    def __init__(self, build: Callable[[Path, Cut, dt.date | None, Advanced], object]) -> None:
        """Begin without any; ``build`` fills a file with the read models at a cut and a day."""
        self._into = build
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="past-books")
        self._lock = threading.Lock()
        self._books: OrderedDict[BookKey, _PastBook] = OrderedDict()
        self._building: dict[BookKey, Future[None]] = {}
        self._progress: dict[BookKey, WorkProgress] = {}
        self._cuts: OrderedDict[str, tuple[Cut, float]] = OrderedDict()
        self._over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Drop them all; one that is being built drops itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            self._over = True
            self._drop(lambda _: True)

    def cut(self, moment: str, find: Callable[[], Cut], *, seconds: float) -> Cut:
        """Return the cut of a moment as it was found, for so many seconds; then it is looked for again."""
        now = time.monotonic()
        with self._lock:
            last = self._cuts.get(moment)
        if last is not None and now - last[1] < seconds:
            return last[0]
        new_cut = find()
        with self._lock:
            self._cuts[moment] = new_cut, now
            while len(self._cuts) > _MOMENTS:
                self._cuts.popitem(last=False)
        return new_cut

    @contextmanager
    def view(self, cut: Cut, true_on: dt.date | None) -> Iterator[View]:
        """Look at the read models as they were at a cut, of what had happened by the end of a day.

        Raises:
            BookIsBuiltError: they are being built.
            PageError: too many books are waited for.
            CommandFailedError: they could not be built.
        """
        key = cut, true_on
        book = self._book_in_use(key)
        if book is None:
            self._wait_for(key)
            book = self._book_in_use(key)
        if book is None:
            raise BookIsBuiltError(self._progress.get(key))
        with book.store.view() as view:
            yield view

    def _book_in_use(self, key: BookKey) -> _PastBook | None:
        now = time.monotonic()
        with self._lock:
            book = self._books.get(key)
            if book is not None:
                book.used_at = now
                self._books.move_to_end(key)
            self._drop(lambda one: now - one.used_at > IDLE_SECONDS)
            return book

    def _wait_for(self, key: BookKey) -> None:
        """Let a book be built, and wait for it as long as a page may; raises what went wrong with it, once."""
        with self._lock:
            going = self._building.get(key)
            if going is None:
                self._building = {one: work for one, work in self._building.items() if not work.done()}
                if len(self._building) > _MOST_WAITING:
                    raise PageError(503, message("console.moment.too-many"))
                going = self._building[key] = self._pool.submit(self._build, key)
        wait([going], timeout=_PATIENCE_SECONDS)
        if going.done():
            with self._lock:
                if self._building.get(key) is going:
                    del self._building[key]
            going.result()

    def _build(self, key: BookKey) -> None:
        cut, true_on = key
        folder = Path(tempfile.mkdtemp(prefix="kelambu-past-"))
        file = folder / "read-models.db"
        try:
            self._into(file, cut, true_on, partial(self._progress.__setitem__, key))
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        finally:
            self._progress.pop(key, None)
        with self._lock:
            self._books[key] = _PastBook(Store(f"sqlite:///{file}", reads=True), folder, time.monotonic())
            while len(self._books) > (0 if self._over else BOOKS):
                self._books.popitem(last=False)[1].drop()

    def _drop(self, which: Callable[[_PastBook], bool]) -> None:
        for key in [key for key, book in self._books.items() if which(book)]:
            self._books.pop(key).drop()


def build_beside(
    results: Results, settings: Settings, file: Path, cut: Cut, true_on: dt.date | None, advanced: Advanced
) -> None:
    """Fill a file by a process of its own; raises ``CommandFailedError`` with what it says where it could not."""
    words = [str(file), str(cut), *([true_on.isoformat()] if true_on else [])]
    results.process(program_of("services.console.past_book", words), settings, advanced=advanced)
