"""What is every sum called, and do they add up? The names are those of the glossary; all sums are whole rupiah."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct


class Sums(Struct, frozen=True):
    """The sums of one claim, or of many.

    ``entitled``: due by the last assessment. ``ordered``: of orders in force, so net of cancellations and returns.
    ``released``: of those, what left for the bank. ``paid_by_bank``: all that the bank reported, returns subtracted.
    ``matched``: what of that is covered by an order in force; ``unmatched``: the rest. ``overpaid``: released beyond
    what is due.
    """

    entitled: int = 0
    ordered: int = 0
    released: int = 0
    paid_by_bank: int = 0
    matched: int = 0
    unmatched: int = 0
    overpaid: int = 0

    @property
    def open(self) -> int:
        """Ordered and not paid yet."""
        return self.ordered - self.matched


class Summed(Protocol):
    """Whatever has every sum under its name."""

    @property
    def entitled(self) -> int: ...
    @property
    def ordered(self) -> int: ...
    @property
    def released(self) -> int: ...
    @property
    def paid_by_bank(self) -> int: ...
    @property
    def matched(self) -> int: ...
    @property
    def unmatched(self) -> int: ...
    @property
    def overpaid(self) -> int: ...


def sums_of(one: Summed) -> Sums:
    """Return every sum of something by its name."""
    return Sums(*(getattr(one, name) for name in Sums.__struct_fields__))


def added(parts: Iterable[Sums]) -> Sums:
    """Return each sum of all parts together."""
    every = list(parts)
    return Sums(*(sum(getattr(part, name) for part in every) for name in Sums.__struct_fields__))


def movement(before: Sums, after: Sums) -> Sums:
    """Return by how much each sum moved: negative where it became less."""
    names = Sums.__struct_fields__
    return Sums(*(getattr(after, name) - getattr(before, name) for name in names))


class Entitled(Protocol):
    """As much of a claim as is asked here; ``benefits`` are due, by code."""

    @property
    def claim(self) -> str: ...
    @property
    def benefits(self) -> Mapping[str, int]: ...
    @property
    def overpaid(self) -> int: ...
    @property
    def paid_by_bank(self) -> int: ...


class OrderedAmount(Protocol):
    """As much of an order as is asked here; ``stands`` is 0 for one that was cancelled or ordered again.

    One that stands and is not just ``ordered`` has left for the bank.
    """

    @property
    def claim(self) -> str: ...
    @property
    def amount(self) -> int: ...
    @property
    def benefits(self) -> Mapping[str, int]: ...
    @property
    def stands(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def paid(self) -> int: ...


class SumLine(Struct, frozen=True):
    """One benefit, or the total: entitled + overpaid + undecided = ordered + not_ordered, ordered = matched + open.

    ``undecided`` is ordered on claims that are not due now: waiting, referred, denied or taken back, and not counted as
    overpaid; ``not_ordered`` is due and not ordered; ``open`` is ordered and not paid yet.
    """

    benefit: str
    entitled: int
    overpaid: int
    undecided: int
    not_ordered: int
    ordered: int
    released: int
    matched: int
    open: int

    @property
    def adds_up(self) -> bool:
        """Whether both equations hold."""
        due = self.entitled + self.overpaid + self.undecided == self.ordered + self.not_ordered
        return due and self.ordered == self.matched + self.open


SUMS = SumLine.__struct_fields__[1:]
"""The names of the sums of a line, in order."""


class Reconciliation(Struct, frozen=True):
    """Every sum by benefit and in total; ``paid_by_bank`` = ``matched`` + ``unmatched``.

    ``adds_up`` is whether each equation holds for every benefit and for the total, and the total is that of the
    benefits.
    """

    benefits: tuple[SumLine, ...]
    total: SumLine
    paid_by_bank: int
    matched: int
    unmatched: int
    adds_up: bool


def matched(amount: int, paid: int, *, stands: bool) -> int:
    """Return what of a payment an order covers: nothing once it is no longer in force, at most its amount."""
    return min(amount, paid) if stands else 0


def covered(benefits: Mapping[str, int], paid: int) -> dict[str, int]:
    """Return what of each benefit of an order is covered by so much money: the smallest first."""
    parts: dict[str, int] = {}
    for benefit, amount in sorted(benefits.items(), key=lambda item: (item[1], item[0])):
        parts[benefit] = min(amount, paid)
        paid -= parts[benefit]
    return parts


def reconcile(claims: Iterable[Entitled], orders: Iterable[OrderedAmount]) -> Reconciliation:
    """Bring the sums of all claims and their orders together."""
    books: dict[str, _Book] = {}
    paid = 0
    for claim in claims:
        books.setdefault(claim.claim, _Book()).due(claim)
        paid += claim.paid_by_bank
    for order in orders:
        books.setdefault(order.claim, _Book()).order(order)
    named: dict[str, list[SumLine]] = {}
    for book in books.values():
        for line in book.lines():
            named.setdefault(line.benefit, []).append(line)
    lines = tuple(_added(benefit, named[benefit]) for benefit in sorted(named))
    total = _added("", lines)
    covered = sum(book.covered for book in books.values())
    adds_up = all(line.adds_up for line in (*lines, total)) and total.matched == covered
    return Reconciliation(lines, total, paid, covered, paid - covered, adds_up)


class _Book:
    """One claim, by benefit."""

    def __init__(self) -> None:
        self.entitled: dict[str, int] = {}
        self.overpaid = 0
        self.ordered: dict[str, int] = {}
        self.released: dict[str, int] = {}
        self.matched: dict[str, int] = {}
        self.covered = 0

    def due(self, claim: Entitled) -> None:
        self.entitled, self.overpaid = dict(claim.benefits), claim.overpaid

    def order(self, order: OrderedAmount) -> None:
        if not order.stands:
            return
        left = matched(order.amount, order.paid, stands=True)
        self.covered += left
        for benefit, part in covered(order.benefits, left).items():
            amount = order.benefits[benefit]
            _add(self.ordered, benefit, amount)
            if order.state != "ordered":
                _add(self.released, benefit, amount)
            _add(self.matched, benefit, part)

    def lines(self) -> Iterable[SumLine]:
        left = self.overpaid
        for benefit in sorted({*self.entitled, *self.ordered}):
            entitled, ordered = self.entitled.get(benefit, 0), self.ordered.get(benefit, 0)
            beyond = max(ordered - entitled, 0)
            overpaid = min(beyond, left)
            left -= overpaid
            yield SumLine(
                benefit,
                entitled,
                overpaid,
                beyond - overpaid,
                max(entitled - ordered, 0),
                ordered,
                self.released.get(benefit, 0),
                self.matched.get(benefit, 0),
                ordered - self.matched.get(benefit, 0),
            )


def _add(sums: dict[str, int], benefit: str, amount: int) -> None:
    sums[benefit] = sums.get(benefit, 0) + amount


def _added(benefit: str, lines: Sequence[SumLine]) -> SumLine:
    return SumLine(benefit, *(sum(getattr(line, name) for line in lines) for name in SUMS))
