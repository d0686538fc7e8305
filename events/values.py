"""Values that events are made of: rupiah, dates and months, codes, and the personal texts that are sealed.

A type marked ``personal`` in its ``Meta.extra`` is never stored in clear: a ``nik``, an ``account`` or a ``reference``
is replaced by a keyed token so that equality can still be asked, a ``text`` by ``"~"``, and a ``sponsor`` name only when
the sponsor or payer is a person (``self`` or ``donor``). What an agency's text may hold beyond
its length is its ``form`` (``events.forms``), looked at when a document is admitted. How a value is written stands among the texts,
under ``type``: the words complete "Write …" and "Give …" where a document is refused, and describe the value in the JSON Schema.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType

JAKARTA = dt.timezone(dt.timedelta(hours=7), "WIB")
"""Asia/Jakarta: UTC+7 all year. Every civil date of the contract is a date there."""

MAX_RUPIAH = 9_007_199_254_740_991
"""The largest whole number that every JSON reader keeps exactly."""

WRITTEN = "x-written"
"""In the schema of a type: the key of the text that says how a value is written."""


def _written(name: str) -> dict[str, str]:
    return {WRITTEN: f"type.{name}"}


_ID = r"^(?!(?:.*[^0-9A-Za-z])?[0-9]{16}(?:[^0-9A-Za-z]|$))"
"""Starts the pattern of an id that stays in clear: sixteen digits that stand alone could be somebody's NIK."""
_END = r"(?!\n)$"
"""The end of the text, also where ``$`` alone would let a line break follow."""

EventId: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"{_ID}[A-Za-z0-9._:\-]{{1,64}}{_END}",
        extra_json_schema=_written("event-id"),
    ),
]
MessageId: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"{_ID}[A-Za-z0-9_:\-]{{1,64}}{_END}",
        extra_json_schema=_written("message-id"),
    ),
]
"""A ``webhook-id``: without the full stop that parts it from the timestamp in what is signed."""
AgencyName: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"{_ID}[a-z0-9\-]{{2,32}}{_END}",
        extra_json_schema=_written("agency"),
    ),
]
Source: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"^/agencies/[a-z0-9\-]{{2,32}}{_END}",
        extra_json_schema=_written("source"),
    ),
]
ClaimNumber: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"{_ID}[A-Z0-9\-]{{1,40}}{_END}",
        extra_json_schema=_written("claim"),
    ),
]
LocalId: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"{_ID}[A-Za-z0-9._\-]{{1,40}}{_END}",
        extra_json_schema=_written("local-id"),
    ),
]
"""An id within one claim: of an heir, a child or a medical item."""
OrderId: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"{_ID}[A-Za-z0-9._\-]{{1,64}}{_END}",
        extra_json_schema=_written("order"),
    ),
]
Code: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"{_ID}[a-z0-9\-]{{1,64}}{_END}",
        extra_json_schema=_written("code"),
    ),
]
Month: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"^(?!0000)[0-9]{{4}}-(0[1-9]|1[0-2]){_END}",
        extra_json_schema=_written("month"),
    ),
]
District: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"^[0-9]{{2}}\.[0-9]{{2}}\.[0-9]{{2}}{_END}",
        extra_json_schema=_written("district"),
    ),
]
Sha256: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"^[0-9a-f]{{64}}{_END}",
        extra_json_schema=_written("sha-256"),
    ),
]

ContentType: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf'^application/json( ?; ?[Cc][Hh][Aa][Rr][Ss][Ee][Tt]="?[Uu][Tt][Ff]-?8"?)?{_END}',
        extra_json_schema=_written("content-type"),
    ),
]
Rupiah: TypeAlias = Annotated[int, Meta(ge=1, le=MAX_RUPIAH, extra_json_schema=_written("rupiah"))]
Income: TypeAlias = Annotated[int, Meta(ge=0, le=MAX_RUPIAH, extra_json_schema=_written("income"))]
Percent: TypeAlias = Annotated[
    float,
    Meta(
        ge=0,
        le=100,
        extra_json_schema=_written("percent"),
        extra={"decimals": 2},
    ),
]
"""0 to 100 with at most two decimals; ``Decimal(str(value))`` is exact."""

Nik: TypeAlias = Annotated[
    str,
    Meta(max_length=40, extra_json_schema=_written("nik"), extra={"personal": "nik"}),
]
"""Sixteen digits as an agency sends it; the keyed token once recorded."""
PersonalName: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        extra_json_schema=_written("name"),
        extra={"personal": "text", "form": "name"},
    ),
]
PersonalText: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=4000,
        extra_json_schema=_written("line"),
        extra={"personal": "text", "form": "line"},
    ),
]
FreeText: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=4000,
        extra_json_schema=_written("lines"),
        extra={"personal": "text", "form": "lines"},
    ),
]
"""A person's own words: tabs and line breaks may stand in them."""
PaymentReference: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=4000,
        extra_json_schema=_written("reference"),
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
        extra_json_schema=_written("name"),
        extra={"personal": "sponsor", "form": "name"},
    ),
]
BankName: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        extra_json_schema=_written("bank"),
        extra={"form": "bank"},
    ),
]
AccountNumber: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        extra_json_schema=_written("account-number"),
        extra={"form": "account-number"},
    ),
]
HolderName: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        extra_json_schema=_written("name"),
        extra={"form": "name"},
    ),
]

Programme: TypeAlias = Annotated[
    str, Meta(max_length=40, extra_json_schema=_written("programme"), extra={"code": "programme"})
]
"""A code of the scheme by which an installation decides; a document may name only those (``events.codes``)."""
Cause: TypeAlias = Annotated[
    str, Meta(max_length=40, extra_json_schema=_written("cause"), extra={"code": "cause"})
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


def civil_date(time: dt.datetime) -> dt.date:
    """Return the date in Jakarta at an instant."""
    try:
        return time.astimezone(JAKARTA).date()
    except OverflowError:  # the first or last hours of the calendar
        return time.date()


@lru_cache(maxsize=4096)
def month_number(month: str) -> int:
    """Return ``YYYY-MM`` as a running number, so that months can be subtracted."""
    return int(month[:4]) * 12 + int(month[5:7]) - 1


def month_text(number: int) -> str:
    """Return a running month number as ``YYYY-MM``."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"
