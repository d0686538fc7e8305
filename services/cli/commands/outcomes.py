"""``outcomes``: what became of the claims that an agency filed, as it reads it itself over Redis."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from services.cli.agency_stream import show_stream
from services.ledger.edge import ClaimOutcome
from services.wording.terms import LanguageTexts, day, moment
from services.wording.timeline import overpaid, payee


def outcomes(
    name: str, /, *, after: str = "0-0", follow: bool = False, json: bool = False, data: Path | None = None
) -> int:
    """Show what became of the claims that an agency filed, oldest first."""
    return show_stream(
        name, lambda edge, seen: edge.outcomes(name, seen), _outcome, after, data, follow=follow, json=json
    )


def _outcome(outcome: ClaimOutcome) -> Iterator[str]:
    words = LanguageTexts()
    whom = [
        outcome.payee and payee(outcome.payee, words),
        outcome.amount and words.amount(outcome.amount),
    ]
    facts = [
        outcome.order,
        *(
            [overpaid(outcome.payee or "", 0, words)]
            if outcome.status == "overpaid" and not outcome.amount
            else whom
        ),
        outcome.on and day(outcome.on),
        *(words.name("missing", code) for code in outcome.missing),
        *(words.name("reason", code) for code in outcome.reasons),
    ]
    status = words.name("outcome", outcome.status)
    yield f"{moment(outcome.time)}  {outcome.claim}  {status:<9}  {'  '.join(fact for fact in facts if fact)}".rstrip()
