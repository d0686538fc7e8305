"""A scheme: programmes, causes and benefits by their codes, and which figures of the law each of their rules asks for.

It is data, the file ``scheme.toml`` of a rulebook's folder, read and checked by ``services.benefits.reading``. The
engine knows no programme, cause or benefit besides those of the scheme.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType

from events.codes import Codes
from events.message import Text
from services.benefits.families.bills import DeviceBill, HomecareBill, TransportBill, TreatmentBill
from services.benefits.families.disability import DisabilityTable
from services.benefits.families.incapacity import IncapacityBenefit
from services.benefits.families.lump_sum import FixedSum, IncomeShare
from services.benefits.families.scholarship import Scholarship
from services.benefits.figures import BRACKETS, RANKS, Days, Months, Years, figures_in
from services.benefits.law import CoverageRule, Currency, SchoolRules

AnyBenefit: TypeAlias = (
    FixedSum
    | IncomeShare
    | DisabilityTable
    | IncapacityBenefit
    | TreatmentBill
    | TransportBill
    | DeviceBill
    | HomecareBill
    | Scholarship
)

_Programme: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9-]{0,15}$")]
_Cause: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
_Paper: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,39}$")]

GENERAL_REASONS = (
    "account-changed",
    "already-claimed",
    "coverage-ended",
    "coverage-lapsed",
    "heirs-changed",
    "no-law-in-force",
    "not-insured",
    "not-yet-covered",
    "objected",
    "paid-after-event",
    "paid-before",
    "payee-is-deceased",
    "return-unclear",
    "review-denied",
)
"""Reasons for which a claim of any scheme is denied or referred."""


class _Part(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings that the parts of a scheme share."""


class FilingLimit(_Part, frozen=True, kw_only=True):
    """How many years after the event a claim may be filed; a later one is denied or goes to a person."""

    years: Years
    late: Literal["deny", "refer"]

    @property
    def reason(self) -> str:
        """The reason that a later filing gives."""
        return "claim-lapsed" if self.late == "deny" else "filed-late"


class Programme(_Part, frozen=True, kw_only=True, dict=True):
    """A programme and how its claims are judged.

    ``covers``: in a ``death`` programme every claim is for a death, and the day of death is the day of the event; an
    ``accident`` programme is for what befalls a participant, death included. ``insures``: an event caused by ``work``,
    the ``rest``, or ``any``; a death whose cause is found to be the other goes to the programme ``otherwise``. ``law``
    is the figure that says whether there is a law for the programme on a day. ``first_months``: until so many months
    have passed and been paid only benefits ``from_first_day`` are due. ``income_raised``: an income base raised so
    many days before the event goes to a person.
    """

    code: _Programme
    name: Text
    covers: Literal["death", "accident"]
    insures: Literal["any", "work", "rest"] = "any"
    otherwise: str = ""
    causes: dict[_Cause, Text]
    law: str
    pay_days: Days
    filing: FilingLimit | UnsetType = UNSET
    first_months: Months = ""
    income_raised: Days = ""
    documents: tuple[_Paper, ...]
    documents_on_death: tuple[_Paper, ...] = ()
    benefit: tuple[AnyBenefit, ...]

    @cached_property
    def in_person(self) -> frozenset[str]:
        """Kinds of medical item whose benefit is paid to the participant in person."""
        return frozenset(benefit.kind for benefit in self.benefit if benefit.in_person)

    @cached_property
    def of_income(self) -> frozenset[str]:
        """Codes of the benefits that are a share of the income."""
        return frozenset(benefit.code for benefit in self.benefit if benefit.needs_income)

    @cached_property
    def priced(self) -> frozenset[str]:
        """Devices that need a reference price."""
        devices = (benefit for benefit in self.benefit if isinstance(benefit, DeviceBill))
        return frozenset(device for benefit in devices for device in benefit.by_price)

    @cached_property
    def pays_funeral(self) -> bool:
        """Whether who arranged a burial may be paid."""
        return any(getattr(benefit, "to", "") == "funeral" for benefit in self.benefit)

    @cached_property
    def scholarship(self) -> Scholarship | None:
        """The benefit that opens the scholarship, if any."""
        return next((benefit for benefit in self.benefit if isinstance(benefit, Scholarship)), None)

    @property
    def figures(self) -> Iterator[tuple[str, str]]:
        """Code and unit of every figure that the programme asks for, its own first."""
        yield from figures_in(self)
        if self.filing:
            yield from figures_in(self.filing)
        for benefit in self.benefit:
            yield from figures_in(benefit)
            if isinstance(benefit, DisabilityTable):
                yield from ((code, "percent") for code in benefit.codes)
        if self.of_income:
            yield BRACKETS, "brackets"

    @property
    def reasons(self) -> Iterator[str]:
        """Reasons that only claims of this programme give."""
        if self.insures == "work":
            yield "not-work-related"
        if self.filing:
            yield self.filing.reason
        if self.first_months:
            yield "three-month-boundary"
        if self.income_raised:
            yield "income-raised"
        if self.scholarship:
            yield "child-unclear"
        if self.covers == "accident":
            yield from ("item-repeated", "same-accident")
        if self.covers == "accident" and self.in_person & {"disability", "total-disability"}:
            yield "disability-then-death"
        if self.covers == "accident" and self.in_person & {"incapacity", "homecare"}:
            yield "after-death"


