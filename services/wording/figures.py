"""Sums of figures as people read them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress

from services.figures.queries import Query
from services.texts.catalogue import texts
from services.wording.facets import facet_value
from services.wording.terms import LanguageTexts, day


def sum_name(name: str, query: Query, words: LanguageTexts) -> str:
    """Name a sum: ``before.entitled`` and ``hits.late`` are parts of what stands behind the point."""
    part, point, code = name.partition(".")
    if not point:
        return words.name(query.family, name)
    what = words.say(f"control.{code}.title") if part in ("hits", "amount") else words.name("sum", code)
    return words.say(f"figure.part-{part}", what=what)


def asked_for(query: str, parameters: Mapping[str, str], words: LanguageTexts) -> str:
    """Name what was asked and what it was narrowed to; what the name says already is not said again."""
    name, narrowed = words.name("figure-query", query), narrowed_to(parameters, words)
    first, colon, value = narrowed.partition(":")
    return f"{name}{colon}{value}" if first in name.split() else f"{name} {narrowed}".rstrip()


def narrowed_to(parameters: Mapping[str, str], words: LanguageTexts) -> str:
    """Say what a figure was narrowed to."""
    return ", ".join(
        f"{words.name('figure-parameter', name)}: {parameter_value(name, value, words)}"
        for name, value in parameters.items()
    )


def parameter_value(name: str, value: str, words: LanguageTexts) -> str:
    """Say a value by which something is narrowed.

    A code in words, a day and an amount as they are written everywhere.
    """
    if name == "obstacle":
        return facet_value("obstacle", value, words)
    if name == "name" and f"control.{value}.title" in texts():
        return words.say(f"control.{value}.title")
    if name.startswith("amount") and value.isdecimal():
        return words.amount(int(value))
    with suppress(ValueError):
        return day(dt.date.fromisoformat(value))
    names = (words.name(family, value) for family in _FAMILIES.get(name, (name,)))
    return next((name_said for name_said in names if name_said != value), value)


_FAMILIES: Mapping[str, tuple[str, ...]] = {
    "language": ("figure-parameter.language",),
    "kind": ("exception-kind", "trail-kind"),
    "by": ("deadline", "overview-grouping"),
    "strata": ("deadline",),
}
"""The families of the words of a filter that is named otherwise than they are."""
