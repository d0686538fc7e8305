"""Controls on bills and care: repeated and round amounts, first digits, care in two places at once."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from math import comb

from sqlalchemy import func, select

from projections import claims, evidence
from projections.evidence import FactRow
from projections.store import View
from services.controls.concentration import LEAST, ONE_IN
from services.controls.hits import Hit, Question, facts_of_persons

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
    for provider, bills in _bills(view).items():
        if len(bills) < ENOUGH:
            continue
        digits = Counter(str(bill.amount)[0] for bill in bills)
        shares = [Fraction(digits[str(digit)], len(bills)) for digit in range(1, 10)]
        deviation = sum(abs(share - law) for share, law in zip(shares, BENFORD, strict=True)) / 9
        chi = len(bills) * sum((share - law) ** 2 / law for share, law in zip(shares, BENFORD, strict=True))
        if deviation > NONCONFORMITY and chi > CHI_SQUARE:
            figures: dict[str, int | str] = {
                "bills": len(bills),
                "deviation-per-mille": round(deviation * 1000),
                "chi-square": round(chi),
            }
            yield Hit("", "", sum(bill.amount for bill in bills), (), provider, figures)


def overlapping_care(view: View, _: Question) -> Iterator[Hit]:
    """Yield persons whom two agencies cared for, or found unfit for work, on the same days; the amount is the lesser bill."""
    facts, filed = evidence.facts(view), claims.claim_table(view)
    query = (
        select(facts.c.person)
        .join(filed, filed.c.claim == facts.c.claim)
        .where(facts.c.kind.in_(_STAYS), facts.c.counts == 1, filed.c.shown == 1)
        .group_by(facts.c.person)
        .having(func.min(facts.c.agency) != func.max(facts.c.agency))
    )
    persons = {str(row[0]) for row in view.rows(query)}
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


def _bills(view: View) -> dict[str, list[FactRow]]:
    """Return the bills of treatment by the provider that is paid, or where the family is, by who reports them."""
    facts, filed = evidence.facts(view), claims.claim_table(view)
    query = (
        select(facts)
        .join(filed, filed.c.claim == facts.c.claim)
        .where(facts.c.kind == evidence.TREATMENT, facts.c.counts == 1, facts.c.amount > 0)
        .where(filed.c.shown == 1)
        .order_by(facts.c.claim, facts.c.partition, facts.c.position, facts.c.part)
    )
    found: defaultdict[str, list[FactRow]] = defaultdict(list)
    for bill in view.read(query, FactRow):
        found[bill.party or bill.agency].append(bill)
    return dict(sorted(found.items()))


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
