"""Changes to a membership that would have covered the day of the event, or covered it long enough."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from events.participant import Contributed, Ended, Enrolled
from events.values import month_text
from services.benefits.calendar import add_months, month_of
from services.benefits.coverage import tenure_on
from services.benefits.history import Period
from services.explanation.changes import (
    SUPPOSED,
    Apply,
    ChangeCandidate,
    Facts,
    Stuck,
    candidate,
    restated,
)

_MOST_MONTHS = 12
"""No remedy asks for more unpaid months than a year."""


def month_paid(stuck: Stuck) -> Iterator[ChangeCandidate]:
    """Yield the contribution for the month of the event, paid by the day of the event."""
    day = stuck.award.event_date
    month = month_of(day)
    apply, name = _paid((month,), day), month_text(month)
    paid = stuck.history.months.get(month)
    if paid is None:
        yield candidate("month-paid", 2_000_000, apply, hindsight=True, month=name, by=day)
    else:
        days = (paid[0] - day).days
        yield candidate(
            "paid-earlier", 2_000_000 + days, apply, hindsight=True, month=name, by=day, days=days
        )


def _paid(months: tuple[int, ...], day: dt.date) -> Apply:
    """Return what puts contributions before all others, so that they are the first statement of their months."""

    def apply(facts: Facts) -> Facts:
        first = facts[0]
        contributions = (
            Contributed(f"{SUPPOSED}:paid-{month_text(month)}", first.day, first.position, month, month, day)
            for month in months
        )
        return (*contributions, *facts)

    return apply


def months_paid(stuck: Stuck) -> Iterator[ChangeCandidate]:
    """Yield the latest unpaid months of the membership, one of them, two, and so on."""
    day = stuck.award.event_date
    period = stuck.history.period_on(day)
    if period is None:
        return
    span = range(month_of(day), month_of(period.starts_on) - 1, -1)
    unpaid = [month for month in span if month not in stuck.history.months][:_MOST_MONTHS]
    for count in range(1, len(unpaid) + 1):
        months = tuple(sorted(unpaid[:count]))
        names, weight = tuple(month_text(month) for month in months), 2_000_000 + count
        yield candidate("months-paid", weight, _paid(months, day), hindsight=True, count=count, months=names)


def started_by_event(stuck: Stuck) -> Iterator[ChangeCandidate]:
    """Yield a membership that begins on the day of the event: the one that began next."""
    later = [period for period in stuck.history.periods if period.starts_on > stuck.award.event_date]
    if later:
        period = min(later, key=lambda p: p.starts_on)
        yield _started(period, stuck.award.event_date, 5_000_000)


def started_long_before(stuck: Stuck) -> Iterator[ChangeCandidate]:
    """Yield a membership that began the months of waiting before the event."""
    day = stuck.award.event_date
    period = stuck.history.period_on(day)
    waiting = stuck.programme.first_months
    if period is None or waiting not in stuck.law.figures:
        return
    months = stuck.law.whole(waiting)
    tenure = tenure_on(stuck.history, period, day, stuck.law)
    if not tenure.reached(day, months) and tenure.start == period.starts_on:
        latest = add_months(day, -months)
        while add_months(latest + dt.timedelta(days=1), months) <= day:
            latest += dt.timedelta(days=1)
        yield _started(period, latest, 5_000_000)


def _started(period: Period, starts_on: dt.date, weight: int) -> ChangeCandidate:
    days = (period.starts_on - starts_on).days
    apply = restated(Enrolled, period.ref, starts_on=starts_on)
    return candidate("started-earlier", weight + days, apply, hindsight=True, days=days, starts_on=starts_on)


def ended_later(stuck: Stuck) -> Iterator[ChangeCandidate]:
    """Yield a membership that lasts until the day of the event."""
    day = stuck.award.event_date
    period = stuck.history.period_on(day)
    if period is None or period.ended_on is None:
        return
    days = (day - period.ended_on).days
    for fact in stuck.history.facts:
        if isinstance(fact, Ended) and fact.ended_on == period.ended_on:
            apply = restated(Ended, fact.ref, ended_on=day)
            yield candidate("ended-later", 5_000_000 + days, apply, hindsight=True, days=days, ended_on=day)


def in_programme(stuck: Stuck) -> Iterator[ChangeCandidate]:
    """Yield an enrolment that names the claim's programme too."""
    period = stuck.history.period_on(stuck.award.event_date)
    if period is not None:
        programme = stuck.award.programme
        named = (*period.programmes, programme)
        apply = restated(Enrolled, period.ref, programmes=named)
        yield candidate("in-programme", 4_500_000, apply, hindsight=True, programme=programme)
