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


def item_found(examined: Examined | None, words: LanguageTexts) -> str:
    """Say what was found of an item."""
    if examined is None:
        return words.say("sample.open")
    if examined.audited is not None:
        return words.say("sample.should-be", amount=words.amount(examined.audited))
    return examined.error or words.say("sample.right")


def verdict(sample: RecordedSample, evaluation: Evaluation, words: LanguageTexts) -> str:
    """Say whether a sample has passed, has failed or goes on."""
    return words.say(
        "sample.continues" if evaluation.verdict == "open" else f"sample.{evaluation.verdict}",
        name=sample.frozen.sample,
        remaining=number(evaluation.remaining),
        allowed=number(max(evaluation.allowed, 0)),
    )


def evaluation_facts(evaluation: Evaluation, words: LanguageTexts) -> list[tuple[str, str]]:
    """Return the figures of an evaluation, by the last part of their texts."""
    rupiah = evaluation.method == "monetary-unit"

    def measured(count: int) -> str:
        return words.amount(count) if rupiah else number(count)

    facts = [
        ("examined", f"{number(evaluation.examined)} / {number(evaluation.drawn)}"),
        ("errors", number(evaluation.errors)),
        ("overstated", words.amount(evaluation.overstated)),
        ("understated", words.amount(evaluation.understated)),
        (f"projected-{evaluation.method}", measured(evaluation.projected)),
        (f"limit-{evaluation.method}", measured(evaluation.limit)),
        (f"tolerable-{evaluation.method}", measured(evaluation.tolerable)),
    ]
    if rupiah:
        facts.append(("basic-precision", words.amount(evaluation.basic_precision)))
    else:
        facts.append(("projected-overstated", words.amount(evaluation.projected_overstated)))
        facts.append(("amount-limit", words.amount(evaluation.amount_limit)))
    facts.append(("projected-understated", words.amount(evaluation.projected_understated)))
    facts.append(("confidence", percent(evaluation.confidence)))
    if evaluation.looks > 1:
        facts.append(("overall-confidence", percent(evaluation.overall_confidence)))
    return facts
