"""What the page of a claim costs does not depend on how many claims there are: nothing is read whole for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from tests.consoles import RunningConsole, lives, running_console

_SMALL = ("SCAN projection_", "SCAN shared")
"""Of tables with a row for each read model or partition, and of the orders of the claim that share a bank reference."""


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningConsole]:
    """A console of its own: in the one of all tests something may still be worked out for an earlier one."""
    with running_console(Path(tmp_path_factory.mktemp("cost")), *lives()) as running:
        yield running


@pytest.mark.parametrize("path", ["/claims/A-1", "/claims/A-1?known_on=8", "/claims/A-1/between?from=4"])
def test_every_query_of_the_page_of_a_claim_goes_by_an_index(console: RunningConsole, path: str):
    """As SQLite plans it; measured by ``benchmarks.console``."""
    asked = list[tuple[str, Any]]()
    read_models = console.installation.settings.data / "read-models.db"

    def note(by: Connection, _: object, statement: str, parameters: object, *_more: object) -> None:
        if by.engine.url.database == str(read_models) and statement.startswith(("SELECT", "WITH")):
            asked.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert console.signed_in("auditor").get(path).status_code == 200
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    with closing(sqlite3.connect(read_models)) as database:
        plans = [
            (str(row[3]), statement)
            for statement, parameters in asked
            for row in database.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
    assert len(plans) > 3
    whole = {plan: one for plan, one in plans if plan.startswith("SCAN") and not plan.startswith(_SMALL)}
    assert whole == {}
