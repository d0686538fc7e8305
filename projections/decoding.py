"""Recorded events as read models look at them: of what is about participants, no more is decoded than they ask for.

What is not decoded is not checked here. That what was recorded is what the decider says is for ``kelambu verify``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Generic, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType

from events.catalogue import ClaimEvent, Operation, happened_on, type_of
from events.participant import ContributionsPaid, IncomeDeclared, ParticipantEnded, ParticipantEnrolled
from events.personal import Sponsor
from events.retraction import EventRetracted
from events.upcast import decode_with
from projections.membership import ContributionStatement, EndStatement, EnrolmentStatement, Statement

D = TypeVar("D")


class _Recorded(Struct, Generic[D], frozen=True, gc=False, tag_field="type"):
    """What is asked of the envelope; the attributes are those of ``events.envelope.Envelope``."""

    id: str
    source: str
    person: str
    partition: int
    position: int
    recordedtime: dt.datetime
    data: D

    @property
    def place(self) -> int:
        """Its place among all events, as one number: in order within a partition."""
        return (self.partition << 48) + self.position

    @property
    def statement(self) -> Statement | None:
        """What it states of membership; None for a declaration of income."""
        return None

    @property
    def happened(self) -> str:
        """Its own date, as ``events.catalogue.happened_on`` tells it."""
        raise NotImplementedError


class _Welfare(Struct, frozen=True):
    decile: int


class _Enrolment(Struct, frozen=True, kw_only=True):
    sex: str
    district: str
    sector: str
    programmes: list[str]
    starts_on: str
    sponsor: Sponsor
    birth_date: str
    welfare: _Welfare | UnsetType = UNSET


class _Income(Struct, frozen=True):
    from_month: str


class RecordedEnrolment(_Recorded[_Enrolment], frozen=True, gc=False, tag=type_of(ParticipantEnrolled)):
    """A person enters the programme."""

    time: dt.datetime
    admittedtime: dt.datetime | UnsetType = UNSET

    @property
    def statement(self) -> EnrolmentStatement:
        """Who the person is, and from when on a member."""
        data = self.data
        return EnrolmentStatement(
            starts_on=data.starts_on,
            sex=data.sex,
            district=data.district,
            sector=data.sector,
            decile=data.welfare.decile if data.welfare else 0,
            sponsor=data.sponsor.kind,
            sponsor_name=data.sponsor.name,
            programmes=" ".join(sorted(data.programmes)),
        )

    @property
    def happened(self) -> str:
        """The first day."""
        return self.data.starts_on


class RecordedIncome(_Recorded[_Income], frozen=True, gc=False, tag=type_of(IncomeDeclared)):
    """The income of a participant changes."""

    @property
    def happened(self) -> str:
        """The first day of the month from which on it does."""
        return f"{self.data.from_month}-01"


class RecordedContributions(
    _Recorded[ContributionStatement], frozen=True, gc=False, tag=type_of(ContributionsPaid)
):
    """Contributions for one or more months were paid."""

    @property
    def statement(self) -> ContributionStatement:
        """The months."""
        return self.data

    @property
    def happened(self) -> str:
        """When they were paid."""
        return self.data.paid_on


class RecordedEnding(_Recorded[EndStatement], frozen=True, gc=False, tag=type_of(ParticipantEnded)):
    """A participant left the programme."""

    time: dt.datetime
    admittedtime: dt.datetime | UnsetType = UNSET

    @property
    def statement(self) -> EndStatement:
        """The last day."""
        return self.data

    @property
    def happened(self) -> str:
        """The last day."""
        return self.data.ended_on


PARTICIPANT_KINDS = (RecordedContributions, RecordedEnrolment, RecordedIncome, RecordedEnding)
RecordedParticipantEvent: TypeAlias = (
    RecordedContributions | RecordedEnrolment | RecordedIncome | RecordedEnding
)
RecordedEvent: TypeAlias = RecordedParticipantEvent | ClaimEvent | EventRetracted | Operation

_decoder: msgspec.json.Decoder[RecordedEvent] = msgspec.json.Decoder(RecordedEvent)


def happened(event: RecordedEvent) -> str:
    """Return the own date of a recorded event, ``YYYY-MM-DD``."""
    return event.happened if isinstance(event, PARTICIPANT_KINDS) else happened_on(event).isoformat()


def decode_recorded(body: bytes) -> RecordedEvent:
    """Read a recorded event, in today's version or an older one; raises ``msgspec.ValidationError``."""
    return decode_with(_decoder, body)


def decode_all(bodies: Sequence[bytes]) -> list[RecordedEvent]:
    """Read recorded events, mostly of today's version; raises ``msgspec.ValidationError``."""
    try:
        return list(map(_decoder.decode, bodies))
    except msgspec.ValidationError:
        return list(map(decode_recorded, bodies))
