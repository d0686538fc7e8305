"""Values that events are made of: rupiah, dates and months, codes, and the personal texts that are sealed.

A type marked ``personal`` in its ``Meta.extra`` is never stored in clear: a ``nik``, an ``account``, a ``reference`` or
an ``officer`` is replaced by a keyed token so that equality can still be asked, a ``text`` by ``"~"``, and a
``sponsor`` name only when the sponsor or payer is a person (``self`` or ``donor``). What an agency's text may hold
beyond its length is its ``form`` (``events.forms``), looked at when a document is admitted. How a value is written
stands among the texts, under ``type``: the words complete "Write …" and "Give …" where a document is refused, and
describe the value in the JSON Schema.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

JAKARTA = dt.timezone(dt.timedelta(hours=7), "WIB")
"""Asia/Jakarta: UTC+7 all year. Every civil date of the contract is a date there."""

MAX_RUPIAH = 9_007_199_254_740_991
"""The largest whole number that every JSON reader keeps exactly."""

WRITTEN = "x-written"
"""In the schema of a type: the key of the text that says how a value is written."""


def written(name: str) -> dict[str, str]:
    """Return the extension of a JSON Schema that names the text about how a value is written."""
    return {WRITTEN: f"type.{name}"}


_ID = r"^(?!(?:.*[^0-9A-Za-z])?[0-9]{16}(?:[^0-9A-Za-z]|$))"
"""Starts the pattern of an id that stays in clear: sixteen digits that stand alone could be somebody's NIK."""
END = r"(?!\n)$"
"""The end of the text, also where ``$`` alone would let a line break follow."""

EventId: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"{_ID}[A-Za-z0-9._:\-]{{1,64}}{END}",
        extra_json_schema=written("event-id"),
    ),
]
EventReference: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"{_ID}[a-z0-9\-]{{2,32}}:[A-Za-z0-9._:\-]{{1,64}}{END}",
        extra_json_schema=written("event-reference"),
    ),
]
"""An event of an agency as others name it: ``agency:id``."""
MessageId: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"{_ID}[A-Za-z0-9_:\-]{{1,64}}{END}",
        extra_json_schema=written("message-id"),
    ),
]
"""A ``webhook-id``: without the full stop that parts it from the timestamp in what is signed."""
AgencyName: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"{_ID}[a-z0-9\-]{{2,32}}{END}",
        extra_json_schema=written("agency"),
    ),
]
Source: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"^/agencies/[a-z0-9\-]{{2,32}}{END}",
        extra_json_schema=written("source"),
    ),
]
ClaimNumber: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"{_ID}[A-Z0-9\-]{{1,40}}{END}",
        extra_json_schema=written("claim"),
    ),
]
LocalId: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"{_ID}[A-Za-z0-9._\-]{{1,40}}{END}",
        extra_json_schema=written("local-id"),
    ),
]
"""An id within one claim: of an heir, a child or a medical item."""
OrderId: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"{_ID}[A-Za-z0-9._\-]{{1,64}}{END}",
        extra_json_schema=written("order"),
    ),
]
Code: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"{_ID}[a-z0-9\-]{{1,64}}{END}",
        extra_json_schema=written("code"),
    ),
]
Month: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"^(?!0000)[0-9]{{4}}-(0[1-9]|1[0-2]){END}",
        extra_json_schema=written("month"),
    ),
]
District: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"^[0-9]{{2}}\.[0-9]{{2}}\.[0-9]{{2}}{END}",
        extra_json_schema=written("district"),
    ),
]
Sha256: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"^[0-9a-f]{{64}}{END}",
        extra_json_schema=written("sha-256"),
    ),
]

ContentType: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf'^application/json( ?; ?[Cc][Hh][Aa][Rr][Ss][Ee][Tt]="?[Uu][Tt][Ff]-?8"?)?{END}',
        extra_json_schema=written("content-type"),
    ),
]
Rupiah: TypeAlias = Annotated[int, Meta(ge=1, le=MAX_RUPIAH, extra_json_schema=written("rupiah"))]
Income: TypeAlias = Annotated[int, Meta(ge=0, le=MAX_RUPIAH, extra_json_schema=written("income"))]
Percent: TypeAlias = Annotated[
    float,
    Meta(
        ge=0,
        le=100,
        extra_json_schema=written("percent"),
        extra={"decimals": 2},
    ),
]
"""0 to 100 with at most two decimals; ``Decimal(str(value))`` is exact."""


Programme: TypeAlias = Annotated[
    str, Meta(max_length=40, extra_json_schema=written("programme"), extra={"code": "programme"})
]
"""A code of the scheme by which an installation decides; a document may name only those (``events.codes``)."""
Cause: TypeAlias = Annotated[
    str, Meta(max_length=40, extra_json_schema=written("cause"), extra={"code": "cause"})
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


def civil_date(time: dt.datetime) -> dt.date:
    """Return the date in Jakarta at an instant."""
    if time.tzinfo == JAKARTA:
        return time.date()
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
