"""The data dictionary is whole: no column of a read model is without a place in a table, no word is missing."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from events.catalogue import SHORT_NAMES, ClaimReport
from events.content import Content
from services.benefits.reading.folder import load
from services.exports.codes import FAMILIES, codes
from services.exports.dictionary import dictionary, dictionary_rows, every_table
from services.exports.loading import READ_MODELS

LEFT_OUT = {
    "claims_standing": "what a projection remembers between batches; the rows of claims and orders are made of it",
    "payments_standing": "as claims_standing",
    "claims_group": "claims that are alike, counted; the claims stand in their own table",
    "claims_district": "the same districts as participants_statement",
    "participants_cover": "the sums of participants_coverage by each of its columns",
    "payments_waiting": "orders that wait, in their order; they stand in the table of orders",
    "payments_waiting_total": "such orders, counted",
    "payments_pending": "claims that wait for an officer, in their order; what each waits for stands in claim_phases",
    "claims_retraction": "the same rows as timeline_retraction",
    "payments_retraction": "the same rows as timeline_retraction",
    "participants_retraction": "the same rows as timeline_retraction",
    "evidence_retraction": "the same rows as timeline_retraction",
    "participants_record.last": "where a person's statements are read backwards from",
    "participants_record.retracted": "counted from retractions",
    "participants_statement.before": "links a person's statements",
}
"""Tables and columns of read models that no auditor needs, and why."""


def shown() -> set[str]:
    """Every column of a read model that a table shows or takes apart."""
    tables = dictionary().values()
    taken_apart = {column for table in tables for column in table.covers}
    return taken_apart | {
        f"{table.source}.{column.source or name}"
        for table in tables
        if table.source
        for name, column in table.columns.items()
    }


def test_every_column_of_a_read_model_stands_in_a_table_or_is_left_out_for_a_reason():
    """A column that a projection gains is missed here until auditors get it."""
    columns = {
        f"{name}.{column.name}" for name, (_, table) in READ_MODELS.items() for column in table.columns
    }
    left_out = {column for column in columns if {column, column.partition(".")[0]} & LEFT_OUT.keys()}
    assert columns - left_out - shown() == set()
    assert left_out & shown() == set()
    assert {name for name in LEFT_OUT if not any(f"{c}.".startswith(f"{name}.") for c in columns)} == set()


def test_everything_that_an_event_says_stands_in_a_table():
    """Each field of the content is taken out of its JSON."""
    queries = "\n".join(table.sql for table in dictionary().values() if "timeline.says" in table.covers)
    taken = set(re.findall(r"says(?:::JSON)?->>?'(\w+)'", queries))
    assert set(Content.__struct_fields__) - taken == set()


def test_each_table_has_an_order_and_each_family_of_codes_words():
    """The key is of its own columns, and whatever is called a code of a family has words in both languages."""
    for table in every_table().values():
        assert set(table.key) <= table.columns.keys(), table.name
        assert {column.family for column in table.columns.values()} <= {"", *FAMILIES}, table.name
    assert {family for family, *_ in codes(load().scheme)} == FAMILIES
    assert [code for code in codes(load().scheme) if not (code[2].strip() and code[3].strip())] == []


@pytest.mark.parametrize("language", [4, 5])
def test_every_column_is_explained(language: int):
    """In both languages, each sentence ended."""
    assert [row for row in dictionary_rows() if not str(row[language]).endswith(".")] == []


def test_every_fact_of_a_report_has_a_name() -> None:
    """A report about a claim that is a fact of its own kind is named in both languages, on report cards and in tables."""
    kinds = {SHORT_NAMES[report].removeprefix("claim.") for report in get_args(ClaimReport)}
    of_parts = {"verified", "schooling-confirmed", "payment-returned"}
    named = {code for family, code, *_ in codes(load().scheme) if family == "fact"}
    assert kinds - of_parts - named == set()
