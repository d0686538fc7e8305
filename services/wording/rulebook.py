"""How the values of a rulebook are written: money, percentages, days, a table."""

from __future__ import annotations

from decimal import Decimal

from services.explanation.statements import StatedFigure
from services.wording.terms import LanguageTexts


def stated_value(one: StatedFigure, words: LanguageTexts, value: str | None = None) -> str:
    """Write the value of a figure in its unit, or another ``value`` of it; empty of a reason."""
    number = one.value if value is None else value
    if one.rows:
        return words.say("rulebook-show.table", rows=len(one.rows))
    if not number or one.unit == "reason":
        return ""
    if one.unit == "uncapped":
        return words.say("rulebook-show.uncapped")
    if one.unit == "amount":
        return words.amount(int(number))
    plain = words.scheme.currency.plain(Decimal(number))
    if one.unit.startswith("percent"):
        return f"{plain} %"
    return words.say(f"rulebook-show.unit-{one.unit}", value=plain)
