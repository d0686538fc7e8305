"""What a list is narrowed by: refused where the book has nothing of that name, so that a slip does not look like an answer."""

from __future__ import annotations

import datetime as dt

from projections import claims
from projections.store import View
from services.claims.moment import unknown
from services.claims.narrowing import is_known, known_values
from services.cli.exit_codes import command_error


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
            there_are = ", ".join(known_values(view, name)) or "–"
            raise command_error(
                "narrowed.unknown", "narrowed.known", option=f"--{name}", typed=typed, known=there_are
            )


def require_order(first: dt.date | None, last: dt.date | None) -> None:
    """Refuse a last day before the first; raises ``CommandError``."""
    if first is not None and last is not None and last < first:
        raise command_error("narrowed.reversed", "narrowed.swap")
