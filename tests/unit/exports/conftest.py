"""A book written by hand, its read models, and tables made of them."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from events.message import Language
from events.personal import Sponsor
from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from projections.store import Store
from services.benefits.reading.folder import load
from services.exports.loading import AuditTables, opened
from services.exports.manifest import ExportManifest
from tests.stores.projections.book import Book

Opened = Callable[..., AbstractContextManager[AuditTables]]

OF = ExportManifest(
    kelambu="0.1.0",
    installation="8347e711",
    cut=(3, 9, 6),
    rulebook="1bfd17",
    language="en",
    clear=False,
    command="kelambu export tables --out tables",
)


def book() -> Book:
    """A claim that is paid, and one that waits for which the bank paid without an order.

    Claim numbers and a sponsor as a spreadsheet mistakes them.
    """
    told = Book()
    told.enrol("~1a")
    told.pay_months("~1a", "2025-01", "2025-04")
    told.file("~1a", "-1")
    told.find_death("~1a", "-1", dt.date(2025, 5, 1))
    told.open("~1a", "-1")
    lines = {("jkm.death", "heir:h1"): 20_000_000, ("jkm.funeral", "heir:h1"): 10_000_000}
    told.assess("~1a", "-1", "due", lines)
    told.order("~1a", "-1.1", 30_000_000)
    told.release("~1a", "-1.1")
    told.pay("~1a", "-1.1", 30_000_000)
    told.enrol("~2b", sponsor=Sponsor("village", '=HYPERLINK("http://x")'))
    told.end("~2b", dt.date(2025, 3, 1))
    told.file("~2b", "2025-05")
    told.assess("~2b", "2025-05", "waiting", missing=["finding:death", "document:ktp"])
    told.pay("~2b", "2025-05.1", 500_000)
    told.retract("~2b", "dinsos-muba:0012")
    return told


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    """The read models of the book."""
    with Store.temporary() as made:
        await Runner(made, book(), PROJECTIONS).catch_up()
        yield made


@pytest.fixture
def tables(store: Store) -> Opened:
    """How the tables of the book are opened, in English unless another language is named."""

    @contextlib.contextmanager
    def made(language: Language = "en") -> Iterator[AuditTables]:
        with store.view() as view, opened(view, load().scheme, language) as found:
            yield found

    return made
