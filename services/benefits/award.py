"""What the rules say about one claim, and how award lines are made."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

import msgspec
from msgspec import Struct

from events.assessment import Basis, Counted, Line, Outcome, Reason
from events.values import Programme
from services.benefits.law import Figure
from services.benefits.ordered import Shares


class Award(Struct, frozen=True):
    """The rules' answer for one claim; ``missing`` only when waiting, ``reasons`` only when denied or referred.

    ``shares`` says by whose shares a death is paid, see ``services.benefits.heirs``. ``basis`` names facts and orders
    only once ``services.benefits.citation`` has found them. ``counted`` is what other claims have paid and counts as ordered
    here; only when due.
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
    known = tuple(dict.fromkeys(ref for ref in inputs if ref))
    return Line(
        benefit,
        payee,
        amount,
        formula,
        known,
        benefit,
        figure.citation,
        figure.confidence,
        figure.reading,
        figure.verified_until,
    )
