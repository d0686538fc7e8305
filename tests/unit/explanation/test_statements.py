"""The rulebook as people read it: every statement, what it replaced, and what is in force on a day."""

from __future__ import annotations

import datetime as dt

import pytest

from services.benefits.reading.folder import load
from services.explanation.statements import StatedRow, statements


def test_every_statement_is_listed():
    """Of every regulation, figures and reasons alike."""
    book = load()
    stated = [one.code for regulation in book.regulations for one in regulation.statements]
    assert sorted(one.code for one in statements(book)) == sorted(stated)


def test_a_later_statement_ends_the_earlier_and_says_what_it_replaced():
    """The funeral money of JKM rose when PP 82/2019 came."""
    before, after = [one for one in statements(load()) if one.code == "jkm.funeral"]
    assert (before.value, before.applies_until, before.replaced) == ("3000000", dt.date(2019, 12, 1), "")
    assert (after.value, after.applies_until, after.replaced) == ("10000000", None, "3000000")
    assert after.replaced_law == before.citation
    assert [reading.applied for reading in after.readings] == [True, False]
    assert (after.unit, after.programmes) == ("amount", ("JKM",))


@pytest.mark.parametrize(
    "day", [dt.date(2016, 1, 1), dt.date(2019, 12, 1), dt.date(2019, 12, 2), dt.date(2026, 1, 1)]
)
def test_on_a_day_each_figure_stands_once(day: dt.date):
    """As the law of that day has it."""
    book = load()
    found = statements(book, day)
    assert len({one.code for one in found}) == len(found)
    law = book.on(day)
    assert {one.code for one in found} == law.figures.keys() | law.citations.keys()
    assert all(one.citation == law[one.code].citation for one in found if one.code in law.figures)


def test_a_table_is_told_row_by_row():
    """The ranks of heirs, the first first; the brackets in rupiah."""
    found = {one.code: one for one in statements(load(), dt.date(2026, 1, 1))}
    assert found["heirs.ranks"].rows[0] == StatedRow("1", "spouse, child")
    assert found["income.brackets"].rows[0].first == "0"
    assert found["income.brackets"].value == ""
