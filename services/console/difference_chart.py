"""The chart of what changed between two moments."""

from __future__ import annotations

from markupsafe import Markup

from services.console.charts import Chart, Series, waterfall
from services.console.past_difference import BookDifference
from services.wording.terms import LanguageTexts


def difference_chart(found: BookDifference, name: str, words: LanguageTexts) -> Markup:
    """Draw what leads from one sum to what it became: what made it more first, then what made it less."""
    steps = [(words.name("event", fact.type), getattr(fact, name)) for fact in found.facts]
    steps = sorted([one for one in steps if one[1]], key=lambda one: -one[1])
    before = words.say("diff.before"), getattr(found.before, name)
    after = words.say("diff.after"), getattr(found.after, name)
    bars = [before, *steps, after]
    return waterfall(
        Chart(
            name="chart-difference",
            title=words.say("console.difference.drawn", sum=words.say(f"sum.{name}")),
            description=words.say("console.difference.in-tables"),
            categories=tuple(label for label, _ in bars),
            series=(Series(words.say(f"sum.{name}"), tuple(value for _, value in bars)),),
            write=words.short_amount,
        )
    )
