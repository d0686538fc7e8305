"""The events of one batch, decoded once for all projections and sorted by what they are about."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from msgspec import Struct

from events.catalogue import AgencyEvent, ClaimEvent, ClaimReport
from events.claim import ClaimFiled
from events.retraction import EventRetracted, Struck
from projections.claim_state import ClaimState
from projections.decoding import (
    PARTICIPANT_KINDS,
    RecordedContributions,
    RecordedEvent,
    RecordedParticipantEvent,
)
from projections.steps import Step, step_of

Sent: TypeAlias = dict[tuple[str, type[RecordedEvent]], list[dt.datetime]]
"""When the events of each source and type were recorded, in no order."""
ChangedClaims: TypeAlias = tuple[Sequence[Struct], Sequence[tuple[ClaimState, Struck]]]
"""The rows that remember the claims of a batch, and each claim's state with what is struck."""


class EventBatch:
    """Recorded events, in the order of their positions within each partition.

    ``sent`` is what agencies sent; ``participants`` holds the events about a participant, by person; ``restated`` are
    the persons of whom anything but contributions was stated; ``steps`` is what was said about claims, ``filings`` and
    ``deaths`` those of them that file one or find a death, ``retractions`` what was taken back; ``reports`` are the events
    that agencies sent about claims, as they stand in the ledger. ``changed`` is what ``projections.claim_memory`` made of them.
    """

    __slots__ = (
        "changed",
        "deaths",
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
        self.steps: list[Step] = []
        self.reports: list[ClaimReport] = []
        self.filings: list[Step] = []
        self.deaths: list[Step] = []
        self.retractions: list[Step] = []
        sent, participants = self.sent, self.participants
        for event in events:
            if isinstance(event, PARTICIPANT_KINDS):
                kind, person = type(event), event.person
                sent[event.source, kind].append(event.recordedtime)
                participants[person].append(event)
                if kind is not RecordedContributions:
                    self.restated.add(person)
                continue
            if isinstance(event, AgencyEvent):
                self.sent[event.source, type(event)].append(event.recordedtime or event.time)
            if isinstance(event, EventRetracted):
                self.retractions.append(step_of(event))
            elif isinstance(event, ClaimEvent):
                step = step_of(event)
                self.steps.append(step)
                if isinstance(event, ClaimReport):
                    self.reports.append(event)
                if isinstance(event, ClaimFiled):
                    self.filings.append(step)
                elif step.says.died_on:
                    self.deaths.append(step)
