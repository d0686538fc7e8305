"""Audits that auditors are sent to do: begun by a letter, with a scope and a last day, and ended with a bundle."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from events.message import message
from events.values import civil_date
from services.audit_trail.entries import TrailEntry
from services.audit_trail.records import (
    EngagementClosed,
    EngagementOpened,
    FindingStep,
    Record,
    SampleStep,
)
from services.texts.errors import TextError


class EngagementError(TextError):
    """There is no such audit, or nothing may be done under it any more; the message says which and what to do."""


class EngagementState(Struct, frozen=True, kw_only=True):
    """An audit and where it stands."""

    opened: EngagementOpened
    at: dt.datetime
    by: str
    closed: dt.datetime | None = None
    manifest: str = ""
    """SHA-256 of the manifest of its closing bundle."""
    records: int = 0
    """How much belongs to it, its opening and closing left out."""

    def over(self, today: dt.date) -> bool:
        """Whether its last day has passed."""
        return today > self.opened.until


def belonging(trail: Iterable[TrailEntry]) -> Iterator[tuple[TrailEntry, frozenset[str]]]:
    """Yield each record with the numbers of the audits to which it belongs.

    That is the audit under which it was done; the one that it opens or closes; and, until that is closed, the one under
    which its sample was frozen or its finding opened, whatever number the later step was given.
    """
    first_audits: dict[tuple[str, str], str] = {}
    closed: set[str] = set()
    for entry in trail:
        numbers = {entry.engagement}
        match entry.record:
            case EngagementOpened(number=number):
                numbers.add(number)
            case EngagementClosed(number=number):
                numbers.add(number)
                closed.add(number)
        if subject := _subject(entry.record):
            numbers |= {first_audits.setdefault(subject, entry.engagement)} - closed
        yield entry, frozenset(numbers - {""})


def engagements(trail: Iterable[TrailEntry]) -> dict[str, EngagementState]:
    """Return every audit by its number, in the order in which they were begun."""
    states: dict[str, EngagementState] = {}
    for entry, numbers in belonging(trail):
        match entry.record:
            case EngagementOpened() as opened:
                states.setdefault(opened.number, EngagementState(opened=opened, at=entry.time, by=entry.by))
            case EngagementClosed(number=number, manifest=manifest) if number in states:
                states[number] = replace(states[number], closed=entry.time, manifest=manifest)
            case _:
                for number in numbers & states.keys():
                    states[number] = replace(states[number], records=states[number].records + 1)
    return states


def open_engagement(trail: Iterable[TrailEntry], number: str, now: dt.datetime) -> EngagementState:
    """Return an audit under which something may be done.

    Raises:
        EngagementError: there is none of this number, it is closed, or its last day is over.
    """
    state = may_close(trail, number)
    if state.over(civil_date(now)):
        raise EngagementError(message("engagement.is-over", number=number, day=_day(state.opened.until)))
    return state


def may_close(trail: Iterable[TrailEntry], number: str) -> EngagementState:
    """Return an audit that may be closed, also one whose last day is over.

    Raises:
        EngagementError: there is none of this number, or it is closed.
    """
    state = engagements(trail).get(number)
    if state is None:
        raise EngagementError(message("engagement.unknown", number=number))
    if state.closed is not None:
        raise EngagementError(
            message("engagement.is-closed", number=number, day=_day(civil_date(state.closed)))
        )
    return state


def may_begin(trail: Iterable[TrailEntry], audit: EngagementOpened, now: dt.datetime) -> None:
    """Refuse to begin an audit under a number that one has, and one whose last day is over.

    Raises:
        EngagementError: either of them.
    """
    if audit.number in engagements(trail):
        raise EngagementError(message("engagement.taken", number=audit.number))
    if civil_date(now) > audit.until:
        raise EngagementError(message("engagement.past", number=audit.number, day=_day(audit.until)))


def _subject(record: Record) -> tuple[str, str] | None:
    """Return the sample or the finding of which a record is a step."""
    if isinstance(record, SampleStep):
        return "sample", record.sample
    if isinstance(record, FindingStep):
        return "finding", record.finding
    return None


def _day(date: dt.date) -> str:
    return f"{date:%d-%m-%Y}"
