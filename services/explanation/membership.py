"""Membership and coverage on the day of an event, and the income base, with the numbers that decide them."""

from __future__ import annotations

import datetime as dt

from msgspec import Struct

from events.values import month_text
from services.benefits.award import Award
from services.benefits.calendar import add_months, month_of
from services.benefits.coverage import coverage_on, most_arrears, tenure_on
from services.benefits.history import History
from services.benefits.law import Law
from services.benefits.scheme import Programme
from services.explanation.quotations import Quotation, Quotations


class Membership(Struct, frozen=True):
    """The membership that counts on the day of the event; months are ``YYYY-MM``.

    ``code`` is empty when it was active, else the reason why not. ``gap`` counts the months from the last paid one to
    that of the event. ``paid_months`` are counted from ``counts_from``, the start or a restart after arrears, up to
    the month of the event. ``full_from`` is the first day with full benefits on death by the calendar, None where the
    law of the day knows no waiting months.
    """

    starts_on: dt.date
    ended_on: dt.date | None
    programmes: tuple[str, ...]
    month: str
    paid_on: dt.date | None
    last_paid: str
    gap: int
    most_arrears: int
    code: str
    counts_from: dt.date
    paid_months: int
    waiting_months: int
    full_from: dt.date | None
    scholarship_months: int
    inputs: tuple[str, ...]


class Base(Struct, frozen=True):
    """The monthly base *w* and the bracket it comes from, in whole money; ``up_to`` is None in the highest bracket."""

    month: str
    income: int
    base: int
    at_least: int
    up_to: int | None
    declared: str
    quotation: Quotation | None


def membership_of(history: History, award: Award, law: Law, programme: Programme) -> Membership | None:
    """Return the membership on the day of the event, of several the one that counts; None before the first."""
    day = award.event_date
    if not history.enrolled:
        return None
    coverage = coverage_on(history, day, law)
    period = coverage.period or min(history.periods, key=lambda p: p.starts_on)
    tenure = tenure_on(history, period, day, law)
    month = month_of(day)
    before = month_of(period.starts_on) - 1
    last = max((paid for paid in history.months if paid <= month), default=before)
    waiting = law.whole(programme.first_months) if programme.first_months in law.figures else 0
    opening = programme.scholarship
    scholarship = law.whole(opening.after_months) if opening and opening.after_months else 0
    paid = history.months.get(month)
    return Membership(
        starts_on=period.starts_on,
        ended_on=period.ended_on,
        programmes=period.programmes,
        month=month_text(month),
        paid_on=paid[0] if paid else None,
        last_paid=month_text(last) if last in history.months else "",
        gap=month - max(last, before),
        most_arrears=most_arrears(law),
        code=coverage.code,
        counts_from=tenure.start,
        paid_months=tenure.months,
        waiting_months=waiting,
        full_from=add_months(tenure.start, waiting) if waiting else None,
        scholarship_months=scholarship,
        inputs=tuple(dict.fromkeys((period.ref, *coverage.inputs))),
    )


def base_of(history: History, award: Award, law: Law, quotations: Quotations) -> Base | None:
    """Return the income base; None before the first enrolment."""
    if not history.enrolled:
        return None
    month = month_of(award.event_date)
    income, declared = history.income_in(month)
    base = law.brackets.base(income)
    quotation, rows = quotations.brackets(law)
    starts = [row[0] * 1000 for row in rows]
    at_least = max(start for start in starts if start <= income)
    up_to = min((start for start in starts if start > income), default=None)
    return Base(month_text(month), income, base, at_least, up_to, declared, quotation)
