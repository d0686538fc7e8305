"""Does a question go beyond what an audit was sent to look at? Judged by the question alone, so that anybody judges the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from services.audit_trail.records import (
    AnswerShown,
    EngagementOpened,
    Exported,
    FigureRecorded,
    Record,
    SampleFrozen,
)

Limit: TypeAlias = Literal["district", "agency", "period"]
Beyond: TypeAlias = dict[Limit, tuple[str, ...]]
"""Each limit that is passed, with the codes, names and days beyond it; none of them where it is of all there are."""

_DAYS = ("from", "to", "filed_from", "filed_to", "on", "filed_on")
"""What a question names, or an answer concerns, that is a day or a month."""
_NARROWED_ELSEWHERE = ("sql", "sample evaluate")
"""Queries that do not say what they are narrowed to: nobody reads the SQL, and a sample was judged when it was
frozen."""


def beyond(scope: EngagementOpened, record: Record) -> Beyond:
    """Return which limits of an audit a record goes beyond, and by what.

    A figure, an answer, an export of the book, the frame of a sample. What concerns one claim or person is judged by
    that alone, as far as it is known. Anything else that is not narrowed to a district or an agency is of all of them.
    A day or month counts where one is named.
    """
    match record:
        case FigureRecorded(concerns=about) | AnswerShown(concerns=about) | Exported(concerns=about) if about:
            return _beyond(scope, about, unknown=False)
        case FigureRecorded(query=query) if query in _NARROWED_ELSEWHERE:
            return {}
        case FigureRecorded(parameters=asked) | AnswerShown(parameters=asked) | SampleFrozen(selection=asked):
            return _beyond(scope, {name: (value,) for name, value in asked.items()}, unknown=True)
        case Exported(what=what) if what != "trail":
            return _beyond(scope, {}, unknown=True)
    return {}


def _beyond(scope: EngagementOpened, named: Mapping[str, tuple[str, ...]], *, unknown: bool) -> Beyond:
    """Judge what is named; ``unknown`` says whether a limit is passed of which nothing is named."""
    first, last = scope.period_from.isoformat(), scope.period_to.isoformat()
    beyond: Beyond = {}
    limits: tuple[tuple[Limit, tuple[str, ...]], ...] = (
        ("district", scope.districts),
        ("agency", scope.agencies),
    )
    for limit, allowed in limits:
        outside = tuple(one for one in named.get(limit, ()) if one not in allowed)
        if allowed and (outside or (unknown and limit not in named)):
            beyond[limit] = outside
    days = dict.fromkeys(day for name in _DAYS for day in named.get(name, ()))
    if outside := tuple(day for day in days if not first[: len(day)] <= day <= last[: len(day)]):
        beyond["period"] = outside
    return beyond
