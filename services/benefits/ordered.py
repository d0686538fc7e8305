"""Orders as the rules know them: what is in force of each, and what it was made by."""

from __future__ import annotations

import datetime as dt
from typing import TypeAlias

from msgspec import Struct

Shares: TypeAlias = tuple[tuple[str, str], ...]
"""Payees and what part of one each is paid, as a fraction: ``1/2``."""


class Ordered(Struct, frozen=True, array_like=True):
    """An order as the rules and the next difference need to know it.

    ``account`` is the one in force when it was made, ``released_at`` the position at which it left
    (0: it has not), ``made_at`` the position of the fact that made it due: what was reported under its number
    before is about no order. ``day`` is the civil date from which its days count,
    that of the fact ``started_by``, ``shares`` are those by which a death
    was paid then, ``rests_on`` the findings of death, heirs and cause that its lines cite. ``amount`` and ``lines`` are
    what is in force of it, ``moved`` what came back and was ordered again. A cancelled order, and one that was ordered again
    as a whole, is no longer in force.
    """

    order: str
    payee: str
    lines: tuple[tuple[str, int], ...]
    amount: int
    due_on: dt.date
    account: str
    released_at: int = 0
    cancelled: bool = False
    made_at: int = 0
    day: dt.date = dt.date.min
    shares: Shares = ()
    rests_on: tuple[tuple[str, str], ...] = ()
    moved: int = 0
    started_by: str = ""

    @property
    def stands(self) -> bool:
        """Whether the order still counts toward what has been ordered."""
        return not self.cancelled and self.amount > 0
