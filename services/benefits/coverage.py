"""Coverage on the day of the event: active, or why not."""

from __future__ import annotations

import datetime as dt

from msgspec import Struct

from services.benefits.calendar import add_months, first_day, month_of
from services.benefits.history import History, PaidMonths, Period
from services.benefits.law import Law


class Coverage(Struct, frozen=True):
    """``code`` is empty when the membership is active; ``certain`` says whether the code denies or refers."""

    code: str
    certain: bool
    period: Period | None
    inputs: tuple[str, ...]


def coverage_on(history: History, day: dt.date, law: Law, months: PaidMonths | None = None) -> Coverage:
    """Return the coverage on ``day``: the first code that applies, membership before months.

    ``months`` are those that count as paid, if not those of the history.
    """
    months = history.months if months is None else months
    period = history.period_on(day)
    if period is None:
        return Coverage("not-yet-covered", True, None, (history.periods[-1].ref,))
    if period.ended_on is not None and day > period.ended_on:
        return Coverage("coverage-ended", True, period, (period.ref,))
    month = month_of(day)
    if paid := months.get(month):
        paid_on, ref = paid
        code = "" if paid_on <= day else "paid-after-event"
        certain = bool(code) and law.cover.paid_after == "deny"
        return Coverage(code, certain, period, (period.ref, ref))
    last = month_of(period.starts_on) - 1
    earlier = max((m for m in months if m < month), default=last)
    gap = month - max(earlier, last)
    if gap <= most_arrears(law):
        return Coverage("in-arrears", False, period, (period.ref,))
    return Coverage("coverage-lapsed", True, period, (period.ref,))


def most_arrears(law: Law) -> int:
    """Return how many months may be unpaid before a membership ends."""
    arrears = law.cover.arrears
    return law.whole(arrears) if arrears else 0


class Tenure(Struct, frozen=True):
    """How long a membership has run without lapsing: its start, and the paid months since."""

    start: dt.date
    months: int

    def reached(self, day: dt.date, months: int) -> bool:
        """Whether ``day`` is at least ``months`` calendar months after the start."""
        return day >= add_months(self.start, months)


def tenure_on(
    history: History, period: Period, day: dt.date, law: Law, months: PaidMonths | None = None
) -> Tenure:
    """Return the tenure on ``day``; months count whenever they were paid, up to the month of ``day``.

    More unpaid months in a row than may be end the membership; the first day of the next paid month is the new start.
    ``months`` are those that count as paid, if not those of the history.
    """
    months = history.months if months is None else months
    arrears = most_arrears(law)
    start, paid, unpaid = period.starts_on, 0, 0
    for month in range(month_of(period.starts_on), month_of(day) + 1):
        if month in months:
            if unpaid > arrears:
                start, paid = first_day(month), 0
            paid, unpaid = paid + 1, 0
        else:
            unpaid += 1
    return Tenure(start, paid)
