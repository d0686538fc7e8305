"""The options of whoever asks the book: the moment on both axes, who looks and why, and how the answer is printed."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from cyclopts import Parameter

from services.book.read_models_as_of import Book
from services.cli.dates import Day, Known
from services.cli.read_models import book
from services.cli.trail_options import NOBODY, TrailOptions


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class BookOptions:
    """Which book is asked, by whom, and how the answer is shown; a command takes ``of: BookOptions = NOW``."""

    known_on: Known = None
    true_on: Day = None
    trail: TrailOptions = NOBODY
    json: bool = False
    data: Path | None = None

    def book(self) -> AbstractContextManager[Book]:
        """Look at the book that is asked."""
        return book(self.data, self.known_on, self.true_on)

    @property
    def looks_back(self) -> bool:
        """Whether another book is asked than that of now."""
        return self.known_on is not None or self.true_on is not None


NOW = BookOptions()
"""The book of now in this data directory, asked by nobody who is named."""
