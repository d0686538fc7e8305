"""Audit tests as people read them: what each is called and how sure it is, and what was measured at a hit."""

from __future__ import annotations

import datetime as dt

from services.controls.hits import Control, Hit
from services.engagements.findings import exception_kind
from services.wording.obstacles import singular
from services.wording.terms import LanguageTexts, day, number, share

PARTS = ("finds", "ground", "evidence", "not-proved")
"""What is said of each test, by its keys."""


def title(control: Control, words: LanguageTexts) -> str:
    """Return what a control is called."""
    return words.say(f"control.{control.name}.title")


def named(control: str, words: LanguageTexts) -> str:
    """Return what a finding is about: the control by its title, or the kind of exception."""
    kind = exception_kind(control)
    return words.name("exception-kind", kind) if kind else words.say(f"control.{control}.title")


def certainty(control: Control, words: LanguageTexts) -> str:
    """Return whether it is exact or fuzzy."""
    return words.say("controls.exact" if control.exact else "controls.fuzzy")


def how_certain(control: Control, words: LanguageTexts) -> str:
    """Return how sure it is: exact, or with its recall and precision as they were measured."""
    measured = control.measured
    if measured is None:
        return words.say("controls.certain")
    return words.say(
        "controls.estimated",
        planted=measured.planted,
        found=measured.hits,
        right=measured.right,
        recall=share(measured.right, measured.planted),
        precision=share(measured.right, measured.hits),
    )


def measures(hit: Hit, words: LanguageTexts) -> str:
    """Return what was measured at a hit."""
    parts = (
        words.say(f"measure.{name}", value=_measure(name, value, words))
        for name, value in hit.figures.items()
    )
    return singular(", ".join(parts))


def _measure(name: str, value: int | str, words: LanguageTexts) -> str:
    match name:
        case "missing":
            return words.join([words.name("missing", code) for code in str(value).split(", ")])
        case "found":
            return words.join([_found(one, words) for one in str(value).split(", ")])
        case "died" | "from" | "to" | "sent" | "on" | "withdrawn-on" | "replaced-on":
            return day(dt.date.fromisoformat(str(value)))
        case "difference":
            return words.signed(int(value))
        case _:
            return number(value) if isinstance(value, int) else value


def _found(value: str, words: LanguageTexts) -> str:
    return (
        day(dt.date.fromisoformat(value)) if value[0].isdigit() else words.name("finding", f"cause:{value}")
    )
