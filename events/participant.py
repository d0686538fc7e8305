"""A participant: enrolled, with an income declared, contributions paid, ended."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from events.content import CitedEvent, Content, Fact
from events.envelope import Envelope
from events.personal import FreeText, Nik, PersonalName, PersonalText, Sponsor
from events.values import District, Income, Month, Programme, Rupiah, month_number, month_text

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

    def fact(self, act: CitedEvent) -> Enrolled:
        """Return what the rules compute with."""
        return Enrolled(*act, self.starts_on, tuple(self.programmes), self.income, self.dominant_hand or "")


class IncomeDeclaration(Struct, frozen=True, forbid_unknown_fields=True):
    nik: Nik
    income: Income
    from_month: Month

    def fact(self, act: CitedEvent) -> Declared:
        """Return what the rules compute with."""
        return Declared(*act, self.income, month_number(self.from_month))


class Contributions(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Months paid, ``first_month`` to ``last_month`` inclusive; ``amount`` is the rupiah paid in all."""

    nik: Nik
    first_month: Month
    last_month: Month
    paid_on: dt.date
    payer: Sponsor
    amount: Rupiah | UnsetType = UNSET

    def fact(self, act: CitedEvent) -> Contributed:
        """Return what the rules compute with."""
        return Contributed(*act, month_number(self.first_month), month_number(self.last_month), self.paid_on)


class Ending(Struct, frozen=True, forbid_unknown_fields=True):
    nik: Nik
    ended_on: dt.date
    reason: FreeText

    def fact(self, act: CitedEvent) -> Ended:
        """Return what the rules compute with."""
        return Ended(*act, self.ended_on)


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


class Enrolled(Fact, frozen=True, array_like=True, tag="e"):
    kind = "participant.enrolled"

    starts_on: dt.date
    programmes: tuple[str, ...]
    income: int
    dominant_hand: str

    @property
    def happened_on(self) -> dt.date:
        """The first day of the membership."""
        return self.starts_on

    def content(self) -> Content:
        """Return what it says."""
        return Content(programmes=self.programmes, date=self.starts_on.isoformat(), amount=self.income)


class Declared(Fact, frozen=True, array_like=True, tag="i"):
    kind = "participant.income-declared"

    income: int
    from_month: int

    @property
    def happened_on(self) -> dt.date:
        """The first day of the month from which on the income is so much."""
        return dt.date.fromisoformat(f"{month_text(self.from_month)}-01")

    def content(self) -> Content:
        """Return what it says."""
        return Content(first_month=month_text(self.from_month), amount=self.income)


class Contributed(Fact, frozen=True, array_like=True, tag="c"):
    kind = "participant.contributions-paid"

    first_month: int
    last_month: int
    paid_on: dt.date

    @property
    def happened_on(self) -> dt.date:
        """When they were paid."""
        return self.paid_on

    def content(self) -> Content:
        """Return what it says."""
        first, last = month_text(self.first_month), month_text(self.last_month)
        return Content(first_month=first, last_month=last, date=self.paid_on.isoformat())


class Ended(Fact, frozen=True, array_like=True, tag="x"):
    kind = "participant.ended"

    ended_on: dt.date

    @property
    def happened_on(self) -> dt.date:
        """The last day of the membership."""
        return self.ended_on

    def content(self) -> Content:
        """Return what it says."""
        return Content(date=self.ended_on.isoformat())
