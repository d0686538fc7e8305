"""Sums of figures as people read them."""

from __future__ import annotations

from collections.abc import Mapping

from services.figures.queries import Query
from services.wording.terms import LanguageTexts


def sum_name(name: str, query: Query, words: LanguageTexts) -> str:
    """Name a sum: ``before.entitled`` and ``hits.late`` are parts of what stands behind the point."""
    part, point, code = name.partition(".")
    if not point:
        return words.name(query.family, name)
    what = words.say(f"control.{code}.title") if part in ("hits", "amount") else words.name("sum", code)
    return words.say(f"figure.part-{part}", what=what)


def narrowed_to(parameters: Mapping[str, str], words: LanguageTexts) -> str:
    """Say what a figure was narrowed to."""
    return " ".join(f"{words.name('figure-parameter', name)}={value}" for name, value in parameters.items())
