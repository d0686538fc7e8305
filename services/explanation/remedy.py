"""The least change that makes a claim payable.

Looked for among changes to its facts, and judged by the engine itself.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count

from msgspec import Struct

from services.benefits.assess import Orders, assess
from services.benefits.award import Award, Ordered
from services.benefits.history import History
from services.benefits.rulebook import Rulebook
from services.benefits.scheme import Scheme
from services.explanation import changes, cover, payees
from services.explanation.changes import ChangeCandidate, FactChange, Facts, Stuck

_MOST_JUDGEMENTS = 600
"""How many supposed histories are judged before the search gives up."""


class Remedy(Struct, frozen=True):
    """Changes that together make the claim payable, none of which can be left out.

    ``amount`` is what would then be due in rupiah, None where it depends on what is not known yet. ``more`` is what of
    it would be ordered beyond the orders in force, paid or not.
    """

    changes: tuple[FactChange, ...]
    amount: int | None
    more: int | None = None

    @property
    def open(self) -> bool:
        """Whether all of it can still come about."""
        return all(change.open for change in self.changes)


class Remedied(Struct, frozen=True):
    """A remedy, what each of its changes makes of the facts, and the award that the engine gives for all of them."""

    remedy: Remedy
    chosen: tuple[ChangeCandidate, ...]
    award: Award


_BY_REASON: dict[str, tuple[Callable[[Stuck], Iterator[ChangeCandidate]], ...]] = {
    "already-claimed": (changes.first_claim_withdrawn,),
    "child-unclear": (changes.birth_date_amended,),
    "claim-lapsed": (changes.filed_in_time,),
    "coverage-ended": (cover.ended_later, cover.started_by_event),
    "coverage-lapsed": (cover.month_paid,),
    "filed-late": (changes.filed_in_time,),
    "heirs-changed": (payees.heirs_as_ordered,),
    "in-arrears": (cover.month_paid,),
    "not-insured": (cover.in_programme,),
    "not-work-related": (changes.another_cause,),
    "not-yet-covered": (cover.started_by_event,),
    "paid-after-event": (cover.month_paid,),
    "payee-is-deceased": (payees.another_payee,),
    "return-unclear": (payees.payment_named,),
    "review-denied": (changes.another_review,),
    "same-accident": (changes.first_claim_withdrawn,),
    "three-month-boundary": (cover.months_paid, cover.started_long_before),
}
"""Which changes take a reason away; every reason for a referral can be lifted by an approval besides."""


def is_limited(history: History, number: str, award: Award, scheme: Scheme) -> bool:
    """Whether a death in the first months brings only the benefits that are due from the first day."""
    programme = scheme.by_code[award.programme]
    if award.outcome != "due" or not programme.first_months or not history.claims[number].heirs:
        return False
    full = {benefit.code for benefit in programme.benefit if not benefit.from_first_day}
    return all(line.benefit not in full for line in award.lines)


def least_change(
    facts: Facts, number: str, rulebook: Rulebook, orders: Orders, *, approvals: bool = True
) -> Remedied | None:
    """Return the least change that makes a claim payable, or in full where it is limited.

    None when it is payable as it is, and when nothing that could be otherwise would make it so. Without
    ``approvals`` only what happened may change, not what an officer decides.
    """
    history = History(facts)
    scheme = rulebook.scheme
    original = assess(history, number, rulebook, orders)
    limited = is_limited(history, number, original, scheme)
    if original.outcome == "due" and not limited:
        return None
    order = count()
    ahead: list[tuple[int, int, tuple[ChangeCandidate, ...], Facts]] = [(0, next(order), (), facts)]
    for _ in range(_MOST_JUDGEMENTS):
        if not ahead:
            return None
        weight, _, chosen, supposed = heapq.heappop(ahead)
        history = History(supposed)
        award = assess(history, number, rulebook, orders)
        if _payable(history, number, award, scheme, limited=limited):
            return _without_the_needless(facts, chosen, number, rulebook, orders, limited=limited)
        claim = history.claims[number]
        law = rulebook.applied(award.programme, award.event_date)
        stuck = Stuck(history, claim, award, law, scheme, orders, approvals and not limited)
        for candidate in _candidates(stuck):
            if all(candidate.change != one.change for one in chosen):
                then = (weight + candidate.weight, next(order), (*chosen, candidate))
                heapq.heappush(ahead, (*then, candidate.apply(supposed)))
    return None


def child_to_be_named(facts: Facts, number: str, rulebook: Rulebook, orders: Orders) -> Remedied | None:
    """Return the amendment by which a claim that is due pays a child too, whose school is confirmed and whom nobody named."""
    history = History(facts)
    award = assess(history, number, rulebook, orders)
    candidate = changes.children_amended(history.claims[number])
    if award.outcome != "due" or candidate is None:
        return None
    after = assess(History(candidate.apply(facts)), number, rulebook, orders)
    if after.outcome != "due" or sum(after.left.values()) <= sum(award.left.values()):
        return None
    return Remedied(Remedy((candidate.change,), None), (candidate,), after)


def _payable(history: History, number: str, award: Award, scheme: Scheme, *, limited: bool) -> bool:
    paid_elsewhere = bool(award.counted) and not any(award.left.values())
    return (
        award.outcome == "due"
        and not paid_elsewhere
        and not (limited and is_limited(history, number, award, scheme))
    )


def _candidates(stuck: Stuck) -> Iterator[ChangeCandidate]:
    match stuck.award.outcome:
        case "waiting":
            yield from changes.what_is_missing(stuck)
        case "withdrawn":
            yield from changes.taken_up_again(stuck)
        case "due":
            for change in _BY_REASON["three-month-boundary"]:
                yield from change(stuck)
        case "referred" | "denied":
            if stuck.award.outcome == "referred":
                yield from changes.approval(stuck)
            for change in _BY_REASON.get(stuck.award.reasons[0].code, ()):
                yield from change(stuck)


def _without_the_needless(
    facts: Facts,
    chosen: tuple[ChangeCandidate, ...],
    number: str,
    rulebook: Rulebook,
    orders: Orders,
    *,
    limited: bool,
) -> Remedied | None:
    """Leave out one change after the other as long as the claim stays payable; None when nothing was chosen."""

    def judged(some: tuple[ChangeCandidate, ...]) -> tuple[bool, Award]:
        history = History(applied(some, facts))
        award = assess(history, number, rulebook, orders)
        return _payable(history, number, award, rulebook.scheme, limited=limited), award

    for candidate in chosen:
        rest = tuple(one for one in chosen if one is not candidate)
        if rest and judged(rest)[0]:
            chosen = rest
    if not chosen:
        return None
    _, award = judged(chosen)
    changes = tuple(candidate.change for candidate in chosen)
    if not all(change.amount_known for change in changes):
        return Remedied(Remedy(changes, None), chosen, award)
    more = _beyond(award, orders.get(number, ()))
    return Remedied(Remedy(changes, sum(award.left.values()), more), chosen, award)


def _beyond(award: Award, orders: Sequence[Ordered]) -> int:
    """Return what an award gives each payee beyond the orders in force, in rupiah."""
    left = award.left
    for order in orders:
        if order.stands and order.payee in left:
            left[order.payee] -= order.amount
    return sum(max(0, amount) for amount in left.values())


def applied(chosen: Iterable[ChangeCandidate], facts: Facts) -> Facts:
    """Return the facts as they would be with these changes, one after the other."""
    for candidate in chosen:
        facts = candidate.apply(facts)
    return facts
