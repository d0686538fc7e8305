"""What a list is narrowed by.

Refused where the book has nothing of that name, so that a slip does not look like an answer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Annotated, TypeAlias

from cyclopts import Parameter, Token

from projections import claims
from projections.store import View
from services.claims.moment import unknown
from services.claims.narrowing import is_known, known_values
from services.cli.exit_codes import CommandError, command_error
from services.wording.terms import LanguageTexts


def _code(_hint: object, tokens: Sequence[Token]) -> str:
    return LanguageTexts().district_code(tokens[0].value)


District: TypeAlias = Annotated[str | None, Parameter(converter=_code, metavar="NAME", n_tokens=1)]
"""A district by its name or its code; the code is handed on."""


def require_known(
    view: View,
    *,
    claim: str | None = None,
    agency: str | None = None,
    programme: str | None = None,
    district: str | None = None,
) -> None:
    """Refuse a claim that nobody filed, and whatever no claim and no participant of the book has.

    Raises:
        CommandError: there is none; what there is is named, but for claims.
    """
    if claim is not None and claims.claim(view, claim) is None:
        raise unknown(claim)
    for name, typed in {"agency": agency, "programme": programme, "district": district}.items():
        if typed is not None and not is_known(view, name, typed):
            names = LanguageTexts().districts if name == "district" else {}
            values = known_values(view, name)
            raise unknown_value(
                name, typed, [f"{names[one]} ({one})" if one in names else one for one in values]
            )


def unknown_value(option: str, typed: str, values: Iterable[str]) -> CommandError:
    """Return the error of an option that names what there is not, with what there is."""
    there_are = ", ".join(values) or "–"
    return command_error(
        "narrowed.unknown", "narrowed.known", option=f"--{option}", typed=typed, known=there_are
    )


def require_order(first: dt.date | None, last: dt.date | None) -> None:
    """Refuse a last day before the first; raises ``CommandError``."""
    if first is not None and last is not None and last < first:
        raise command_error("narrowed.reversed", "narrowed.swap")
