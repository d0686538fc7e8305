"""What operators do, said as events of ``/agencies/kelambu``: adopt a rulebook, retry or discard what is parked."""

from __future__ import annotations

from msgspec import Struct

from events.envelope import Envelope
from events.values import FreeText, Sha256


class Adoption(Struct, frozen=True, forbid_unknown_fields=True):
    """From here on this partition decides by this rulebook (SHA-256) and engine version."""

    rulebook: Sha256
    engine: str


class ParkedRetry(Struct, frozen=True, forbid_unknown_fields=True):
    """Take up the events parked for the envelope's ``person`` again, from the oldest."""

    reason: FreeText


class ParkedDiscard(Struct, frozen=True, forbid_unknown_fields=True):
    """Drop the oldest event parked for the envelope's ``person``; ``event`` is its reference."""

    event: str
    reason: FreeText


class RulebookAdopted(Envelope[Adoption], frozen=True, tag="kelambu.rulebook.adopted.v1"):
    """The partition changed its rulebook."""


class ParkedRetried(Envelope[ParkedRetry], frozen=True, tag="kelambu.parked.retried.v1"):
    """An operator asked for a parked person's events to be tried again."""


class ParkedDiscarded(Envelope[ParkedDiscard], frozen=True, tag="kelambu.parked.discarded.v1"):
    """An operator dropped an event that cannot be decided."""
