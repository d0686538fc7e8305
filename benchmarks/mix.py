"""The events that are measured with: the simulated regency's own, with more claims in its year than it would have."""

from __future__ import annotations

from functools import lru_cache

from services.simulation import Message, agency_events

SEED = 7
PARTICIPANTS = 20_000
CLAIMS = 2_000
"""Ten times the claims of a plausible year, so that assessments weigh in every figure."""


@lru_cache
def messages(participants: int = PARTICIPANTS, claims: int = CLAIMS) -> tuple[Message, ...]:
    """Return what the agencies send, in order; the late, wrong and repeated messages among it."""
    return tuple(agency_events(SEED, participants, claims))


def described(sent: tuple[Message, ...]) -> str:
    """Say what the events are, for the report."""
    claims = sum(b'"kelambu.claim.' in message.body for message in sent)
    size = sum(len(message.body) for message in sent) / len(sent)
    people = sum(b'"kelambu.participant.enrolled.' in message.body for message in sent)
    return (
        f"{len(sent):,} agency events (seed {SEED}), {claims:,} of them about claims, "
        f"{people:,} enrolments; {size:,.0f} bytes each"
    )
