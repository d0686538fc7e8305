"""The events of one batch, decoded once for all projections and sorted by what they are about."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from msgspec import Struct

from events.catalogue import ClaimConclusion, ClaimReport
from events.claim import ClaimFiled
from events.retraction import EventRetracted, Struck
from projections.bulk import Row
from projections.claim_state import ClaimState
from projections.claim_steps import Step, step_of
from projections.decoding import (
    PARTICIPANT_KINDS,
    RecordedContributions,
    RecordedEnding,
    RecordedEnrolment,
    RecordedEvent,
    RecordedParticipantEvent,
)

Sent: TypeAlias = dict[tuple[str, type[RecordedEvent]], list[dt.datetime]]
"""When the events of each source and type were recorded, in no order."""
ChangedClaims: TypeAlias = tuple[Sequence[Row], Sequence[Struct], Sequence[tuple[ClaimState, Struck]]]
"""The rows that remembered the claims of a batch, those that do from now on, and each claim's state with what is
struck."""


class EventBatch:
    """Recorded events, in the order of their positions within each partition.

    ``sent`` is what agencies sent; ``participants`` holds the events about a participant, by person; ``restated`` are
    the persons of whom anything but contributions was stated, ``enrolments`` and ``endings`` those that say who takes
    part; ``steps`` is what was said about claims, ``filings`` and ``deaths`` those of them that file one or find a
    death, ``retractions`` what was taken back; ``reports`` are the events that agencies sent about claims, in the
    order of the ledger, with the step of each. ``changed`` is what ``projections.claim_memory`` made of them.
    """

    __slots__ = (
        "changed",
        "deaths",
        "endings",
        "enrolments",
        "filings",
        "participants",
        "reports",
        "restated",
        "retractions",
        "sent",
        "steps",
    )

    def __init__(self, events: Iterable[RecordedEvent]) -> None:
        """Sort ``events``; raises ``ValueError`` for one that was never recorded."""
        self.changed: ChangedClaims | None = None
        self.sent: Sent = defaultdict(list)
        self.participants: defaultdict[str, list[RecordedParticipantEvent]] = defaultdict(list)
        self.restated: set[str] = set()
        self.enrolments: list[RecordedEnrolment] = []
        self.endings: list[RecordedEnding] = []
        self.steps: list[Step] = []
        self.reports: list[tuple[ClaimReport, Step]] = []
        self.filings: list[Step] = []
        self.deaths: list[Step] = []
        self.retractions: list[Step] = []
        for event in events:
            take = _TAKEN.get(type(event))
            if take is not None:
                take(self, event)


def _participant(batch: EventBatch, event: RecordedParticipantEvent) -> None:
    batch.sent[event.source, type(event)].append(event.recordedtime)
    batch.participants[event.person].append(event)
    if isinstance(event, RecordedContributions):
        return
    batch.restated.add(event.person)
    if isinstance(event, RecordedEnrolment):
        batch.enrolments.append(event)
    elif isinstance(event, RecordedEnding):
        batch.endings.append(event)


def _retraction(batch: EventBatch, event: EventRetracted) -> None:
    batch.sent[event.source, EventRetracted].append(event.recordedtime or event.time)
    batch.retractions.append(step_of(event))


def _report(batch: EventBatch, event: ClaimReport) -> None:
    batch.sent[event.source, type(event)].append(event.recordedtime or event.time)
    step = step_of(event)
    batch.steps.append(step)
    batch.reports.append((event, step))
    if isinstance(event, ClaimFiled):
        batch.filings.append(step)
    elif step.says.died_on:
        batch.deaths.append(step)


def _conclusion(batch: EventBatch, event: ClaimConclusion) -> None:
    batch.steps.append(step_of(event))


_TAKEN: dict[type[Struct], Callable[[EventBatch, Any], None]] = {
    **dict.fromkeys(PARTICIPANT_KINDS, _participant),
    **dict.fromkeys(ClaimReport.__args__, _report),
    **dict.fromkeys(ClaimConclusion.__args__, _conclusion),
    EventRetracted: _retraction,
}
"""How an event of each type is sorted in; what is about the installation itself is not."""
