"""Controls on bills and care: repeated and round amounts, first digits, care in two places at once."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from math import comb
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, Text, case, cast, func, select

from projections import claims, evidence
from projections.columns import total
from projections.store import View
from services.controls.concentration import LEAST, ONE_IN
from services.controls.hits import Hit, Question, facts_of_persons, named_where

STEP, ROUND = 1_000, 1_000_000
"""Rupiah: bills are taken to differ by the thousand; a round one is of whole millions."""
NEAR = 10
"""Percent around an amount within which other bills say how often chance repeats one."""
ENOUGH = 100
"""How many bills a provider must have before first digits say anything."""
BENFORD = tuple(
    Fraction(millionths, 1_000_000)
    for millionths in (301030, 176091, 124939, 96910, 79181, 66947, 57992, 51153, 45757)
)
"""How often an amount begins with 1 to 9 by Benford's law, log10(1 + 1/d) to six places."""
NONCONFORMITY = Fraction(15, 1000)
"""Mean absolute deviation of first digits above which they do not conform (Nigrini, Benford's Law, 2012, table 7.1)."""
CHI_SQUARE = Fraction(20090, 1000)
"""The value that chi-square of eight degrees of freedom exceeds once in a hundred."""
_BILLED = (evidence.TREATMENT, evidence.TRANSPORT, evidence.DEVICE, evidence.HOMECARE)
_STAYS = (evidence.HOMECARE, evidence.INCAPACITY)


def repeated_or_round_amounts(view: View, _: Question) -> Iterator[Hit]:
    """Yield bills of treatment whose amount a provider repeats, or makes round, more often than chance would."""
    for provider, bills in _bills(view).items():
        amounts = sorted(bill.amount for bill in bills)
        counted = Counter(amounts)
        repeated = {one for one, k in counted.items() if _repeats(one, k, amounts, len(counted))}
        round_ones = sum(amount % ROUND == 0 for amount in amounts)
        too_round = round_ones >= LEAST and _rare(len(amounts), round_ones, ROUND // STEP, 1)
        for bill in bills:
            if bill.amount in repeated or (too_round and bill.amount % ROUND == 0):
                figures: dict[str, int | str] = {"provider": provider, "times": counted[bill.amount]}
                yield Hit(bill.claim, bill.person, bill.amount, (bill.ref,), bill.about, figures)


def first_digits(view: View, _: Question) -> Iterator[Hit]:
    """Yield providers whose bills of treatment do not begin with the digits that amounts of many sizes begin with."""
    provider, amount, query = _of_treatment(view)
    digit = func.substr(cast(amount, Text), 1, 1)
    query = query.with_only_columns(provider, digit, func.count(), total(amount)).group_by(provider, digit)
    digits, sums = defaultdict[str, Counter[str]](Counter), Counter[str]()
    for name, first, number, billed in view.rows(query):
        digits[str(name)][str(first)] += int(number or 0)
        sums[str(name)] += int(billed or 0)
    for name, counted in sorted(digits.items()):
        bills = counted.total()
        if bills < ENOUGH:
            continue
        shares = [Fraction(counted[str(digit)], bills) for digit in range(1, 10)]
        deviation = sum(abs(share - law) for share, law in zip(shares, BENFORD, strict=True)) / 9
        chi = bills * sum((share - law) ** 2 / law for share, law in zip(shares, BENFORD, strict=True))
        if deviation > NONCONFORMITY and chi > CHI_SQUARE:
            figures: dict[str, int | str] = {
                "bills": bills,
                "deviation-per-mille": round(deviation * 1000),
                "chi-square": round(chi),
            }
            yield Hit("", "", sums[name], (), name, figures)


def overlapping_care(view: View, _: Question) -> Iterator[Hit]:
    """Yield persons whom two agencies cared for, or found unfit for work, on the same days.

    The amount is the lesser bill.
    """
    facts = evidence.facts(view)
    several = func.min(facts.c.agency) != func.max(facts.c.agency)
    persons = named_where(view, _STAYS, "person", several)
    stated = facts_of_persons(view, persons, *_STAYS, *_BILLED)
    for person in sorted(persons):
        bills = Counter[str]()
        for fact in stated[person]:
            bills[fact.ref] += fact.amount
        stays = [fact for fact in stated[person] if fact.kind in _STAYS]
        for one, other in combinations(stays, 2):
            if one.agency != other.agency and one.happened <= other.until and other.happened <= one.until:
                amount = min(bills[one.ref], bills[other.ref])
                figures: dict[str, int | str] = {"from": max(one.happened, other.happened)}
                figures["to"] = min(one.until, other.until)
                about = " ".join(sorted((one.ref, other.ref)))
                yield Hit(other.claim, person, amount, (one.ref, other.ref), about, figures)
                break


class Bill(Struct, frozen=True, gc=False):
    """A bill of treatment; ``provider`` is who is paid, or where the family is, who reports it."""

    provider: str
    amount: int
    claim: str
    person: str
    ref: str
    about: str


def _bills(view: View) -> dict[str, list[Bill]]:
    """Return the bills of treatment by provider."""
    provider, amount, query = _of_treatment(view)
    facts = evidence.facts(view)
    columns = facts.c.claim, facts.c.person, facts.c.ref, facts.c.about
    query = query.with_only_columns(provider.label("provider"), amount, *columns)
    bills: defaultdict[str, list[Bill]] = defaultdict(list)
    for bill in view.read(
        query.order_by(facts.c.claim, facts.c.partition, facts.c.position, facts.c.part), Bill
    ):
        bills[bill.provider].append(bill)
    return dict(sorted(bills.items()))


def _of_treatment(view: View) -> tuple[ColumnElement[str], ColumnElement[int], Select[Any]]:
    """Return the provider and the amount of a bill of treatment, and the query of all that count, in shown claims."""
    facts, filed = evidence.facts(view), claims.claim_table(view)
    provider = case((facts.c.party == "", facts.c.agency), else_=facts.c.party)
    query = (
        select(facts)
        .join(filed, filed.c.claim == facts.c.claim)
        .where(facts.c.kind == evidence.TREATMENT, facts.c.counts == 1, facts.c.amount > 0)
        .where(filed.c.shown == 1)
    )
    return provider, facts.c.amount, query


def _repeats(amount: int, times: int, amounts: Sequence[int], different: int) -> bool:
    """Whether an amount stands more often than the amounts near it lead to expect."""
    if times < LEAST:
        return False
    near = bisect_right(amounts, amount * (100 + NEAR) // 100) - bisect_left(
        amounts, amount * (100 - NEAR) // 100
    )
    steps = max(2, amount * 2 * NEAR // 100 // STEP)
    return _rare(near, times, steps, different)


def _rare(of: int, times: int, one_in: int, looked_at: int) -> bool:
    """Whether so many of ``of`` would seldom fall on one of ``one_in`` places, however many places are looked at."""
    ways: int = one_in**times
    return ONE_IN * looked_at * comb(of, times) <= ways
