"""A retraction: the facts of an earlier event of the same source no longer count; both stay in the history."""

from __future__ import annotations

from msgspec import Struct

from events.envelope import Envelope
from events.values import EventId, PersonalText


class Retraction(Struct, frozen=True, forbid_unknown_fields=True):
    retracts: EventId
    reason: PersonalText


class EventRetracted(Envelope[Retraction], frozen=True, tag="kelambu.event.retracted.v1"):
    """An agency takes an event of its own back."""