class Scheme(_Part, frozen=True, kw_only=True, dict=True):
    """Everything that a rulebook's folder says besides the law itself.

    ``office`` is who decides what is referred. ``documents`` says what the papers are called that programmes ask for.
    """

    name: Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,40}$")]
    title: Text
    office: str
    currency: Currency
    cover: CoverageRule
    documents: dict[_Paper, Text]
    scholarship: SchoolRules | UnsetType = UNSET
    programme: tuple[Programme, ...]

    @cached_property
    def by_code(self) -> Mapping[str, Programme]:
        """The programmes by their codes."""
        return {programme.code: programme for programme in self.programme}

    @cached_property
    def by_cause(self) -> Mapping[str, Programme]:
        """The programme under which a claim of each cause is filed."""
        return {cause: programme for programme in self.programme for cause in programme.causes}

    @cached_property
    def codes(self) -> Codes:
        """What a document may name."""
        return Codes(tuple(self.by_code), tuple(self.by_cause))

    @cached_property
    def benefits(self) -> Mapping[str, AnyBenefit]:
        """The benefits by their codes, in the order of an award; a code of two programmes once."""
        return {benefit.code: benefit for programme in self.programme for benefit in programme.benefit}

    @cached_property
    def figures(self) -> Mapping[str, str]:
        """Code of every figure that is asked for, and its unit."""
        return {code: unit for code, unit, _ in self.asked}

    @cached_property
    def needed_with(self) -> Mapping[str, frozenset[str]]:
        """Figure or reason to the figures on whose every day it is needed too; optional ones are needed with none."""
        needed: dict[str, frozenset[str]] = {}
        for code, _, programmes in self.asked:
            optional = any(code == programme.first_months for programme in self.programme)
            laws = frozenset() if optional else frozenset(programme.law for programme in programmes)
            needed[code] = needed.get(code, frozenset()) | laws
        for reason in GENERAL_REASONS:
            needed[reason] = frozenset(programme.law for programme in self.programme)
        if self.cover.arrears:
            needed["in-arrears"] = frozenset(programme.law for programme in self.programme)
        for programme in self.programme:
            for reason in programme.reasons:
                law = programme.first_months if reason == "three-month-boundary" else programme.law
                needed[reason] = needed.get(reason, frozenset()) | {law}
        return needed

    @cached_property
    def optional(self) -> frozenset[str]:
        """Figures that a law need not state at all, and what they bring with them."""
        months = {programme.first_months for programme in self.programme if programme.first_months}
        return frozenset((*months, "three-month-boundary")) if months else frozenset()

    @cached_property
    def reasons(self) -> frozenset[str]:
        """Every reason for which a claim is denied or referred. There are no others."""
        return frozenset(self.needed_with.keys() - self.figures.keys())

    @cached_property
    def rests_on(self) -> Mapping[str, tuple[str, ...]]:
        """The figure that an award line cites to the others that its amount rests on."""
        every = (benefit for programme in self.programme for benefit in programme.benefit)
        cited = (figures for benefit in every for figures in benefit.cited.values())
        return {figure: tuple(filter(None, others)) for figure, *others in cited if others}

    @cached_property
    def names(self) -> Mapping[str, Text]:
        """What people call its codes: ``benefit.CODE``, ``cause.CODE`` and ``missing.document:CODE``."""
        return {
            **{f"benefit.{code}": benefit.name for code, benefit in self.benefits.items()},
            **{f"cause.{cause}": name for one in self.programme for cause, name in one.causes.items()},
            **{f"missing.document:{paper}": name for paper, name in self.documents.items()},
        }

    @cached_property
    def asked(self) -> tuple[tuple[str, str, tuple[Programme, ...]], ...]:
        """Code and unit of each figure, and the programmes whose claims ask for it.

        A shared one is listed several times.
        """
        required: list[tuple[str, str, tuple[Programme, ...]]] = [
            (code, unit, (programme,)) for programme in self.programme for code, unit in programme.figures
        ]
        if self.scholarship:
            opening = tuple(programme for programme in self.programme if programme.scholarship)
            required += [(code, unit, opening) for code, unit in figures_in(self.scholarship)]
        required += [(code, unit, self.programme) for code, unit in figures_in(self.cover)]
        required.append((RANKS, "ranks", self.programme))
        return tuple(required)

    def programmes_of(self, figure: str) -> frozenset[str]:
        """Return the codes of the programmes whose claims a figure concerns."""
        return frozenset(
            one.code for code, _, programmes in self.asked if code == figure for one in programmes
        )
