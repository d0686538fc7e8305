"""What the values of facets of claims are called, and who has to bring what of a claim."""

from __future__ import annotations

from projections.claim_search import Facet
from projections.claim_state import turn_of
from projections.claims import ClaimRow
from services.wording.terms import LanguageTexts


def facet_value(facet: Facet, value: str, words: LanguageTexts) -> str:
    """Name a value of a facet: a month in words, a missing paper, finding or reason by its name."""
    if facet == "month":
        return words.month(value)
    if facet != "obstacle":
        return words.name(facet, value)
    missing = words.name("missing", value)
    return words.name("reason", value) if missing == value else missing


def whose_turn(row: ClaimRow, words: LanguageTexts) -> str:
    """Say who has to act before a claim goes on: the family, an office, an officer; empty where it waits for nobody."""
    if row.status == "waiting" and row.missing:
        return words.name("turn", turn_of(row.missing))
    return words.say("deadline.officer") if row.status == "referred" else ""


def awaited(row: ClaimRow, words: LanguageTexts) -> str:
    """Name what a claim waits for: what is missing, or for which reasons an officer has to decide."""
    codes = {"waiting": row.missing, "referred": row.reasons}.get(row.status, ())
    return ", ".join(facet_value("obstacle", code, words) for code in codes)
