"""Personal values: the types of every field that says something of a person, marked as such.

Which fields are personal is said here and nowhere else: ``extra["personal"]`` names how a value leaves an event before
it is stored (``events.redaction``).
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType

from events.values import END, written


def _text(longest: int, form: str, personal: str = "", words: str = "") -> Meta:
    """Return what holds of a text: its form (``events.forms``), how it leaves an event, and the words for its form."""
    extra = {"personal": personal, "form": form} if personal else {"form": form}
    return Meta(min_length=1, max_length=longest, extra_json_schema=written(words or form), extra=extra)


Nik: TypeAlias = Annotated[
    str,
    Meta(max_length=40, extra_json_schema=written("nik"), extra={"personal": "nik"}),
]
"""Sixteen digits as an agency sends it; the keyed token once recorded."""
PersonalName: TypeAlias = Annotated[str, _text(200, "name", "text")]
PersonalText: TypeAlias = Annotated[str, _text(4000, "line", "text")]
LONGEST_TEXT = 4000
"""How many characters a person's own words may have."""
FreeText: TypeAlias = Annotated[str, _text(LONGEST_TEXT, "lines", "text")]
"""A person's own words: tabs and line breaks may be in them."""
OfficerName: TypeAlias = Annotated[str, _text(4000, "line", "officer")]
"""Who decided; the keyed token once recorded, so that it can be asked whether two acts are the same person's."""
PaymentReference: TypeAlias = Annotated[str, _text(4000, "line", "reference", words="reference")]
"""What the bank calls a payment; the keyed token once recorded, so that a return finds it."""
SponsorName: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        pattern=rf"^[^\u0000-\u001f\u007f]*{END}",
        extra_json_schema=written("name"),
        extra={"personal": "sponsor", "form": "name"},
    ),
]
BankName: TypeAlias = Annotated[str, _text(200, "bank")]
AccountNumber: TypeAlias = Annotated[str, _text(200, "account-number")]
HolderName: TypeAlias = Annotated[str, _text(200, "name")]
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
