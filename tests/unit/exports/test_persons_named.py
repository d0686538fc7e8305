"""Whom an export with personal data concerns."""

from __future__ import annotations

import pytest

from services.exports.dictionary import names_persons
from services.exports.persons_named import persons_in
from tests.unit.exports.conftest import Opened


@pytest.mark.parametrize(
    ("names", "persons"),
    [
        (["orders"], {"~1a"}),
        (["orders", "retractions"], None),
        (["claim_missing"], {"~2b"}),
        (["claims"], None),
        (["participants", "orders"], None),
        ([], None),
        (["codes"], set()),
        (["codes", "orders"], {"~1a"}),
    ],
)
def test_persons_are_those_whom_the_tables_name_or_whose_claims(
    tables: Opened, names: list[str], persons: set[str] | None
):
    """None where that is everybody; nothing that was made for it is left."""
    with tables() as made:
        assert persons_in(made, names) == persons
        left = made.connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        assert {name for (name,) in left} <= {"codes"}


def test_tables_of_counts_name_nobody():
    """A table of persons or of claims does."""
    assert not names_persons(["codes", "dictionary", "coverage", "agency_days", "agency_events"])
    assert all(names_persons(["codes", name]) for name in ("claims", "bank_statements", "participants"))
