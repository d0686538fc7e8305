"""Samples as people read them: how far each has come, what was found of an item, and what a sample says about all."""

from __future__ import annotations

from fractions import Fraction

from services.sampling.draw import DrawnItem
from services.sampling.evaluation import Evaluation, Examined
from services.sampling.recorded import RecordedSample
from services.wording.terms import LanguageTexts, number


def percent(share: str | Fraction) -> str:
    """Write a share as a percentage with at most four decimals, rounded up: ``3,5 %``."""
    units = -(-Fraction(share) * 1_000_000 // 1)
    whole, rest = divmod(int(units), 10_000)
    decimals = f",{rest:04}".rstrip("0") if rest else ""
    return f"{number(whole)}{decimals} %"


def hits(one: DrawnItem, words: LanguageTexts) -> str:
    """Say how often an item was hit, or that it was taken for certain."""
    return words.say("sample.certain") if one.certain else number(one.hits)


def sample_state(one: RecordedSample, words: LanguageTexts) -> str:
    """Say how far a sample has come."""
    if not one.drawn:
        return words.say("sample.is-seeded" if one.seed else "sample.is-frozen")
    return words.say("sample.is-drawn", count=number(len(one.examined)))


def item_found(said: Examined | None, words: LanguageTexts) -> str:
    """Say what was found of an item."""
    if said is None:
        return words.say("sample.open")
    if said.audited is not None:
        return words.say("sample.should-be", amount=words.amount(said.audited))
    return said.error or words.say("sample.right")


def verdict(sample: RecordedSample, said: Evaluation, words: LanguageTexts) -> str:
    """Say whether a sample has passed, has failed or goes on."""
    return words.say(
        "sample.continues" if said.verdict == "open" else f"sample.{said.verdict}",
        name=sample.frozen.sample,
        remaining=number(said.remaining),
        allowed=number(max(said.allowed, 0)),
    )


def evaluation_facts(said: Evaluation, words: LanguageTexts) -> list[tuple[str, str]]:
    """Return the figures of an evaluation, by the last part of their texts."""
    rupiah = said.method == "monetary-unit"

    def measured(count: int) -> str:
        return words.amount(count) if rupiah else number(count)

    facts = [
        ("examined", f"{number(said.examined)} / {number(said.drawn)}"),
        ("errors", number(said.errors)),
        ("overstated", words.amount(said.overstated)),
        ("understated", words.amount(said.understated)),
        (f"projected-{said.method}", measured(said.projected)),
        (f"limit-{said.method}", measured(said.limit)),
        (f"tolerable-{said.method}", measured(said.tolerable)),
    ]
    if rupiah:
        facts.append(("basic-precision", words.amount(said.basic_precision)))
    else:
        facts.append(("projected-overstated", words.amount(said.projected_overstated)))
        facts.append(("amount-limit", words.amount(said.amount_limit)))
    facts.append(("projected-understated", words.amount(said.projected_understated)))
    facts.append(("confidence", percent(said.confidence)))
    if said.looks > 1:
        facts.append(("overall-confidence", percent(said.overall_confidence)))
    return facts
