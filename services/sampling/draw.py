"""The draw: which items a sample holds, so that anybody can draw it again from seed and frame.

A ticket is the SHA-256 of ``SEED,NAME`` in UTF-8. An attribute sample takes of each stratum the items with the smallest
tickets. A monetary-unit sample hits rupiah of the book, which are in a row in the order of the items' names: hit ``n``
is the ticket of the number ``n``, modulo the book. Items above a threshold are all taken, and the rest is drawn from
without them. A larger sample keeps the items, and the hits, of a smaller one.
"""

from __future__ import annotations

import hashlib
import heapq
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import accumulate

from msgspec import Struct

from services.sampling.frame import FrameItem


class DrawnItem(Struct, frozen=True):
    """An item of a sample. ``hits`` is 0 for one that is taken for certain, else how often it was hit."""

    item: FrameItem
    hits: int

    @property
    def certain(self) -> bool:
        """Whether it is taken whatever the seed."""
        return self.hits == 0


def ticket(seed: str, name: str) -> str:
    """Return the ticket of a name as 64 hexadecimal digits."""
    return hashlib.sha256(f"{seed},{name}".encode()).hexdigest()


def parted(frame: Sequence[FrameItem], above: int) -> tuple[list[FrameItem], list[FrameItem]]:
    """Return the items above the threshold and the others; of a threshold of 0 all are others."""
    certain = [item for item in frame if above and item.amount > above]
    return certain, [item for item in frame if not above or item.amount <= above]


def allocated(weights: Mapping[str, int], room: Mapping[str, int], size: int) -> dict[str, int]:
    """Return how many items each stratum gives, by its weight, none more than it has.

    Each stratum gives one first, the heavier before the lighter; every further place goes to the highest quotient of
    weight and ``2 * given + 1`` (Sainte-Laguë), so that a larger sample never takes a place away.
    """
    allocation = dict.fromkeys(weights, 0)
    waiting = [(False, Fraction(-weight), name) for name, weight in weights.items() if room[name]]
    heapq.heapify(waiting)
    for _ in range(size):
        if not waiting:
            break
        _, _, name = heapq.heappop(waiting)
        allocation[name] += 1
        if allocation[name] < room[name]:
            heapq.heappush(waiting, (True, Fraction(-weights[name], 2 * allocation[name] + 1), name))
    return allocation


def strata_of(rest: Sequence[FrameItem], *, by_amount: bool) -> tuple[dict[str, int], dict[str, int]]:
    """Return of each stratum its weight, by items or by amount, and how many items it has."""
    room = Counter(item.stratum for item in rest)
    amounts = dict.fromkeys(room, 0)
    for item in rest:
        amounts[item.stratum] += max(item.amount, 0)
    return (amounts if by_amount else dict(room)), dict(room)


def drawn(
    frame: Sequence[FrameItem], seed: str, size: int, *, above: int = 0, by_amount: bool = False
) -> list[DrawnItem]:
    """Return an attribute sample: all items above the threshold, then so many of the others, by stratum and ticket."""
    certain, others = parted(frame, above)
    drawn_items = [DrawnItem(item, 0) for item in _by_ticket(certain, seed)]
    places = allocated(*strata_of(others, by_amount=by_amount), size)
    ordered: dict[str, list[FrameItem]] = {stratum: [] for stratum in sorted(places)}
    for item in _by_ticket(others, seed):
        ordered[item.stratum].append(item)
    return drawn_items + [
        DrawnItem(item, 1) for stratum, items in ordered.items() for item in items[: places[stratum]]
    ]


def hit(frame: Sequence[FrameItem], seed: str, size: int, *, above: int = 0) -> list[DrawnItem]:
    """Return a monetary-unit sample.

    All items above the threshold, then those that are hit, in the order of first hits. The rest is hit as often as its
    share of the book is of the size, rounded up: an item above the threshold has used the hits that would have been
    its own. Raises ``ValueError`` where an amount is not above 0.
    """
    if any(item.amount <= 0 for item in frame):
        raise ValueError("a monetary-unit sample holds only amounts above zero")
    certain, others = parted(sorted(frame, key=lambda item: item.name), above)
    ends = [0, *accumulate(item.amount for item in others)]
    hits = -(-size * ends[-1] // sum(item.amount for item in frame)) if others else 0
    rupiah = (int(ticket(seed, str(number)), 16) % ends[-1] for number in range(hits))
    times_hit = Counter(others[bisect_right(ends, place) - 1] for place in rupiah)
    drawn_items = [DrawnItem(item, 0) for item in _by_ticket(certain, seed)]
    return drawn_items + [DrawnItem(item, times) for item, times in times_hit.items()]


def _by_ticket(items: Sequence[FrameItem], seed: str) -> list[FrameItem]:
    return sorted(items, key=lambda item: ticket(seed, item.name))
