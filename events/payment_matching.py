"""What the bank's statements about one order come to: what was paid, what came back, and of what nobody can say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from msgspec import Struct


class BankStatement(NamedTuple):
    """A payment or a return as the bank reports it, in whole rupiah.

    ``date`` is the bank's (ISO), ``position`` the place in the ledger, ``since`` the one since which it counts.
    ``reference`` is that of the payment, which a return may leave out, as it may ``amount`` (0).
    """

    date: str
    position: int
    returned: bool
    amount: int
    reference: str
    since: int


class Unmatched(NamedTuple):
    """A return of more than stood: what stood of what it names, and what it says came back."""

    stood: int
    returned: int


class Settlement(Struct, frozen=True):
    """``paid`` is what stands of the payments; ``back`` what came back by the position of each return.

    ``refused`` are positions of returns before any payment, by which no payment was undone;
    ``unclear`` are positions of returns that do not say which of several payments came back, ``unmatched`` returns of
    more than stood, ``since`` tells of returns that were taken back for a while since which position they count.
    """

    paid: int = 0
    back: dict[int, int] = {}
    refused: tuple[int, ...] = ()
    unclear: tuple[int, ...] = ()
    unmatched: dict[int, Unmatched] = {}
    payments: tuple[tuple[str, int], ...] = ()
    """What stands of each payment, with the bank's date, earliest first."""
    since: dict[int, int] = {}

    def covered_on(self, amount: int) -> str:
        """Return the bank's date from which on the payments that stand are so much or more.

        Empty while they are less.
        """
        sums = accumulate(part for _, part in self.payments)
        return next((date for (date, _), paid in zip(self.payments, sums, strict=True) if paid >= amount), "")

    def undone(self) -> dict[int, int]:
        """Return how much of payments each return undid, by its position: all payments less all of it are ``paid``."""
        return {at: part for at, part in self.back.items() if at not in self.refused}

    def open(self, amount: int, moved: int = 0, until: int | None = None) -> int:
        """Return what came back of an order and is neither ordered again nor paid since, at most what it lacks.

        ``amount`` is what stands of the order, ``moved`` what of it was ordered again, ``until`` leaves out what came
        back by a return that counts since a later position.
        """
        came_back = sum(
            part for at, part in self.back.items() if until is None or self.since.get(at, at) <= until
        )
        return max(0, min(came_back - moved, amount - self.paid))


class Discrepancy(Struct, frozen=True):
    """Something that the bank reported and that does not fit its order, in whole rupiah.

    ``kind``: ``more`` than was ordered, for an order that was ``cancelled`` (or ordered again), for one that is
    ``unknown``, dated ``before-order``, or returned and ``not-paid``. ``amount`` is what does not fit; ``paid`` what
    is under the order's number, of ``not-paid`` what stood of the payments that the return is of.
    """

    order: str
    kind: str
    paid: int
    amount: int


def discrepancies(
    order: str, amount: int, since: str, settled: Settlement, *, stands: bool
) -> Iterator[Discrepancy]:
    """Yield what does not fit an order of which ``amount`` is left; ``since`` is its day 0 (ISO)."""
    if beyond := settled.paid - (min(amount, settled.paid) if stands else 0):
        yield Discrepancy(order, "more" if stands else "cancelled", settled.paid, beyond)
    if before := sum(part for date, part in settled.payments if date < since):
        yield Discrepancy(order, "before-order", settled.paid, before)
    for unmatched in settled.unmatched.values():
        yield Discrepancy(order, "not-paid", unmatched.stood, unmatched.returned)


class _Payment:
    __slots__ = ("amount", "date", "position", "reference", "since")

    def __init__(self, statement: BankStatement) -> None:
        self.amount, self.date = statement.amount, statement.date
        self.position, self.reference, self.since = statement.position, statement.reference, statement.since


def lessened(parts: Sequence[tuple[str, int]], by: int) -> tuple[tuple[str, int], ...]:
    """Return what is left of the benefits of an order when so much of it is ordered again: the last go first."""
    left: list[tuple[str, int]] = []
    for benefit, amount in reversed(parts):
        taken = min(by, max(amount, 0))
        by -= taken
        if amount - taken:
            left.append((benefit, amount - taken))
    return tuple(reversed(left))


def settle(amount: int, statements: Iterable[BankStatement], approved: int = -1) -> Settlement:
    """Take the statements about an order of ``amount`` by their dates, on one day in the order of arrival.

    A return before any payment says that the bank refused the transfer. One that names a payment is of that payment,
    one that names a sum of the payment of just that sum, else of the newest; one that names neither is of the one
    payment that stands. Where several stand it is unclear, unless an officer has approved it since (``approved`` is the
    position up to which that officer knew the claim): then everything came back.
    """
    payments: list[_Payment] = []
    back: dict[int, int] = {}
    unclear: list[int] = []
    unmatched: dict[int, Unmatched] = {}
    refused: dict[int, int] = {}
    ordered = sorted(statements, key=lambda one: (one.date, one.position))
    since = {
        statement.position: statement.since
        for statement in ordered
        if statement.returned and statement.since > statement.position
    }
    for statement in ordered:
        if not statement.returned:
            payments.append(_Payment(statement))
            continue
        if not payments:
            remaining = amount - sum(refused.values())
            came_back = min(statement.amount or remaining, remaining)
            refused[statement.position] = came_back
        else:
            candidates = _meant(statement, payments)
            known_by = max((statement.since, *(payment.since for payment in candidates)))
            if len(candidates) > 1 and not (statement.amount or statement.reference) and approved < known_by:
                unclear.append(statement.position)
                continue
            remaining = sum(payment.amount for payment in candidates)
            came_back = _take(statement.amount or remaining, candidates)
        if came_back < statement.amount or not remaining:
            unmatched[statement.position] = Unmatched(remaining, statement.amount)
        back[statement.position] = came_back
    standing = tuple((payment.date, payment.amount) for payment in payments if payment.amount)
    paid = sum(amount for _, amount in standing)
    return Settlement(paid, back, tuple(refused), tuple(unclear), unmatched, standing, since)


def _meant(returned: BankStatement, payments: list[_Payment]) -> list[_Payment]:
    """Return the standing payments that a return may be of, those that came back first in front."""
    standing = [payment for payment in reversed(payments) if payment.amount]
    if returned.reference:
        return [payment for payment in standing if payment.reference == returned.reference]
    just_that = [payment for payment in standing if payment.amount == returned.amount]
    return just_that[:1] or standing


def _take(wanted: int, payments: list[_Payment]) -> int:
    taken = 0
    for payment in payments:
        part = min(wanted - taken, payment.amount)
        payment.amount -= part
        taken += part
    return taken
