"""Every event type, once: what agencies may send and what the ledger may hold."""

from __future__ import annotations

import datetime as dt
from typing import TypeAlias

import msgspec
from msgspec import Struct

from events.assessment import ClaimAssessed, ClaimClosed, ClaimDenied, ClaimOpened, ClaimReferred
from events.bank import ClaimPaid, Paid, PaymentReturned, Returned
from events.claim import (
    Amended,
    ClaimAmended,
    ClaimFiled,
    ClaimObjected,
    ClaimReviewed,
    ClaimVerified,
    ClaimWithdrawn,
    Documented,
    DocumentsReceived,
    Filed,
    Objected,
    Reviewed,
    ReviewedUpTo,
    Schooled,
    SchoolingConfirmed,
    Verified,
    Withdrawn,
    kinds_without_hash,
)
from events.content import CitedEvent, Content
from events.envelope import reference
from events.operation import (
    EpochBegun,
    ParkedDiscarded,
    ParkedRetried,
    PersonErased,
    ReleaseArranged,
    RulebookAdopted,
)
from events.participant import (
    Contributed,
    ContributionsPaid,
    Declared,
    Ended,
    Enrolled,
    IncomeDeclared,
    ParticipantEnded,
    ParticipantEnrolled,
)
from events.payment import (
    ClaimOverpaid,
    PaymentCancelled,
    PaymentMismatched,
    PaymentOrdered,
    PaymentReleased,
    ReleaseApproved,
    ReleaseRefused,
)
from events.retraction import EventRetracted, Retracted
from events.upcast import decode_with
from events.values import civil_date

ParticipantEvent: TypeAlias = ParticipantEnrolled | IncomeDeclared | ContributionsPaid | ParticipantEnded
"""Agency events that name the participant by NIK, as a filing does too."""
ClaimReport: TypeAlias = (
    ClaimFiled
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
"""What agencies report about a claim."""
AgencyEvent: TypeAlias = ParticipantEvent | EventRetracted | ClaimReport
AnyFact: TypeAlias = (
    Enrolled
    | Declared
    | Contributed
    | Ended
    | Retracted
    | Filed
    | Amended
    | Documented
    | Verified
    | Schooled
    | Reviewed
    | ReviewedUpTo
    | Objected
    | Withdrawn
    | Paid
    | Returned
)
"""The facts of agency events."""

ClaimConclusion: TypeAlias = (
    ClaimOpened
    | ClaimAssessed
    | ClaimReferred
    | ClaimDenied
    | ClaimClosed
    | PaymentOrdered
    | ReleaseApproved
    | ReleaseRefused
    | PaymentReleased
    | PaymentCancelled
    | ClaimOverpaid
    | PaymentMismatched
)
"""What Kelambu records about a claim."""
ClaimEvent: TypeAlias = ClaimReport | ClaimConclusion
"""The events of one claim: each names it in ``data.claim``."""
OrderProposal: TypeAlias = ReleaseApproved | ReleaseRefused | PaymentReleased
"""What is proposed about an order: the decider records it if it may be, and else says nothing."""
Operation: TypeAlias = (
    RulebookAdopted | ReleaseArranged | ParkedRetried | ParkedDiscarded | PersonErased | EpochBegun
)
OwnEvent: TypeAlias = ClaimConclusion | Operation
Event: TypeAlias = AgencyEvent | OwnEvent


def type_of(event: Struct | type[Struct]) -> str:
    """Return the type's full name, e.g. ``kelambu.claim.filed.v1``."""
    tag = event.__struct_config__.tag
    if not isinstance(tag, str):
        msg = f"{event!r} is no event type"
        raise TypeError(msg)
    return tag


def short_name(full_name: str) -> str:
    """Return ``claim.filed`` for ``kelambu.claim.filed.v1``."""
    return full_name.removeprefix("kelambu.").rpartition(".")[0]


def beginnings(*kinds: type[Event]) -> tuple[bytes, ...]:
    """Return how events of these types begin as they are recorded: the type comes first."""
    return tuple(b'{"type":"%s"' % type_of(kind).encode() for kind in kinds)


AGENCY_TYPES: dict[str, type[AgencyEvent]] = {type_of(t): t for t in AgencyEvent.__args__}
EVENT_TYPES: dict[str, type[Event]] = {type_of(t): t for t in Event.__args__}
SHORT_NAMES: dict[type[Event], str] = {kind: short_name(name) for name, kind in EVENT_TYPES.items()}
"""Type names as people and read models are shown them, e.g. ``claim.filed``."""

_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_encoder = msgspec.json.Encoder()


def decode(body: bytes) -> Event:
    """Read an event as recorded, in today's version or an older one; raises ``msgspec.ValidationError``."""
    return decode_with(_decoder, body)


def encode(event: Event) -> bytes:
    """Write an event as it is recorded: the same event gives the same bytes."""
    return _encoder.encode(event)


def fact_of(event: AgencyEvent, position: int) -> AnyFact:
    """Reduce an agency event, clear or redacted alike, to what the rules compute with."""
    return event.data.fact(CitedEvent(reference(event.source, event.id), civil_date(event.time), position))


def happened_on(event: Event) -> dt.date:
    """Return an event's own date: when what it tells happened, whenever it was sent.

    Where an agency's event tells none it is the day on which the agency acted; what Kelambu does happens when it is
    recorded.
    """
    if isinstance(event, AgencyEvent):
        return fact_of(event, 0).happened_on
    return civil_date(event.recordedtime or event.time)


def had_happened(event: Event, day: dt.date) -> bool:
    """Whether an event counts on a day: it had happened by its end.

    What a retraction takes back never was, on any day.
    """
    return isinstance(event, EventRetracted) or happened_on(event) <= day


def content_of(event: ClaimEvent | EventRetracted) -> Content:
    """Return what a recorded event about a claim, or a retraction, says."""
    return content_and_date(event)[0]


def content_and_date(event: ClaimEvent | EventRetracted) -> tuple[Content, dt.date]:
    """Return what a recorded event about a claim, or a retraction, says, and its own date."""
    if isinstance(event, ClaimConclusion):
        return event.data.content(), civil_date(event.recordedtime or event.time)
    fact = fact_of(event, event.position or 0)
    return _with_what_no_rule_asks(event, fact.content()), fact.happened_on


def _with_what_no_rule_asks(event: ClaimReport | EventRetracted, content: Content) -> Content:
    match event:
        case ClaimFiled():
            codes = (f"claimant:{event.data.claimant.relation}", *content.codes)
            without_hash = kinds_without_hash(event.data.documents or ())
            return msgspec.structs.replace(content, codes=codes, without_hash=without_hash)
        case DocumentsReceived():
            return msgspec.structs.replace(content, without_hash=kinds_without_hash(event.data.documents))
        case ClaimReviewed():
            return msgspec.structs.replace(content, officer=event.data.officer)
        case ClaimVerified():
            return msgspec.structs.replace(content, accounts=dict(event.data.findings.accounts()))
        case SchoolingConfirmed():
            accounts = {f"child:{event.data.child}": event.data.payee.account.number}
            return msgspec.structs.replace(content, accounts=accounts)
    return content
