"""What the examined items say about all: the projected error, its limit, and whether one may stop."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Literal, TypeAlias

from msgspec import Struct

from services.sampling.attributes import upper_error_count_of_strata
from services.sampling.design import SampleDesign
from services.sampling.draw import DrawnItem, parted
from services.sampling.frame import FrameItem
from services.sampling.monetary import most_likely_error, stringer_bound, taint

Verdict: TypeAlias = Literal["passed", "failed", "open"]


class Examined(Struct, frozen=True, kw_only=True):
    """What was found at an item: the right amount, or a code where the error has none; neither where it is right."""

    audited: int | None = None
    error: str = ""


class StratumEvaluation(Struct, frozen=True, kw_only=True):
    """What was found in a stratum; ``certain`` is the one of the items above the threshold. Rupiah."""

    stratum: str
    certain: bool
    items: int
    amount: int
    drawn: int
    examined: int
    errors: int
    overstated: int
    understated: int


class Evaluation(Struct, frozen=True, kw_only=True):
    """What a sample says so far; items that are not examined yet count as right. Amounts are whole rupiah.

    Of an attribute sample ``projected`` and ``limit`` count items in error among ``items``, of a monetary-unit sample
    rupiah that are too much in the ``amount``. A sample has passed whose limit is at most the ``tolerable``. The limit
    holds with the ``confidence``; after several looks at a growing sample all of them with ``overall_confidence``.
    """

    method: str
    confidence: str
    looks: int
    overall_confidence: str
    items: int
    amount: int
    drawn: int
    hits: int
    examined: int
    errors: int
    certain_items: int
    certain_amount: int
    projected: int
    limit: int
    tolerable: int
    basic_precision: int
    """Of a monetary-unit sample the limit where no error is found."""
    amount_limit: int
    """The most rupiah that may be on items in error: of an attribute sample those of the dearest items."""
    overstated: int
    """Found in the items examined, as is ``understated``."""
    understated: int
    projected_overstated: int
    projected_understated: int
    remaining: int
    allowed: int
    """How many more errors may be found before it cannot pass; of rupiah, hits that are wrong altogether; -1: it
    cannot."""
    verdict: Verdict
    strata: tuple[StratumEvaluation, ...]


def evaluated(
    design: SampleDesign,
    frame: Sequence[FrameItem],
    sample: Sequence[DrawnItem],
    examined: Mapping[str, Examined],
    *,
    looks: int = 1,
) -> Evaluation:
    """Return what a sample says; ``examined`` by the name of the item, ``looks`` as many as it has had sizes."""
    by_name = {one.item.name: examined[one.item.name] for one in sample if one.item.name in examined}
    if design.method == "monetary-unit":
        by_name = {name: _in_rupiah(one) for name, one in by_name.items()}
    judge = _monetary if design.method == "monetary-unit" else _attribute
    judged = judge(design, frame, sample, by_name)
    waiting = [one for one in sample if one.item.name not in by_name]
    remaining = sum(max(one.hits, 1) for one in waiting)
    allowed = _allowed(judged.passes, remaining)
    verdict: Verdict = "failed" if allowed < 0 else "open"
    if allowed >= remaining and not any(one.certain for one in waiting):
        verdict = "passed"
    strata = _strata(design, frame, sample, by_name)
    return Evaluation(
        method=design.method,
        confidence=design.confidence,
        looks=looks,
        overall_confidence=str(max(1 - looks * design.risk, Fraction(0))),
        items=len(frame),
        amount=sum(item.amount for item in frame),
        drawn=len(sample),
        hits=sum(one.hits for one in sample),
        examined=len(by_name),
        errors=sum(_wrong(one.item, by_name) for one in sample),
        certain_items=sum(one.certain for one in sample),
        certain_amount=sum(one.item.amount for one in sample if one.certain),
        projected=_rounded(judged.projected),
        limit=judged.limit,
        tolerable=judged.tolerable,
        basic_precision=judged.basic_precision,
        amount_limit=judged.amount_limit,
        overstated=sum(one.overstated for one in strata),
        understated=sum(one.understated for one in strata),
        projected_overstated=_rounded(judged.overstated),
        projected_understated=_rounded(judged.understated),
        remaining=remaining,
        allowed=min(allowed, remaining),
        verdict=verdict,
        strata=strata,
    )


class _Judged(Struct, frozen=True, kw_only=True):
    projected: Fraction
    limit: int
    tolerable: int
    amount_limit: int
    overstated: Fraction
    understated: Fraction
    passes: Callable[[int], bool]
    """Whether it passes with so many more errors."""
    basic_precision: int = 0


def _attribute(
    design: SampleDesign,
    frame: Sequence[FrameItem],
    sample: Sequence[DrawnItem],
    by_name: Mapping[str, Examined],
) -> _Judged:
    """Judge items: what is examined whole is known; of the rest the errors of all strata count together."""
    _, rest = parted(frame, design.above)
    strata = design.strata(rest)
    weights = {
        one.item.name: Fraction(1) if one.certain else Fraction(*strata[one.item.stratum]) for one in sample
    }
    sampled = [each for each in strata.values() if each[1] < each[0]]
    places = sum(sample_size for _, sample_size in sampled)
    wrong = {one.item.name: one.item for one in sample if _wrong(one.item, by_name)}
    certain_errors = sum(weights[name] == 1 for name in wrong)

    def limit(more: int) -> int:
        errors = len(wrong) - certain_errors + more
        if not sampled or errors > places:
            return certain_errors + (errors if not sampled else sum(items for items, _ in sampled))
        return certain_errors + upper_error_count_of_strata(sampled, errors, 1 - design.risk)

    tolerable, most = math.ceil(Fraction(design.tolerable) * len(frame)) - 1, limit(0)
    drawn = {one.item.name for one in sample}
    others = sorted((item.amount for item in rest if item.name not in drawn), reverse=True)
    return _Judged(
        projected=sum((weights[name] for name in wrong), Fraction(0)),
        limit=most,
        tolerable=tolerable,
        amount_limit=sum(item.amount for item in wrong.values()) + sum(others[: most - len(wrong)]),
        overstated=sum(
            (weights[name] * _too_much(item, by_name) for name, item in wrong.items()), Fraction(0)
        ),
        understated=sum(
            (weights[name] * _too_little(item, by_name) for name, item in wrong.items()), Fraction(0)
        ),
        passes=lambda more: limit(more) <= tolerable,
    )


def _monetary(
    design: SampleDesign,
    frame: Sequence[FrameItem],
    sample: Sequence[DrawnItem],
    by_name: Mapping[str, Examined],
) -> _Judged:
    """Judge rupiah: too much in the items taken for certain is known; of the rest each hit gives a taint."""
    hits = sum(one.hits for one in sample)
    book = sum(item.amount for item in frame)
    rest = book - sum(one.item.amount for one in sample if one.certain)
    wrong = [one for one in sample if _wrong(one.item, by_name)]
    certain_amount = sum(_too_much(one.item, by_name) for one in wrong if one.certain)
    taints = [
        taint(one.item.amount, one.item.amount - _difference(one.item, by_name))
        for one in wrong
        for _ in range(one.hits)
    ]
    over = [each for each in taints if each > 0]

    def limit(more: int) -> int:
        if not hits:
            return certain_amount
        return certain_amount + stringer_bound(
            rest, hits, [*over, *[Fraction(1)] * min(more, hits - len(over))], 1 - design.risk
        )

    def projected(shares: Sequence[Fraction]) -> Fraction:
        return most_likely_error(rest, hits, shares) if hits else Fraction(0)

    tolerable, most = math.floor(Fraction(design.tolerable) * book), limit(0)
    return _Judged(
        projected=certain_amount + projected(over),
        limit=most,
        tolerable=tolerable,
        amount_limit=most,
        overstated=certain_amount + projected(over),
        understated=sum(_too_little(one.item, by_name) for one in wrong if one.certain)
        - projected([each for each in taints if each < 0]),
        passes=lambda more: limit(more) <= tolerable,
        basic_precision=stringer_bound(rest, hits, [], 1 - design.risk) if hits else 0,
    )


def _allowed(passes: Callable[[int], bool], remaining: int) -> int:
    """Return the most further errors with which it passes; -1 where it does not pass without any."""
    low, high = -1, remaining + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if passes(middle) else (low, middle)
    return low


def _strata(
    design: SampleDesign,
    frame: Sequence[FrameItem],
    sample: Sequence[DrawnItem],
    by_name: Mapping[str, Examined],
) -> tuple[StratumEvaluation, ...]:
    certain, rest = parted(frame, design.above)
    groups: dict[tuple[bool, str], list[FrameItem]] = {}
    for is_certain, items in ((True, certain), (False, rest)):
        for item in items:
            groups.setdefault((is_certain, "" if is_certain else item.stratum), []).append(item)
    by_stratum: dict[tuple[bool, str], list[FrameItem]] = {}
    for one in sample:
        by_stratum.setdefault((one.certain, "" if one.certain else one.item.stratum), []).append(one.item)
    return tuple(
        StratumEvaluation(
            stratum=stratum,
            certain=is_certain,
            items=len(items),
            amount=sum(item.amount for item in items),
            drawn=len(drawn := by_stratum.get((is_certain, stratum), [])),
            examined=sum(item.name in by_name for item in drawn),
            errors=sum(_wrong(item, by_name) for item in drawn),
            overstated=sum(_too_much(item, by_name) for item in drawn),
            understated=sum(_too_little(item, by_name) for item in drawn),
        )
        for (is_certain, stratum), items in sorted(groups.items(), key=lambda one: (not one[0][0], one[0][1]))
    )


def _wrong(item: FrameItem, by_name: Mapping[str, Examined]) -> bool:
    examined = by_name.get(item.name)
    return examined is not None and (bool(examined.error) or examined.audited not in (None, item.amount))


def _difference(item: FrameItem, by_name: Mapping[str, Examined]) -> int:
    examined = by_name.get(item.name)
    return 0 if examined is None or examined.audited is None else item.amount - examined.audited


def _too_much(item: FrameItem, by_name: Mapping[str, Examined]) -> int:
    return max(_difference(item, by_name), 0)


def _too_little(item: FrameItem, by_name: Mapping[str, Examined]) -> int:
    return max(-_difference(item, by_name), 0)


def _in_rupiah(examined: Examined) -> Examined:
    """Return what was found as an amount: an error that has none takes the whole amount."""
    return (
        Examined(audited=0, error=examined.error) if examined.error and examined.audited is None else examined
    )


def _rounded(amount: Fraction) -> int:
    return math.floor(amount + Fraction(1, 2))
