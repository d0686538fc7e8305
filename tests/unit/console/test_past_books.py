"""The books at other moments that pages are shown: built once, kept for a while, never many."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from projections.catalogue import PROJECTIONS
from projections.store import Store
from services.book.cut import Cut
from services.console.past_books import BOOKS, BookIsBuiltError, PastBooks
from services.console.progress import Advanced, WorkProgress


class Builder:
    """Builds empty books, and notes of which moments."""

    def __init__(self) -> None:
        self.built: list[tuple[int, dt.date | None]] = []
        self.files: list[Path] = []
        self.fails = False
        self.half: threading.Event | None = None

    def __call__(self, file: Path, cut: Cut, true_on: dt.date | None, advanced: Advanced) -> None:
        if self.half is not None:
            advanced(WorkProgress(1, 2))
            self.half.wait()
        if self.fails:
            self.fails = False
            raise ValueError("no")
        store = Store(f"sqlite:///{file}", scratch=True)
        store.prepare(PROJECTIONS, 1)
        store.close()
        self.built.append((cut.events, true_on))
        self.files.append(file)


@pytest.fixture
def builder() -> Builder:
    return Builder()


@pytest.fixture
def books(builder: Builder) -> Iterator[PastBooks]:
    with PastBooks(builder) as made:
        yield made


def looked(books: PastBooks, position: int, true_on: dt.date | None = None) -> None:
    """Look at a book as a browser does that loads the page again."""
    while True:
        try:
            with books.view(Cut((position,)), true_on) as view:
                assert set(view.positions) == {one.name for one in PROJECTIONS}
                return
        except BookIsBuiltError:
            continue


def test_a_book_is_built_once(books: PastBooks, builder: Builder):
    """Of each moment on both axes."""
    day = dt.date(2026, 6, 1)
    for _ in range(3):
        looked(books, 1)
        looked(books, 1, day)
    assert builder.built == [(1, None), (1, day)]


def test_books_make_room_for_one_another(books: PastBooks, builder: Builder):
    """The file of the one that was looked at longest ago is gone; it is built again when it is asked for again."""
    for position in range(BOOKS):
        looked(books, position)
    looked(books, 0)
    looked(books, BOOKS)
    assert [file.exists() for file in builder.files] == [True, False, *[True] * (BOOKS - 1)]
    looked(books, 1)
    assert [position for position, _ in builder.built] == [*range(BOOKS + 1), 1]


def test_what_went_wrong_is_said_once(books: PastBooks, builder: Builder):
    """Asked again it is tried again."""
    builder.fails = True
    with pytest.raises(ValueError, match="no"):
        looked(books, 1)
    looked(books, 1)


def test_whoever_waits_hears_how_far_it_is(books: PastBooks, builder: Builder):
    """As long as it is built; the next book begins without."""
    builder.half = threading.Event()
    with pytest.raises(BookIsBuiltError) as waits, books.view(Cut((1,)), None):
        pass
    assert waits.value.progress == WorkProgress(1, 2)
    builder.half.set()
    looked(books, 1)
    builder.half = None


def test_nothing_is_left_at_the_end(builder: Builder):
    """No file, no directory."""
    with PastBooks(builder) as books:
        looked(books, 1)
    assert [file.parent.exists() for file in builder.files] == [False]


def test_the_cut_of_a_moment_is_looked_for_again_after_its_time(books: PastBooks):
    """And not before."""
    found = iter(range(3))
    cuts = [books.cut("a", lambda: Cut((next(found),)), seconds=seconds) for seconds in (9, 9, 0)]
    assert cuts == [Cut((0,)), Cut((0,)), Cut((1,))]
