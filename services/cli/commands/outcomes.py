"""``outcomes``: what became of the claims that an agency filed, as it reads it itself over Redis."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from services.cli.agency_stream import show_stream
from services.cli.render.terms import LanguageTexts, day, moment
from services.cli.render.timeline import overpaid, payee
from services.ledger.edge import ClaimOutcome


def outcomes(
    name: str, /, *, after: str = "0-0", follow: bool = False, json: bool = False, data: Path | None = None
) -> int:
    """Show what became of the claims that an agency filed, oldest first."""
    return show_stream(
        name, lambda edge, seen: edge.outcomes(name, seen), _outcome, after, data, follow=follow, json=json
    )


def _outcome(told: ClaimOutcome) -> Iterator[str]:
    words = LanguageTexts()
    whom = [told.payee and payee(told.payee, words), told.amount and words.amount(told.amount)]
    facts = [
        told.order,
        *([overpaid(told.payee or "", 0, words)] if told.status == "overpaid" and not told.amount else whom),
        told.on and day(told.on),
        *(words.name("missing", code) for code in told.missing),
        *(words.name("reason", code) for code in told.reasons),
    ]
    status = words.name("outcome", told.status)
    yield f"{moment(told.time)}  {told.claim}  {status:<9}  {'  '.join(fact for fact in facts if fact)}".rstrip()
