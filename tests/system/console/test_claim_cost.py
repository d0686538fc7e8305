"""What the page of a claim costs does not depend on how many claims there are: nothing is read whole for it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from tests.consoles import RunningConsole

READ_MODELS = "read-models.db"
_SMALL = "SCAN projection_"
"""Of tables with a row for each read model or partition."""


@pytest.mark.parametrize("path", ["/claims/A-1", "/claims/A-1?known_on=8", "/claims/A-1/between?from=4"])
def test_every_query_of_the_page_of_a_claim_goes_by_an_index(console: RunningConsole, path: str):
    """As SQLite plans it; measured by ``benchmarks.console``."""
    asked = list[tuple[str, Any]]()

    def note(by: Connection, _: object, statement: str, parameters: object, *_more: object) -> None:
        if str(by.engine.url.database).endswith(READ_MODELS) and statement.startswith(("SELECT", "WITH")):
            asked.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert console.signed_in("auditor").get(path).status_code == 200
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    with closing(sqlite3.connect(console.installation.settings.data / READ_MODELS)) as database:
        plans = [
            (str(row[3]), statement)
            for statement, parameters in asked
            for row in database.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
    assert len(plans) > 3
    whole = {plan: one for plan, one in plans if plan.startswith("SCAN") and not plan.startswith(_SMALL)}
    assert whole == {}
