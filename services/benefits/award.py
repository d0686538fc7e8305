"""What the rules say about one claim, how award lines are made, and orders as the rules know them."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeAlias

import msgspec
from msgspec import Struct

from events.assessment import Basis, Counted, Line, Outcome, Reason
from events.values import Programme
from services.benefits.law import Figure

Shares: TypeAlias = tuple[tuple[str, str], ...]
"""Payees and what part of one each is paid, as a fraction: ``1/2``."""


class Ordered(Struct, frozen=True, array_like=True):
    """An order as the rules and the next difference need to know it.

    ``account`` is the one in force when it was made, ``released_at`` the position at which it left
    (0: it has not), ``made_at`` the position of the fact that made it due: what was reported under its number
    before is about no order. ``day`` is the civil date from which its days count,
    that of the fact ``started_by``, ``shares`` are those by which a death
    was paid then, ``rests_on`` the findings of death, heirs and cause that its lines cite. ``amount`` and ``lines`` are
    what is in force of it, ``moved`` what came back and was ordered again. ``approved_by`` is the token of the person
    with whose approval it may leave, ``refused_by`` of the one who does not let it. A cancelled order, and one that
    was ordered again as a whole, is no longer in force.
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
    approved_by: str = ""
    refused_by: str = ""

    @property
    def stands(self) -> bool:
        """Whether the order still counts toward what has been ordered."""
        return not self.cancelled and self.amount > 0


class Award(Struct, frozen=True):
    """The rules' answer for one claim; ``missing`` only when waiting, ``reasons`` only when denied or referred.

    ``shares`` says by whose shares a death is paid, see ``services.benefits.heirs``. ``basis`` names facts and orders
    only once ``services.benefits.citation`` has found them. ``counted`` is what other claims have paid and counts as
    ordered here; only when due.
    """

    outcome: Outcome
    programme: Programme
    event_date: dt.date
    laws: tuple[str, ...]
    lines: tuple[Line, ...] = ()
    missing: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    shares: Shares = ()
    basis: Basis = Basis()
    counted: tuple[Counted, ...] = ()

    @property
    def digest(self) -> bytes:
        """What tells this award from another: 16 bytes of a hash of all that it says."""
        return hashlib.sha256(msgspec.msgpack.encode(self)).digest()[:16]

    @property
    def left(self) -> dict[str, int]:
        """What is due to each payee and has been paid in no other claim."""
        due: dict[str, int] = {}
        for one in self.lines:
            due[one.payee] = due.get(one.payee, 0) + one.amount
        for paid in self.counted:
            if paid.payee in due:
                due[paid.payee] = max(0, due[paid.payee] - paid.amount)
        return due


def whole(amount: Decimal) -> int:
    """Round to whole money, half up, once per line."""
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def weakest(*confidences: str) -> str:
    """Return the least sure of several: found, sources conflict, from memory, design decision."""
    return max(confidences, key="FCMD".index)


def line(benefit: str, payee: str, amount: int, formula: str, inputs: Sequence[str], figure: Figure) -> Line:
    """Make one award line; the citation, confidence and reading are those of the figure it rests on."""
    refs = tuple(dict.fromkeys(ref for ref in inputs if ref))
    return Line(
        benefit,
        payee,
        amount,
        formula,
        refs,
        benefit,
        figure.citation,
        figure.confidence,
        figure.reading,
        figure.verified_until,
    )
