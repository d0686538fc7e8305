"""Values that events are made of: rupiah, dates and months, codes, and the personal texts that are sealed.

A type marked ``personal`` in its ``Meta.extra`` is never stored in clear: ``token`` values are replaced by a
keyed token so that equality can still be asked, ``text`` values by ``"~"``, and ``sponsor`` names only when
the sponsor or payer is a person (``self`` or ``donor``).
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType

JAKARTA = dt.timezone(dt.timedelta(hours=7), "WIB")
"""Asia/Jakarta: UTC+7 all year. Every civil date of the contract is a date there."""

MAX_RUPIAH = 9_007_199_254_740_991
"""The largest whole number that every JSON reader keeps exactly."""

EventId: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:\-]{1,64}$")]
AgencyName: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z0-9\-]{2,32}$")]
Source: TypeAlias = Annotated[str, Meta(pattern=r"^/agencies/[a-z0-9\-]{2,32}$")]
ClaimNumber: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Z0-9\-]{1,40}$")]
LocalId: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._\-]{1,40}$")]
"""An id within one claim: of an heir, a child or a medical item."""
OrderId: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._\-]{1,64}$")]
Code: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z0-9\-]{1,64}$")]
Month: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
District: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9]{2}\.[0-9]{2}\.[0-9]{2}$")]
Sha256: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]

Rupiah: TypeAlias = Annotated[int, Meta(ge=1, le=MAX_RUPIAH)]
Income: TypeAlias = Annotated[int, Meta(ge=0, le=MAX_RUPIAH)]
Percent: TypeAlias = Annotated[float, Meta(ge=0, le=100)]
"""0 to 100 with at most two decimals; ``Decimal(str(value))`` is exact."""

Nik: TypeAlias = Annotated[str, Meta(max_length=40, extra={"personal": "nik"})]
"""Sixteen digits as an agency sends it; the keyed token once recorded."""
PersonalName: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200, extra={"personal": "text"})]
PersonalText: TypeAlias = Annotated[str, Meta(min_length=1, max_length=4000, extra={"personal": "text"})]
SponsorName: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200, extra={"personal": "sponsor"})]
BankText: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200)]

Programme: TypeAlias = Literal["JKK", "JKM"]
Cause: TypeAlias = Literal["work-accident", "occupational-disease", "other"]
HeirRelation: TypeAlias = Literal[
    "spouse",
    "child",
    "parent",
    "grandchild",
    "grandparent",
    "sibling",
    "parent-in-law",
    "testament",
]
Relation: TypeAlias = HeirRelation | Literal["other"]
SponsorKind: TypeAlias = Literal["apbd", "village", "donor", "self"]


class Account(Struct, frozen=True, forbid_unknown_fields=True):
    """A bank account. Recorded, ``number`` is the keyed token of the whole account and the rest is ``"~"``."""

    bank: BankText
    number: BankText
    holder: BankText


PersonalAccount: TypeAlias = Annotated[Account, Meta(extra={"personal": "account"})]


class Person(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    name: PersonalName
    nik: Nik | UnsetType = UNSET


class Payee(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    name: PersonalName
    nik: Nik | UnsetType = UNSET
    account: PersonalAccount


class Sponsor(Struct, frozen=True, forbid_unknown_fields=True):
    kind: SponsorKind
    name: SponsorName
