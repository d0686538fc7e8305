"""The events of one batch, decoded once for all projections and sorted by what they are about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from events.catalogue import AGENCY_TYPES, AgencyEvent, Event, ParticipantEvent
from events.claim import ClaimFiled
from events.participant import ContributionsPaid, IncomeDeclared, ParticipantEnded, ParticipantEnrolled
from events.retraction import EventRetracted
from projections.steps import CLAIM_EVENTS, Step, died_on, step_of

_AGENCY = frozenset(AGENCY_TYPES.values())
_PARTICIPANT = frozenset((ParticipantEnrolled, IncomeDeclared, ContributionsPaid, ParticipantEnded))


class EventBatch:
    """Recorded events, in the order of their positions within each partition.

    ``agency`` holds every event that an agency sent, ``participants`` those about a participant, by person;
    ``restated`` are the persons of whom anything but contributions was stated; ``steps`` is what was said about
    claims, ``filings`` and ``deaths`` those of them that file one or find a death, ``retractions`` what was taken back.
    """

    __slots__ = ("agency", "deaths", "filings", "participants", "restated", "retractions", "steps")

    def __init__(self, events: Iterable[Event]) -> None:
        """Sort ``events``; raises ``ValueError`` for one that was never recorded."""
        self.agency: list[AgencyEvent] = []
        self.participants: defaultdict[str, list[ParticipantEvent]] = defaultdict(list)
        self.restated: set[str] = set()
        self.steps: list[Step] = []
        self.filings: list[Step] = []
        self.deaths: list[Step] = []
        self.retractions: list[Step] = []
        for event in events:
            kind = type(event)
            if kind in _AGENCY:
                self.agency.append(event)  # type: ignore[arg-type]
            if kind in _PARTICIPANT:
                person = event.person or event.data.nik  # type: ignore[union-attr]
                self.participants[person].append(event)  # type: ignore[arg-type]
                if kind is not ContributionsPaid:
                    self.restated.add(person)
            elif kind in CLAIM_EVENTS:
                step = step_of(event)  # type: ignore[arg-type]
                self.steps.append(step)
                if kind is ClaimFiled:
                    self.filings.append(step)
                elif died_on(step):
                    self.deaths.append(step)
            elif isinstance(event, EventRetracted):
                self.retractions.append(step_of(event))
