"""Orders by difference: what is due now less what has been ordered, per payee."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from events.assessment import Counted
from events.payment import Cancellation, Order, OrderLine
from services.benefits.award import Award
from services.benefits.calendar import working_days_after
from services.benefits.citation import Citation
from services.benefits.facts import AnyFact, Ordered
from services.benefits.history import Claim, History, since
from services.benefits.rulebook import Rulebook


class Difference(Struct, frozen=True):
    """What a new award makes of the orders: all of them after it, and what has to be said."""

    orders: tuple[Ordered, ...]
    cancelled: tuple[Cancellation, ...] = ()
    ordered: tuple[Order, ...] = ()
    overpaid: tuple[tuple[str, int], ...] = ()
    counted: tuple[tuple[str, str, int], ...] = ()
    """What of other claims' payments is taken as ordered here: the claim, its payee, the rupiah."""


def nothing_due(orders: Sequence[Ordered], number: str) -> Difference:
    """Cancel every unreleased order; what was released is overpaid."""
    return _Book(orders, number).settle({})


def difference(
    orders: Sequence[Ordered],
    award: Award,
    claim: Claim,
    history: History,
    fact: AnyFact,
    rulebook: Rulebook,
    citation: Citation,
) -> Difference:
    """Return what to cancel and to order so that the orders sum to the award, payee by payee.

    ``fact`` made the award, ``citation`` knows what it rests on. While a claim is waiting or referred nothing is ordered
    and nothing cancelled.
    """
    if award.outcome in ("waiting", "referred"):
        return Difference(tuple(orders))
    book = _Book(orders, claim.number, award.counted)
    if award.outcome != "due":
        return book.settle({})
    wanted: dict[str, dict[str, int]] = {}
    for line in award.lines:
        benefits = wanted.setdefault(line.payee, {})
        benefits[line.benefit] = benefits.get(line.benefit, 0) + line.amount
    book.replace_returned(claim)

    def clock(payee: str, reopened: Sequence[int]) -> Clock:
        return clock_of(payee, award, claim, history, rulebook, citation, reopened)

    return book.settle(wanted, claim, fact.position, clock)


class Clock(NamedTuple):
    """The fact from whose day an order's days count, by when it is to be paid, and which calendar was used."""

    started: AnyFact
    due_on: dt.date
    calendar: str


def clock_of(
    payee: str,
    award: Award,
    claim: Claim,
    history: History,
    rulebook: Rulebook,
    citation: Citation,
    reopened: Sequence[int] = (),
) -> Clock:
    """Return from when the days of an order to a payee count: the latest act that it rests on, its account among them.

    ``reopened`` are the places in the history of what lets a returned order be ordered again.
    """
    statements = claim.accounts.get(payee, ())
    stated = [since(statements).index] if statements else []
    started = citation.latest(payee, *(history.facts[index] for index in (*stated, *reopened)))
    return Clock(started, *due_date(started.day, award, rulebook))


def due_date(day: dt.date, award: Award, rulebook: Rulebook) -> tuple[dt.date, str]:
    """Return by when money is to be paid whose days count from ``day``, and which calendar was used.

    That is the latest civil date of an act that the order rests on (PP 44/2015 Pasal 37(2), 40(3)).
    """
    law = rulebook.applied(award.programme, award.event_date)
    days = law.whole(rulebook.scheme.by_code[award.programme].pay_days)
    return working_days_after(day, days, rulebook.holidays)


class _Book:
    """The orders of one claim while a difference is worked out."""

    def __init__(self, orders: Sequence[Ordered], number: str, counted: Sequence[Counted] = ()) -> None:
        self.orders = list(orders)
        self.number = number
        self.counted = counted
        self.replaced: dict[str, list[str]] = {}
        self.reopened: dict[str, list[int]] = {}

    def replace_returned(self, claim: Claim) -> None:
        """Let returned orders fall that are to be ordered again: another account, or approved after the return."""
        for index, order in enumerate(self.orders):
            returned = claim.return_of(order)
            if returned is None or not order.stands or claim.paid_on(order):
                continue
            statements = claim.accounts.get(order.payee, [])
            moved = bool(statements) and statements[-1].key != order.account
            approved = claim.approved.get("payment-returned", -1)
            if moved or approved > returned:
                self.orders[index] = replace(order, amount=0, moved=order.amount)
                self.replaced.setdefault(order.payee, []).append(order.order)
                acts = (returned,) if moved else (returned, approved)
                self.reopened.setdefault(order.payee, []).extend(acts)

    def settle(
        self,
        wanted: dict[str, dict[str, int]],
        claim: Claim | None = None,
        made_at: int = 0,
        clock: Callable[[str, Sequence[int]], Clock] | None = None,
    ) -> Difference:
        cancelled: list[Cancellation] = []
        ordered: list[Order] = []
        overpaid: list[tuple[str, int]] = []
        counted: list[tuple[str, str, int]] = []
        for payee in dict.fromkeys((*wanted, *(order.payee for order in self.orders))):
            due = wanted.get(payee, {})
            paid_before = list(self._paid_before(payee, sum(due.values())))
            counted += paid_before
            total = sum(due.values()) - sum(amount for _, _, amount in paid_before)
            cancelled += self._cancel_down_to(payee, total)
            standing = self._standing(payee)
            if standing > total:
                overpaid.append((payee, standing - total))
            elif standing < total and claim is not None and clock is not None:
                started = clock(payee, self.reopened.get(payee, ()))
                ordered.append(self._order(claim, payee, due, total - standing, made_at, started))
        return Difference(
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

    def _standing(self, payee: str) -> int:
        return sum(order.amount for order in self.orders if order.payee == payee and order.stands)

    def _cancel_down_to(self, payee: str, total: int) -> list[Cancellation]:
        cancelled: list[Cancellation] = []
        for index in range(len(self.orders) - 1, -1, -1):
            order = self.orders[index]
            if self._standing(payee) <= total:
                break
            if order.payee == payee and order.stands and not order.released_at:
                self.orders[index] = replace(order, cancelled=True)
                cancelled.append(Cancellation(self.number, order.order, order.amount))
        return cancelled

    def _order(
        self,
        claim: Claim,
        payee: str,
        due: dict[str, int],
        amount: int,
        made_at: int,
        clock: Clock,
    ) -> Order:
        lines = dict(due)
        for paid in self.counted:
            if paid.payee == payee:
                lines[paid.benefit] = lines.get(paid.benefit, 0) - paid.amount
        for order in self.orders:
            if order.payee == payee and order.stands:
                for benefit, ordered in order.lines:
                    lines[benefit] = lines.get(benefit, 0) - ordered
        named = f"{self.number}.{len(self.orders) + 1}"
        parts = tuple((benefit, part) for benefit, part in lines.items() if part)
        statements = claim.accounts.get(payee)
        statement = statements[-1] if statements else None
        key = statement.key if statement else ""
        started = clock.started
        self.orders.append(
            Ordered(
                named,
                payee,
                parts,
                amount,
                clock.due_on,
                key,
                made_at=made_at,
                day=started.day,
                started_by=started.ref,
            )
        )
        return Order(
            claim=self.number,
            order=named,
            payee=payee,
            lines=tuple(OrderLine(benefit, part) for benefit, part in parts),
            amount=amount,
            due_on=clock.due_on,
            calendar=clock.calendar,
            started_by=started.ref,
            started_on=started.day,
            account=statement.token if statement else "",
            stated_at=statement.position if statement else 0,
            replaces=tuple(self.replaced.get(payee, ())),
        )
