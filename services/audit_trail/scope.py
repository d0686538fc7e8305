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

_DAYS = ("from", "to", "filed_from", "filed_to", "on", "filed_on")
"""What a question names, or an answer concerns, that is a day or a month."""
_NARROWED_ELSEWHERE = ("sql", "sample evaluate")
"""Queries that do not say what they are narrowed to: nobody reads the SQL, and a sample was judged when it was frozen."""


def beyond(scope: EngagementOpened, record: Record) -> tuple[Limit, ...]:
    """Return which limits of an audit a record goes beyond: a figure, an answer, an export of the book, the frame of a sample.

    What concerns one claim or person is judged by that alone, as far as it is known. Anything else that is not narrowed to
    a district or an agency is of all of them. A day or month counts where one is named.
    """
    match record:
        case FigureRecorded(concerns=about) | AnswerShown(concerns=about) | Exported(concerns=about) if about:
            return _beyond(scope, about, unknown=False)
        case FigureRecorded(query=query) if query in _NARROWED_ELSEWHERE:
            return ()
        case FigureRecorded(parameters=asked) | AnswerShown(parameters=asked) | SampleFrozen(selection=asked):
            return _beyond(scope, {name: (value,) for name, value in asked.items()}, unknown=True)
        case Exported(what=what) if what != "trail":
            return _beyond(scope, {}, unknown=True)
    return ()


def _beyond(
    scope: EngagementOpened, named: Mapping[str, tuple[str, ...]], *, unknown: bool
) -> tuple[Limit, ...]:
    """Judge what is named; ``unknown`` says whether a limit is passed of which nothing is named."""
    first, last = scope.period_from.isoformat(), scope.period_to.isoformat()
    days = [day for name in _DAYS for day in named.get(name, ())]

    def passed(limit: str, allowed: tuple[str, ...]) -> bool:
        return bool(allowed) and (not set(named[limit]) <= set(allowed) if limit in named else unknown)

    found: dict[Limit, bool] = {
        "district": passed("district", scope.districts),
        "agency": passed("agency", scope.agencies),
        "period": any(not first[: len(day)] <= day <= last[: len(day)] for day in days),
    }
    return tuple(limit for limit, beyond_it in found.items() if beyond_it)
