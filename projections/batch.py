"""The events of one batch, decoded once for all projections and sorted by what they are about."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import TypeAlias

from events.catalogue import AgencyEvent, ClaimEvent
from events.claim import ClaimFiled
from events.retraction import EventRetracted
from projections.decoding import (
    PARTICIPANT_KINDS,
    RecordedContributions,
    RecordedEvent,
    RecordedParticipantEvent,
)
from projections.steps import Step, step_of

Sent: TypeAlias = dict[tuple[str, type[RecordedEvent]], list[dt.datetime]]
"""When the events of each source and type were recorded, in no order."""


class EventBatch:
    """Recorded events, in the order of their positions within each partition.

    ``sent`` is what agencies sent; ``participants`` holds the events about a participant, by person; ``restated`` are
    the persons of whom anything but contributions was stated; ``steps`` is what was said about claims, ``filings`` and
    ``deaths`` those of them that file one or find a death, ``retractions`` what was taken back.
    """

    __slots__ = ("deaths", "filings", "participants", "restated", "retractions", "sent", "steps")

    def __init__(self, events: Iterable[RecordedEvent]) -> None:
        """Sort ``events``; raises ``ValueError`` for one that was never recorded."""
        self.sent: Sent = defaultdict(list)
        self.participants: defaultdict[str, list[RecordedParticipantEvent]] = defaultdict(list)
        self.restated: set[str] = set()
        self.steps: list[Step] = []
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
                if isinstance(event, ClaimFiled):
                    self.filings.append(step)
                elif step.says.died_on:
                    self.deaths.append(step)
