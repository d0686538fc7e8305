"""Orders by difference: what is due now less what has been ordered, per payee."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from events.assessment import Counted
from events.bank import Returned
from events.catalogue import AnyFact
from events.claim import Verified
from events.payment import Cancellation, Order, OrderLine, Reordered
from events.payment_matching import lessened
from services.benefits.award import Award, Ordered
from services.benefits.calendar import working_days_after
from services.benefits.citation import Citation
from services.benefits.claim import Claim, since
from services.benefits.history import History
from services.benefits.rulebook import Rulebook


class OrderDifference(Struct, frozen=True):
    """What a new award makes of the orders: all of them after it, and what has to be said."""

    orders: tuple[Ordered, ...]
    cancelled: tuple[Cancellation, ...] = ()
    ordered: tuple[Order, ...] = ()
    overpaid: tuple[tuple[str, int], ...] = ()
    counted: tuple[tuple[str, str, int], ...] = ()
    """What of other claims' payments is taken as ordered here: the claim, its payee, the rupiah."""


def nothing_due(orders: Sequence[Ordered], claim: Claim) -> OrderDifference:
    """Cancel every unreleased order; what was released and has not come back is overpaid."""
    return _Book(orders, claim).settle({})


def difference(
    orders: Sequence[Ordered],
    award: Award,
    claim: Claim,
    fact: AnyFact,
    rulebook: Rulebook,
    citation: Citation,
) -> OrderDifference:
    """Return what to cancel and to order so that the orders sum to the award, payee by payee.

    ``fact`` made the award, ``citation`` knows what it rests on. While a claim is waiting or referred nothing is ordered
    and nothing cancelled.
    """
    if award.outcome in ("waiting", "referred"):
        return OrderDifference(tuple(orders))
    if award.outcome != "due":
        return nothing_due(orders, claim)
    making = _Making(award, claim, fact, rulebook, citation)
    return _Book(orders, claim, award.counted).settle(_due_by_payee(award), making)


def unfounded(orders: Sequence[Ordered], award: Award, claim: Claim, history: History) -> dict[str, int]:
    """Return what was released to each payee, and has not come back, on a finding that was taken back since.

    A finding that another fact states just so, or restates, still carries its orders.
    """
    effective = {fact.ref for fact in history.facts}
    positions = {
        fact.ref: fact
        for fact in history.all_facts
        if isinstance(fact, Verified) and fact.ref not in effective
    }
    found: dict[str, int] = {}
    for order in orders:
        lost = (
            _lost(kind, positions[ref], order, award, claim)
            for kind, ref in order.rests_on
            if ref in positions
        )
        if order.stands and order.released_at and any(lost):
            found[order.payee] = found.get(order.payee, 0) + order.amount - claim.open_of(order)
    return found


def _lost(kind: str, struck: Verified, order: Ordered, award: Award, claim: Claim) -> bool:
    """Whether nothing else states what a finding said that was taken back."""
    match kind:
        case "death":
            return not struck.findings.death or struck.findings.death.died_on != claim.died_on
        case "cause":
            cause = struck.findings.cause
            return not cause or claim.cause is None or cause.work_related != claim.cause.work_related
        case _:
            return dict(order.shares) != dict(award.shares)


def _due_by_payee(award: Award) -> dict[str, dict[str, int]]:
    due: dict[str, dict[str, int]] = {}
    for line in award.lines:
        benefits = due.setdefault(line.payee, {})
        benefits[line.benefit] = benefits.get(line.benefit, 0) + line.amount
    return due


class Clock(NamedTuple):
    """The fact from whose day an order's days count, by when it is to be paid, and which calendar was used."""

    started: AnyFact
    due_on: dt.date
    calendar: str


def clock_of(
    payee: str,
    award: Award,
    claim: Claim,
    rulebook: Rulebook,
    citation: Citation,
    reopened: Sequence[AnyFact] = (),
) -> Clock:
    """Return from when the days of an order to a payee count: the latest act that it rests on, its account among them.

    ``reopened`` are the facts that let a returned order be ordered again.
    """
    statements = claim.accounts.get(payee, ())
    stated = [since(statements).fact] if statements else []
    started = citation.latest(payee, *stated, *reopened)
    return Clock(started, *due_date(started.day, award, rulebook))


def due_date(day: dt.date, award: Award, rulebook: Rulebook) -> tuple[dt.date, str]:
    """Return by when money is to be paid whose days count from ``day``, and which calendar was used.

    That is the latest civil date of an act that the order rests on (PP 44/2015 Pasal 37(2), 40(3)).
    """
    law = rulebook.applied(award.programme, award.event_date)
    days = law.whole(rulebook.scheme.by_code[award.programme].pay_days)
    return working_days_after(day, days, rulebook.holidays)


class _Making:
    """What new orders are made of: the award, the fact that made it due, and what it rests on."""

    def __init__(
        self,
        award: Award,
        claim: Claim,
        fact: AnyFact,
        rulebook: Rulebook,
        citation: Citation,
    ) -> None:
        self.award, self.claim, self.made_at = award, claim, fact.position
        self.shares = award.shares
        self._rulebook, self._citation = rulebook, citation

    def clock(self, payee: str, again: Sequence[Ordered]) -> Clock:
        """Return from when the days of an order to a payee count; ``again`` are orders that came back."""
        reopened = [fact for order in again for fact in self._reopening(order)]
        return clock_of(payee, self.award, self.claim, self._rulebook, self._citation, reopened)

    def _reopening(self, order: Ordered) -> Iterator[AnyFact]:
        """Yield the returns of an order, and the approval where no other account brought it back on its way."""
        back = self.claim.settlement(order).back
        for fact in self.claim.bank.get(order.order, ()):
            if isinstance(fact, Returned) and back.get(fact.position):
                yield fact
        if not self.claim.moved_from(order):
            yield self.claim.approved["payment-returned"]

    def rests_on(self, payee: str) -> tuple[tuple[str, str], ...]:
        """Return which findings of cause, death and heirs the payee's lines cite."""
        claim = self.claim
        cited = {ref for line in self.award.lines if line.payee == payee for ref in line.inputs}
        findings = (("cause", claim.cause_ref), ("death", claim.death_ref), ("heirs", claim.heirs_ref))
        return tuple((kind, ref) for kind, ref in findings if ref in cited)


