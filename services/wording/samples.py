"""Samples as people read them: how far each has come, what was found of an item, and what a sample says about all."""

from __future__ import annotations

from fractions import Fraction

from services.sampling.draw import DrawnItem
from services.sampling.evaluation import Evaluation, Examined
from services.sampling.sample_records import RecordedSample
from services.wording.terms import LanguageTexts, number


def percent(share: str | Fraction) -> str:
    """Write a share as a percentage with at most four decimals, rounded up: ``3,5 %``."""
    units = -(-Fraction(share) * 1_000_000 // 1)
    units_whole, rest = divmod(int(units), 10_000)
    decimals = f",{rest:04}".rstrip("0") if rest else ""
    return f"{number(units_whole)}{decimals} %"


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
    """Say whether a sample has passed, has failed or goes on.

    Without an error it can only have failed for being too small.
    """
    too_small = evaluation.verdict == "failed" and not evaluation.errors
    phrases = {"open": "continues", "failed": "too-small" if too_small else "failed"}
    return words.say(
        f"sample.{phrases.get(evaluation.verdict, evaluation.verdict)}",
        name=sample.frozen.sample,
        remaining=number(evaluation.remaining),
        allowed=number(max(evaluation.allowed, 0)),
    )


def evaluation_facts(evaluation: Evaluation, words: LanguageTexts) -> list[tuple[str, str]]:
    """Return the figures of an evaluation, by the last part of their texts.

    What they say about all is left open while items are not examined, which the evaluation counts as right.
    """
    rupiah = evaluation.method == "monetary-unit"
    of_all: list[tuple[str, int, bool]] = [
        (f"projected-{evaluation.method}", evaluation.projected, rupiah),
        (f"limit-{evaluation.method}", evaluation.limit, rupiah),
    ]
    if not rupiah:
        of_all.append(("projected-overstated", evaluation.projected_overstated, True))
        of_all.append(("amount-limit", evaluation.amount_limit, True))
    of_all.append(("projected-understated", evaluation.projected_understated, True))

    def measured(value: int, in_rupiah: bool) -> str:
        return words.amount(value) if in_rupiah else number(value)

    left = evaluation.drawn - evaluation.examined
    open_still = words.say("sample.once-examined", left=number(left)) if left else ""
    facts = [
        ("examined", f"{number(evaluation.examined)} / {number(evaluation.drawn)}"),
        ("errors", number(evaluation.errors)),
        ("overstated", words.amount(evaluation.overstated)),
        ("understated", words.amount(evaluation.understated)),
        *((key, open_still or measured(value, in_rupiah)) for key, value, in_rupiah in of_all),
        (f"tolerable-{evaluation.method}", measured(evaluation.tolerable, rupiah)),
    ]
    if rupiah:
        facts.append(("basic-precision", words.amount(evaluation.basic_precision)))
    facts.append(("confidence", percent(evaluation.confidence)))
    if evaluation.looks > 1:
        facts.append(("overall-confidence", percent(evaluation.overall_confidence)))
    return facts
