"""Months, years and working days, without a clock. What would leave the calendar stops at its first or last day."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Mapping

ONE_DAY = dt.timedelta(days=1)


def month_of(day: dt.date) -> int:
    """Return the running number of the month in which ``day`` lies."""
    return day.year * 12 + day.month - 1


def first_day(number: int) -> dt.date:
    """Return the first day of a running month number."""
    return add_months(dt.date(1, 1, 1), number - 12)


def add_months(day: dt.date, months: int) -> dt.date:
    """Return the same day ``months`` later, cut to the end of a shorter month."""
    number = month_of(day) + months
    year, month = number // 12, number % 12 + 1
    if year < dt.MINYEAR:
        return dt.date.min
    if year > dt.MAXYEAR:
        return dt.date.max
    if day.day <= 28:
        return dt.date(year, month, day.day)
    return dt.date(year, month, min(day.day, monthrange(year, month)[1]))


def working_days_after(
    day: dt.date, count: int, holidays: Mapping[int, frozenset[dt.date]]
) -> tuple[dt.date, str]:
    """Return the ``count``-th working day after ``day`` and which calendar was used.

    Working days are Monday to Friday less the national holidays of ``holidays`` (by year). For a year without a
    list only weekends are left out, and the answer says ``weekends only``.
    """
    calendar = "national holidays"
    while count and day < dt.date.max:
        day += ONE_DAY
        holidays_of_year = holidays.get(day.year)
        if holidays_of_year is None:
            calendar = "weekends only"
        if day.weekday() < 5 and not (holidays_of_year and day in holidays_of_year):
            count -= 1
    return day, calendar
