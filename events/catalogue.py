"""Every event type, once: what agencies may send and what the ledger may hold."""

from __future__ import annotations

from typing import TypeAlias

import msgspec
from msgspec import Struct

from events.assessment import ClaimAssessed, ClaimClosed, ClaimDenied, ClaimOpened, ClaimReferred
from events.claim import (
    ClaimAmended,
    ClaimFiled,
    ClaimObjected,
    ClaimPaid,
    ClaimReviewed,
    ClaimVerified,
    ClaimWithdrawn,
    DocumentsReceived,
    PaymentReturned,
    SchoolingConfirmed,
)
from events.operation import EpochBegun, ParkedDiscarded, ParkedRetried, RulebookAdopted
from events.participant import ContributionsPaid, IncomeDeclared, ParticipantEnded, ParticipantEnrolled
from events.payment import (
    ClaimOverpaid,
    PaymentCancelled,
    PaymentMismatched,
    PaymentOrdered,
    PaymentReleased,
)
from events.retraction import EventRetracted
from events.upcast import decode_with

AgencyEvent: TypeAlias = (
    ParticipantEnrolled
    | IncomeDeclared
    | ContributionsPaid
    | ParticipantEnded
    | EventRetracted
    | ClaimFiled
    | ClaimAmended
    | DocumentsReceived
    | ClaimVerified
    | SchoolingConfirmed
    | ClaimReviewed
    | ClaimObjected
    | ClaimWithdrawn
    | ClaimPaid
    | PaymentReturned
)
ParticipantEvent: TypeAlias = ParticipantEnrolled | IncomeDeclared | ContributionsPaid | ParticipantEnded
"""Agency events that name the participant by NIK, as a filing does too."""

Operation: TypeAlias = RulebookAdopted | ParkedRetried | ParkedDiscarded | EpochBegun
OwnEvent: TypeAlias = (
    ClaimOpened
    | ClaimAssessed
    | ClaimReferred
    | ClaimDenied
    | ClaimClosed
    | PaymentOrdered
    | PaymentReleased
    | PaymentCancelled
    | ClaimOverpaid
    | PaymentMismatched
    | Operation
)
Event: TypeAlias = AgencyEvent | OwnEvent


def type_of(event: Struct | type[Struct]) -> str:
    """Return the type's full name, e.g. ``kelambu.claim.filed.v1``."""
    tag = event.__struct_config__.tag
    if not isinstance(tag, str):
        msg = f"{event!r} is no event type"
        raise TypeError(msg)
    return tag


def beginnings(*kinds: type[Event]) -> tuple[bytes, ...]:
    """Return how events of these types begin as they are recorded: the type comes first."""
    return tuple(b'{"type":"%s"' % type_of(kind).encode() for kind in kinds)


AGENCY_TYPES: dict[str, type[AgencyEvent]] = {type_of(t): t for t in AgencyEvent.__args__}
EVENT_TYPES: dict[str, type[Event]] = {type_of(t): t for t in Event.__args__}

_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_encoder = msgspec.json.Encoder()


def decode(body: bytes) -> Event:
    """Read an event as recorded, in today's version or an older one; raises ``msgspec.ValidationError``."""
    return decode_with(_decoder, body)


def encode(event: Event) -> bytes:
    """Write an event as it is recorded: the same event gives the same bytes."""
    return _encoder.encode(event)