class _Book:
    """The orders of one claim while a difference is worked out."""

    def __init__(self, orders: Sequence[Ordered], claim: Claim, counted: Sequence[Counted] = ()) -> None:
        self.orders = list(orders)
        self.claim = claim
        self.counted = counted

    def settle(
        self, due_by_payee: dict[str, dict[str, int]], making: _Making | None = None
    ) -> OrderDifference:
        """Bring the orders of each payee to what is wanted; without ``making`` nothing is ordered."""
        cancelled: list[Cancellation] = []
        ordered: list[Order] = []
        overpaid: list[tuple[str, int]] = []
        counted: list[tuple[str, str, int]] = []
        for payee in dict.fromkeys((*due_by_payee, *(order.payee for order in self.orders))):
            due = due_by_payee.get(payee, {})
            paid_before = list(self._paid_before(payee, sum(due.values())))
            counted += paid_before
            total = sum(due.values()) - sum(amount for _, _, amount in paid_before)
            cancelled += self._cancel_down_to(payee, total)
            again = [(n, self._to_order_again(n)) for n in self._standing(payee)]
            short = total - self._sum(payee) + sum(part for _, part in again)
            if short > 0 and making is not None:
                clock = making.clock(payee, [self.orders[n] for n, part in again if part])
                moved = tuple(self._move(n, part) for n, part in again if part)
                ordered.append(self._order(payee, due, short, moved, making, clock))
            else:
                back = sum(self.claim.open_of(self.orders[n]) for n in self._standing(payee))
                if (excess := self._sum(payee) - back - total) > 0:
                    overpaid.append((payee, excess))
        return OrderDifference(
            tuple(self.orders), tuple(cancelled), tuple(ordered), tuple(overpaid), tuple(counted)
        )

    def _paid_before(self, payee: str, most: int) -> Iterator[tuple[str, str, int]]:
        """Yield what other claims have paid to this payee, at most so much in all."""
        sums: dict[tuple[str, str], int] = {}
        for paid in self.counted:
            if paid.payee == payee:
                key = (paid.claim, paid.paid_to)
                sums[key] = sums.get(key, 0) + paid.amount
        for (claim, paid_to), amount in sums.items():
            part = min(amount, most)
            most -= part
            yield claim, paid_to, part

    def _standing(self, payee: str) -> list[int]:
        return [n for n, order in enumerate(self.orders) if order.payee == payee and order.stands]

    def _sum(self, payee: str) -> int:
        return sum(self.orders[n].amount for n in self._standing(payee))

    def _cancel_down_to(self, payee: str, total: int) -> list[Cancellation]:
        cancelled: list[Cancellation] = []
        for n in reversed(self._standing(payee)):
            order = self.orders[n]
            if self._sum(payee) <= total:
                break
            if not order.released_at:
                self.orders[n] = replace(order, cancelled=True)
                cancelled.append(Cancellation(self.claim.number, order.order, order.amount))
        return cancelled

    def _to_order_again(self, n: int) -> int:
        """Return what of an order came back and is to be ordered again: another account, or approved since."""
        order = self.orders[n]
        if self.claim.moved_from(order):
            return self.claim.open_of(order)
        return self.claim.open_of(order, self.claim.approved_until.get("payment-returned", -1))

    def _move(self, n: int, part: int) -> Reordered:
        """Take from an order what is ordered again, from its last lines first."""
        order = self.orders[n]
        lines = lessened(order.lines, part)
        self.orders[n] = replace(order, lines=lines, amount=order.amount - part, moved=order.moved + part)
        return Reordered(order.order, part)

    def _order(
        self,
        payee: str,
        due: dict[str, int],
        amount: int,
        moved: tuple[Reordered, ...],
        making: _Making,
        clock: Clock,
    ) -> Order:
        lines = dict(due)
        for paid in self.counted:
            if paid.payee == payee:
                lines[paid.benefit] = lines.get(paid.benefit, 0) - paid.amount
        for n in self._standing(payee):
            for benefit, ordered in self.orders[n].lines:
                lines[benefit] = lines.get(benefit, 0) - ordered
        named = f"{self.claim.number}.{len(self.orders) + 1}"
        parts = tuple((benefit, part) for benefit, part in lines.items() if part)
        statements = self.claim.accounts.get(payee)
        statement = statements[-1] if statements else None
        started = clock.started
        self.orders.append(
            Ordered(
                named,
                payee,
                parts,
                amount,
                clock.due_on,
                statement.key if statement else "",
                made_at=making.made_at,
                day=started.day,
                shares=making.shares,
                rests_on=making.rests_on(payee),
                started_by=started.ref,
            )
        )
        return Order(
            claim=self.claim.number,
            order=named,
            payee=payee,
            lines=tuple(OrderLine(benefit, part) for benefit, part in parts),
            amount=amount,
            due_on=clock.due_on,
            calendar=clock.calendar,
            started_by=started.ref,
            started_on=started.day,
            account=statement.account.number if statement else "",
            stated_at=statement.position if statement else 0,
            replaces=moved,
            made_at=making.made_at,
        )
