"""A participant: enrolled, with an income declared, contributions paid, ended."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from events.envelope import Envelope
from events.values import (
    District,
    FreeText,
    Income,
    Month,
    Nik,
    PersonalName,
    PersonalText,
    Programme,
    Rupiah,
    Sponsor,
)

Sex = Literal["female", "male"]
Sector = Literal["farming", "fishing", "trade", "labour", "transport", "other"]
Hand = Literal["right", "left"]


class Welfare(Struct, frozen=True, forbid_unknown_fields=True):
    decile: Annotated[int, Meta(ge=1, le=10)]
    register: Literal["P3KE", "DTSEN"]
    as_of: dt.date


class Enrolment(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A person enters the programme. ``income`` is the declared income in rupiah a month."""

    nik: Nik
    name: PersonalName
    birth_date: dt.date
    sex: Sex
    district: District
    sector: Sector
    programmes: Annotated[list[Programme], Meta(min_length=1)]
    income: Income
    starts_on: dt.date
    sponsor: Sponsor
    welfare: Welfare | UnsetType = UNSET
    dominant_hand: Hand | UnsetType = UNSET
    address: PersonalText | UnsetType = UNSET


class IncomeDeclaration(Struct, frozen=True, forbid_unknown_fields=True):
    nik: Nik
    income: Income
    from_month: Month


class Contributions(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Months paid, ``first_month`` to ``last_month`` inclusive; ``amount`` is the rupiah paid in all."""

    nik: Nik
    first_month: Month
    last_month: Month
    paid_on: dt.date
    payer: Sponsor
    amount: Rupiah | UnsetType = UNSET


class Ending(Struct, frozen=True, forbid_unknown_fields=True):
    nik: Nik
    ended_on: dt.date
    reason: FreeText


class ParticipantEnrolled(Envelope[Enrolment], frozen=True, tag="kelambu.participant.enrolled.v1"):
    """A person enters the programme."""


class IncomeDeclared(Envelope[IncomeDeclaration], frozen=True, tag="kelambu.participant.income-declared.v1"):
    """The income of a participant changes from a month on."""


class ContributionsPaid(
    Envelope[Contributions], frozen=True, tag="kelambu.participant.contributions-paid.v1"
):
    """Contributions for one or more months were paid."""


class ParticipantEnded(Envelope[Ending], frozen=True, tag="kelambu.participant.ended.v1"):
    """A participant left the programme."""
