"""What auditors take out of the read models is the same from PostgreSQL as from SQLite.

Tables, frames of samples, figures.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import closing
from typing import cast

import pytest

from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from projections.store import Store, View
from services.benefits.reading.folder import load
from services.book.cut import cut_of
from services.exports.dictionary import every_table
from services.exports.loading import opened, quoted
from services.exports.query import ask
from services.figures.queries import QUERIES, AskedBook, Sources
from services.sampling.population import Selection, frame_of
from tests.stores.projections.conftest import database
from tests.unit.exports.conftest import book

SELECTIONS = [
    Selection(of="claims", by="district"),
    Selection(of="orders", by="programme", bands=(10_000_000, 42_000_000)),
    Selection(of="payments", by="agency", agency="dinsos-muba"),
]
QUESTION = "SELECT status, count(*) AS n, sum(entitled) AS total FROM claims GROUP BY ALL ORDER BY status"
SOURCES = cast("Sources", None)
"""None of these queries asks anything but the read models."""
ASKED = {
    "claims": {},
    "controls": {"on": "2027-01-01"},
    "coverage": {"by": "district", "from": "2025-01", "to": "2025-06"},
    "deadlines": {"on": "2027-01-01", "district": "16.06.01"},
    "exceptions": {"on": "2027-01-01"},
    "payments sums": {},
}


@pytest.fixture
async def stores(postgres: str) -> AsyncIterator[tuple[Store, Store]]:
    """The read models of one book in each kind of database."""
    with Store.temporary() as sqlite, database(postgres) as url, closing(Store(url)) as server:
        for store in (sqlite, server):
            await Runner(store, book(), PROJECTIONS).catch_up()
        yield sqlite, server


async def taken(view: View) -> dict[str, object]:
    """Every table, an answer in SQL, frames, and sums of queries."""
    found: dict[str, object] = {}
    with opened(view, load().scheme, "en") as tables:
        tables.make(every_table())
        for name, table in every_table().items():
            keys = ", ".join(map(quoted, table.key))
            query = f"SELECT * FROM {quoted(name)} ORDER BY {keys}"  # noqa: S608 - names of our dictionary
            found[name] = tables.connection.execute(query).fetchall()
        found["answer"] = ask(tables, QUESTION, rows=100, seconds=60).rows
    for selection in SELECTIONS:
        found[f"frame of {selection.of}"] = frame_of(view, selection)
    asked = AskedBook(view, cut_of(view), None, SOURCES, load())
    for name, parameters in ASKED.items():
        found[f"figure {name}"] = await QUERIES[name].ask(asked, parameters)
    return found


async def test_what_is_taken_is_the_same_from_either(stores: tuple[Store, Store]) -> None:
    """Row by row, stratum by stratum, to the rupiah."""
    told = []
    for store in stores:
        with store.view() as view:
            told.append(await taken(view))
    for name, rows in told[0].items():
        assert told[1][name] == rows, name
    assert told[0]["frame of claims"]
    assert told[0]["orders"]
