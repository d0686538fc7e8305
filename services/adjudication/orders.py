"""Orders by difference: what is due now less what has been ordered, per payee."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from events.payment import Cancellation, Order, OrderLine
from services.benefits.award import Award
from services.benefits.calendar import working_days_after
from services.benefits.facts import AnyFact, Ordered
from services.benefits.history import Claim
from services.benefits.rulebook import Rulebook


class Difference(Struct, frozen=True):
    """What a new award makes of the orders: all of them after it, and what has to be said."""

    orders: tuple[Ordered, ...]
    cancelled: tuple[Cancellation, ...] = ()
    ordered: tuple[Order, ...] = ()
    overpaid: tuple[tuple[str, int], ...] = ()


def nothing_due(orders: Sequence[Ordered], number: str) -> Difference:
    """Cancel every unreleased order; what was released is overpaid."""
    return _Book(orders, number).settle({})


def difference(
    orders: Sequence[Ordered], award: Award, claim: Claim, fact: AnyFact, rulebook: Rulebook
) -> Difference:
    """Return what to cancel and to order so that the orders sum to the award, payee by payee.

    ``fact`` made the award. While a claim is waiting or referred nothing is ordered and nothing cancelled.
    """
    if award.outcome in ("waiting", "referred"):
        return Difference(tuple(orders))
    book = _Book(orders, claim.number)
    if award.outcome != "due":
        return book.settle({})
    wanted: dict[str, dict[str, int]] = {}
    for line in award.lines:
        benefits = wanted.setdefault(line.payee, {})
        benefits[line.benefit] = benefits.get(line.benefit, 0) + line.amount
    book.replace_returned(claim)
    due_on, calendar = due_date(fact.day, award, rulebook)
    return book.settle(wanted, claim, fact.position, due_on, calendar)


def due_date(day: dt.date, award: Award, rulebook: Rulebook) -> tuple[dt.date, str]:
    """Return by when money is to be paid that became due on ``day``, and which calendar was used.

    The days count from the civil date of the fact that made it due (PP 44/2015 Pasal 37(2), 40(3)).
    """
    law = rulebook.applied(award.programme, award.event_date)
    days = law.whole(rulebook.scheme.by_code[award.programme].pay_days)
    return working_days_after(day, days, rulebook.holidays)


class _Book:
    """The orders of one claim while a difference is worked out."""

    def __init__(self, orders: Sequence[Ordered], number: str) -> None:
        self.orders = list(orders)
        self.number = number
        self.replaced: dict[str, list[str]] = {}

    def replace_returned(self, claim: Claim) -> None:
        """Let returned orders fall that are to be ordered again: another account, or approved after the return."""
        for index, order in enumerate(self.orders):
            returned = claim.return_of(order)
            if returned is None or not order.stands or claim.paid_on(order):
                continue
            statements = claim.accounts.get(order.payee, [])
            moved = bool(statements) and statements[-1].key != order.account
            if moved or claim.approved.get("payment-returned", -1) > returned:
                self.orders[index] = replace(order, amount=0, moved=order.amount)
                self.replaced.setdefault(order.payee, []).append(order.order)

    def settle(
        self,
        wanted: dict[str, dict[str, int]],
        claim: Claim | None = None,
        made_at: int = 0,
        due_on: dt.date = dt.date.min,
        calendar: str = "",
    ) -> Difference:
        cancelled: list[Cancellation] = []
        ordered: list[Order] = []
        overpaid: list[tuple[str, int]] = []
        for payee in dict.fromkeys((*wanted, *(order.payee for order in self.orders))):
            due = wanted.get(payee, {})
            total = sum(due.values())
            cancelled += self._cancel_down_to(payee, total)
            standing = self._standing(payee)
            if standing > total:
                overpaid.append((payee, standing - total))
            elif standing < total and claim is not None:
                ordered.append(self._order(claim, payee, due, total - standing, made_at, due_on, calendar))
        return Difference(tuple(self.orders), tuple(cancelled), tuple(ordered), tuple(overpaid))

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
        due_on: dt.date,
        calendar: str,
    ) -> Order:
        lines = dict(due)
        for order in self.orders:
            if order.payee == payee and order.stands:
                for benefit, ordered in order.lines:
                    lines[benefit] = lines.get(benefit, 0) - ordered
        named = f"{self.number}.{len(self.orders) + 1}"
        parts = tuple((benefit, part) for benefit, part in lines.items() if part)
        statements = claim.accounts.get(payee)
        statement = statements[-1] if statements else None
        key = statement.key if statement else ""
        self.orders.append(Ordered(named, payee, parts, amount, due_on, key, made_at=made_at))
        return Order(
            claim=self.number,
            order=named,
            payee=payee,
            lines=tuple(OrderLine(benefit, part) for benefit, part in parts),
            amount=amount,
            due_on=due_on,
            calendar=calendar,
            account=statement.token if statement else "",
            stated_at=statement.position if statement else 0,
            replaces=tuple(self.replaced.get(payee, ())),
        )
