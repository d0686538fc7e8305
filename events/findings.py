"""What agencies establish about a claim: cause, death, medical items, heirs, burial, account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from events.personal import FreeText, Nik, Payee, Person, PersonalAccount, PersonalName
from events.values import AgencyName, HeirRelation, LocalId, Percent, Rupiah

Part = Literal[
    "arm-shoulder",
    "arm-elbow",
    "hand-wrist",
    "thumb",
    "index-finger",
    "other-finger",
    "index-first-phalanx",
    "other-first-phalanx",
    "leg-hip",
    "foot-ankle",
    "big-toe",
    "second-toe",
    "other-toe",
    "eye",
    "hearing-one",
    "auricle",
    "leg-shortening-under-5cm",
    "leg-shortening-5-to-7.5cm",
    "leg-shortening-from-7.5cm",
    "both-legs-hip",
    "both-feet-ankle",
    "both-eyes",
    "hearing-both",
    "both-auricles",
    "scalp",
    "impotence",
    "nose-lobe",
    "nasal-septum",
    "smell",
    "colour-vision",
    "mental-capacity",
    "work-capacity-51-70",
    "work-capacity-26-50",
    "work-capacity-10-25",
    "hearing-loss-both-10db",
    "hearing-loss-one-10db",
    "vision-10-percent",
    "visual-field-10-percent",
]
Side = Literal["right", "left"]
Which = Literal["middle", "ring", "little", "third", "fourth", "fifth"]
Units = Annotated[int, Meta(ge=1, le=100)]


class Finding(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Settings that all findings share."""


class CauseFinding(Finding, frozen=True, kw_only=True):
    work_related: bool
    note: FreeText | UnsetType = UNSET


class DeathFinding(Finding, frozen=True, kw_only=True):
    died_on: dt.date


class ItemFinding(Finding, frozen=True, kw_only=True, tag_field="kind"):
    """A medical item; a later statement of the same ``item`` replaces the earlier one."""

    item: LocalId

    @property
    def kind(self) -> str:
        """What kind of item it is, e.g. ``incapacity``."""
        return str(self.__struct_config__.tag)


class Treatment(ItemFinding, frozen=True, kw_only=True, tag="treatment"):
    """As billed. Paid to ``provider``, whose account the agency registry knows, or to ``payee``."""

    amount: Rupiah
    provider: AgencyName | UnsetType = UNSET
    payee: Payee | UnsetType = UNSET


class Transport(ItemFinding, frozen=True, kw_only=True, tag="transport"):
    mode: Literal["land", "sea", "air"]
    amount: Rupiah


class Incapacity(ItemFinding, frozen=True, kw_only=True, tag="incapacity"):
    """Not able to work, both days inclusive (STMB)."""

    first_day: dt.date
    last_day: dt.date


class Disability(ItemFinding, frozen=True, kw_only=True, tag="disability"):
    """A row of the disability table; ``loss_percent`` is the functional loss, 100 if left out."""

    part: Part
    side: Side | UnsetType = UNSET
    which: Which | UnsetType = UNSET
    loss_percent: Percent | UnsetType = UNSET
    units: Units | UnsetType = UNSET
    percent: Percent | UnsetType = UNSET


class TotalDisability(ItemFinding, frozen=True, kw_only=True, tag="total-disability"):
    """Permanent total disability (cacat total tetap)."""


class Device(ItemFinding, frozen=True, kw_only=True, tag="device"):
    device: Literal["orthosis", "prosthesis", "denture", "hearing-aid", "glasses"]
    amount: Rupiah
    reference_price: Rupiah | UnsetType = UNSET


class Homecare(ItemFinding, frozen=True, kw_only=True, tag="homecare"):
    amount: Rupiah
    first_day: dt.date
    last_day: dt.date


MedicalItem = Treatment | Transport | Incapacity | Disability | TotalDisability | Device | Homecare


class Outcome(Finding, frozen=True, kw_only=True):
    state: Literal["treating", "recovered", "disabled", "died"]
    on: dt.date


class MedicalFinding(Finding, frozen=True, kw_only=True):
    items: Annotated[list[MedicalItem], Meta(max_length=200)] | UnsetType = UNSET
    outcome: Outcome | UnsetType = UNSET


class Heir(Finding, frozen=True, kw_only=True):
    """An heir (ahli waris); ``guardian`` receives for a minor."""

    heir: LocalId
    name: PersonalName
    nik: Nik | UnsetType = UNSET
    relation: HeirRelation
    account: PersonalAccount
    share_percent: Percent | UnsetType = UNSET
    guardian: Person | UnsetType = UNSET


class BurialFinding(Finding, frozen=True, kw_only=True):
    arranged_by: Payee


class Findings(Finding, frozen=True, kw_only=True):
    """Every key is optional; a later statement of the same key replaces the earlier one."""

    cause: CauseFinding | UnsetType = UNSET
    death: DeathFinding | UnsetType = UNSET
    medical: MedicalFinding | UnsetType = UNSET
    heirs: Annotated[list[Heir], Meta(max_length=50)] | UnsetType = UNSET
    burial: BurialFinding | UnsetType = UNSET
    participant_account: PersonalAccount | UnsetType = UNSET

    def dates(self) -> Iterator[dt.date]:
        """Yield the days on which what was found was the case: of periods the last day."""
        if self.death:
            yield self.death.died_on
        if self.medical:
            for item in self.medical.items or ():
                if isinstance(item, Incapacity | Homecare):
                    yield item.last_day
            if self.medical.outcome:
                yield self.medical.outcome.on

    def accounts(self) -> Iterator[tuple[str, str]]:
        """Yield each payee whose account is stated, and the number or its token; of a provider without one its name."""
        for item in (self.medical and self.medical.items) or ():
            if isinstance(item, Treatment):
                yield (
                    f"provider:{item.item}",
                    item.payee.account.number if item.payee else item.provider or "",
                )
        for heir in self.heirs or ():
            yield f"heir:{heir.heir}", heir.account.number
        if self.burial:
            yield "burial", self.burial.arranged_by.account.number
        if self.participant_account:
            yield "participant", self.participant_account.number

    def codes(self) -> Iterator[str]:
        """Yield what was found in codes, without names and accounts."""
        if self.cause:
            yield "cause:work-related" if self.cause.work_related else "cause:not-work-related"
        if self.death:
            yield f"death:{self.death.died_on}"
        if self.medical:
            yield from (f"medical:{item.kind}:{item.item}" for item in self.medical.items or ())
            if self.medical.outcome:
                yield f"outcome:{self.medical.outcome.state}"
        if self.heirs is not UNSET:
            yield from (f"heir:{heir.heir}:{heir.relation}" for heir in self.heirs)
            if not self.heirs:
                yield "heirs:none"
        if self.burial:
            yield "burial"
        if self.participant_account:
            yield "participant-account"
