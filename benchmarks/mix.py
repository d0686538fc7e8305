"""The events that are measured with: those of the simulated regency, by a fixed seed."""

from __future__ import annotations

from functools import lru_cache

from services.simulation import AgencyMessage, agency_events

SEED = 7
PARTICIPANTS, CLAIMS = 45_000, 450
"""The regency of the demo and its year."""
HEAVY = 10
"""So many times the claims of a plausible year make assessments weigh in the figures."""
SMALL = 5_000, 50
"""Participants and claims where speed is given and waiting is measured."""


@lru_cache
def messages(participants: int = PARTICIPANTS, claims: int = CLAIMS) -> tuple[AgencyMessage, ...]:
    """Return what the agencies send, in order; the late, wrong and repeated messages among it."""
    return tuple(agency_events(SEED, participants, claims))


def described(sent: tuple[AgencyMessage, ...]) -> str:
    """Say what the events are, for the report."""
    claims = sum(b'"kelambu.claim.' in message.body for message in sent)
    size = sum(len(message.body) for message in sent) / len(sent)
    people = sum(b'"kelambu.participant.enrolled.' in message.body for message in sent)
    return (
        f"{len(sent):,} agency events (seed {SEED}), {claims:,} of them about claims, "
        f"{people:,} enrolments; {size:,.0f} bytes each"
    )
