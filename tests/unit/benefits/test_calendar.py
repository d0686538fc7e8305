"""Dates at the edges of the calendar, which the contract allows, break nothing."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.benefits.calendar import add_months, first_day, month_of, working_days_after
from services.benefits.families.incapacity import days_covered
from tests.lives import JKK_PAPERS, JKM_PAPERS, Life, days, heir

PAPERS = tuple(dict.fromkeys((*JKK_PAPERS, *JKM_PAPERS)))


@given(st.dates(), st.integers(-30_000, 30_000))
def test_months_are_added_within_the_calendar(day: dt.date, months: int):
    """The month is the one asked for unless the calendar ends before it; the day is never later."""
    moved = add_months(day, months)
    wanted = month_of(day) + months
    assert month_of(moved) == min(max(wanted, month_of(dt.date.min)), month_of(dt.date.max))


def test_a_day_past_the_end_of_a_shorter_month_is_cut():
    """30 November and three months is the last of February."""
    assert add_months(dt.date(2025, 11, 30), 3) == dt.date(2026, 2, 28)
    assert first_day(month_of(dt.date(2026, 2, 28))) == dt.date(2026, 2, 1)


def test_holidays_and_weekends_are_no_working_days():
    """Friday before a long weekend: the third working day is Thursday."""
    holidays = {2026: frozenset({dt.date(2026, 6, 1)})}
    assert working_days_after(dt.date(2026, 5, 29), 3, holidays) == (dt.date(2026, 6, 4), "national holidays")
    assert working_days_after(dt.date(2026, 5, 29), 3, {}) == (dt.date(2026, 6, 3), "weekends only")


@given(st.lists(st.tuples(st.dates(), st.integers(0, 500)), max_size=8))
@example([(dt.date.min, 0), (dt.date.max, 3)])
def test_each_day_of_any_spans_counts_once(spans):
    """Merging spans counts the days of their union."""
    dated = []
    for first, length in spans:
        last = min(first.toordinal() + length, dt.date.max.toordinal())
        dated.append((first, dt.date.fromordinal(last)))
    union = {n for first, last in dated for n in range(first.toordinal(), last.toordinal() + 1)}
    assert days_covered(dated) == len(union)


@pytest.mark.parametrize("day", ["0001-01-01", "0001-01-31", "9999-12-31", "2024-02-29"])
def test_events_on_the_first_and_last_days_of_the_calendar_are_decided(day: str):
    """Nothing overflows, whatever date an agency writes."""
    time = "9999-12-31T10:00:00+07:00"
    life = (
        Life().enrolled(day).enrolled("0001-01-01").income(2_000_000, day[:7]).paid_months(day[:7], day[:7])
    )
    life.filed("A-1", "work-accident", day, PAPERS, time=time).at_work().items(days(day, 1))
    life.filed("B-2", "other", day, PAPERS, time=time).found("B-2", time=time, death={"died_on": day})
    assert set(life.heirs(heir(), claim="B-2").replayed().claims) == {"A-1", "B-2"}
