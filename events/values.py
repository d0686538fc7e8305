"""Values that events are made of: rupiah, dates and months, codes, and the personal texts that are sealed.

A type marked ``personal`` in its ``Meta.extra`` is never stored in clear: a ``nik``, an ``account`` or a ``reference``
is replaced by a keyed token so that equality can still be asked, a ``text`` by ``"~"``, and a ``sponsor`` name only when
the sponsor or payer is a person (``self`` or ``donor``). What an agency's text may hold beyond
its length is its ``form`` (``events.forms``), looked at when a document is admitted. The descriptions complete the sentences
"Write …" and "Give …": they stand in the JSON Schema and in what an agency reads when a document is refused.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType

JAKARTA = dt.timezone(dt.timedelta(hours=7), "WIB")
"""Asia/Jakarta: UTC+7 all year. Every civil date of the contract is a date there."""

MAX_RUPIAH = 9_007_199_254_740_991
"""The largest whole number that every JSON reader keeps exactly."""

_ID = r"^(?!(?:.*[^0-9A-Za-z])?[0-9]{16}(?:[^0-9A-Za-z]|$))"
"""Starts the pattern of an id that stays in clear: sixteen digits that stand alone could be somebody's NIK."""
_END = r"(?!\n)$"
"""The end of the text, also where ``$`` alone would let a line break follow."""

EventId: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"{_ID}[A-Za-z0-9._:\-]{{1,64}}{_END}",
        description="an id of 1 to 64 letters, digits and . _ : -, without 16 digits that stand alone",
    ),
]
MessageId: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"{_ID}[A-Za-z0-9_:\-]{{1,64}}{_END}",
        description="the id of a signed message: 1 to 64 letters, digits and _ : -, without 16 digits that stand alone",
    ),
]
"""A ``webhook-id``: without the full stop that parts it from the timestamp in what is signed."""
AgencyName: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"{_ID}[a-z0-9\-]{{2,32}}{_END}",
        description="the name of an agency: 2 to 32 small letters, digits and -",
    ),
]
Source: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"^/agencies/[a-z0-9\-]{{2,32}}{_END}",
        description="the sending agency, as in /agencies/rsud-sekayu",
    ),
]
ClaimNumber: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"{_ID}[A-Z0-9\-]{{1,40}}{_END}",
        description="a claim number of 1 to 40 capital letters, digits and -, without 16 digits that stand alone",
    ),
]
LocalId: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"{_ID}[A-Za-z0-9._\-]{{1,40}}{_END}",
        description="a short id of 1 to 40 letters, digits and . _ -, without 16 digits that stand alone",
    ),
]
"""An id within one claim: of an heir, a child or a medical item."""
OrderId: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"{_ID}[A-Za-z0-9._\-]{{1,64}}{_END}",
        description="the id of a payment order: 1 to 64 letters, digits and . _ -",
    ),
]
Code: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"{_ID}[a-z0-9\-]{{1,64}}{_END}",
        description="a code of 1 to 64 small letters, digits and -",
    ),
]
Month: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"^(?!0000)[0-9]{{4}}-(0[1-9]|1[0-2]){_END}",
        description="a month written YYYY-MM, with 01 to 12 for MM, as in 2025-07",
    ),
]
District: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"^[0-9]{{2}}\.[0-9]{{2}}\.[0-9]{{2}}{_END}",
        description="a district code of the home ministry, as in 16.06.01",
    ),
]
Sha256: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"^[0-9a-f]{{64}}{_END}",
        description="a SHA-256 of 64 small hexadecimal digits",
    ),
]

ContentType: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf'^application/json( ?; ?[Cc][Hh][Aa][Rr][Ss][Ee][Tt]="?[Uu][Tt][Ff]-?8"?)?{_END}',
        description="application/json, which may name its charset utf-8",
    ),
]
Rupiah: TypeAlias = Annotated[
    int, Meta(ge=1, le=MAX_RUPIAH, description=f"an amount in whole rupiah, from 1 to {MAX_RUPIAH}")
]
Income: TypeAlias = Annotated[
    int, Meta(ge=0, le=MAX_RUPIAH, description=f"an income in whole rupiah a month, from 0 to {MAX_RUPIAH}")
]
Percent: TypeAlias = Annotated[
    float,
    Meta(
        ge=0,
        le=100,
        description="a percentage from 0 to 100 with at most two decimals",
        extra={"decimals": 2},
    ),
]
"""0 to 100 with at most two decimals; ``Decimal(str(value))`` is exact."""

Nik: TypeAlias = Annotated[
    str,
    Meta(max_length=40, description="a NIK of 16 digits, as on the identity card", extra={"personal": "nik"}),
]
"""Sixteen digits as an agency sends it; the keyed token once recorded."""
PersonalName: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        description="a name of 1 to 200 characters, with at least one letter",
        extra={"personal": "text", "form": "name"},
    ),
]
PersonalText: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=4000,
        description="a text of 1 to 4000 characters on one line",
        extra={"personal": "text", "form": "line"},
    ),
]
FreeText: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=4000,
        description="a text of 1 to 4000 characters",
        extra={"personal": "text", "form": "lines"},
    ),
]
"""A person's own words: tabs and line breaks may stand in them."""
PaymentReference: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=4000,
        description="the bank's reference, of 1 to 4000 characters on one line",
        extra={"personal": "reference", "form": "line"},
    ),
]
"""What the bank calls a payment; the keyed token once recorded, so that a return finds it."""
SponsorName: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        pattern=rf"^[^\u0000-\u001f\u007f]*{_END}",
        description="a name of 1 to 200 characters, with at least one letter",
        extra={"personal": "sponsor", "form": "name"},
    ),
]
BankName: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        description="a bank's name of 1 to 200 characters, with at least one letter or digit",
        extra={"form": "bank"},
    ),
]
AccountNumber: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        description="an account number: 5 to 34 letters A-Z and digits, at least 5 of them digits, with blanks, dots "
        "and hyphens between them as the bank writes it",
        extra={"form": "account-number"},
    ),
]
HolderName: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        description="a name of 1 to 200 characters, with at least one letter",
        extra={"form": "name"},
    ),
]

Programme: TypeAlias = Annotated[
    str, Meta(max_length=40, description="a programme of the scheme", extra={"code": "programme"})
]
"""A code of the scheme by which a house decides; a document may name only those (``events.codes``)."""
Cause: TypeAlias = Annotated[
    str, Meta(max_length=40, description="a cause that the scheme knows", extra={"code": "cause"})
]
"""A code of the scheme, as ``Programme`` is."""
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
Relation: TypeAlias = Literal[HeirRelation, "other"]
SponsorKind: TypeAlias = Literal["apbd", "village", "donor", "self"]


class Account(Struct, frozen=True, forbid_unknown_fields=True):
    """A bank account.

    Recorded, ``number`` is the keyed token of the whole account, ``bank`` that of bank and number, and ``holder`` ``"~"``.
    """

    bank: BankName
    number: AccountNumber
    holder: HolderName


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
