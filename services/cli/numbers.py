"""Amounts and shares as options of a command."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, TypeAlias

from cyclopts import Parameter, Token

from services.texts.typed import read_amount, read_share


def _amount(_hint: object, tokens: Sequence[Token]) -> int:
    return read_amount(tokens[0].value)


def _share(_hint: object, tokens: Sequence[Token]) -> Fraction:
    return read_share(tokens[0].value)


Amount: TypeAlias = Annotated[int, Parameter(converter=_amount, metavar="RP", allow_leading_hyphen=True)]


def _percent(share: Fraction) -> str:
    return f"{share * 100}%"


Share: TypeAlias = Annotated[
    Fraction,
    Parameter(converter=_share, metavar="SHARE", show_default=_percent, allow_leading_hyphen=True),
]
TypedRate: TypeAlias = Annotated[str, Parameter(allow_leading_hyphen=True)]
"""A share, or rupiah of a book, that is read once it is known of what."""
