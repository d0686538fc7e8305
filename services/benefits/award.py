"""What the rules say about one claim, and how award lines are made and shared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from msgspec import Struct

from events.assessment import Line, Outcome, Reason
from events.findings import Heir
from events.values import Programme

if TYPE_CHECKING:
    from services.benefits.currency import Currency
    from services.benefits.rulebook import Figure


class Award(Struct, frozen=True):
    """The rules' answer for one claim; ``missing`` only when waiting, ``reasons`` only when denied or referred."""

    outcome: Outcome
    programme: Programme
    event_date: dt.date
    laws: tuple[str, ...]
    lines: tuple[Line, ...] = ()
    missing: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()


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


class Heirs:
    """The heirs who are paid: the highest rank present, by their shares."""

    def __init__(self, stated: Sequence[Heir], ranks: Mapping[str, int], currency: Currency) -> None:
        """Choose the highest rank that is present; a lower one is paid only when every higher is empty."""
        self._currency = currency
        best = min((ranks[heir.relation] for heir in stated), default=0)
        self.paid = [heir for heir in stated if ranks[heir.relation] == best]

    def split(self, amount: int) -> list[tuple[str, int, str]]:
        """Return (payee, amount, how) for each heir with a share; nothing where there are no heirs.

        By ``share_percent`` if all have one and they sum to 100, else in equal shares; rounded down, the
        remainder to the first named.
        """
        if not self.paid:
            return []
        count = len(self.paid)
        percents = [Decimal(str(h.share_percent)) for h in self.paid if isinstance(h.share_percent, float)]
        if len(percents) == count and sum(percents) == 100:
            shares = [int(amount * percent / 100) for percent in percents]
            how = [f" × {self._currency.plain(percent)}%" for percent in percents]
        else:
            shares = [amount // count] * count
            how = [f" ÷ {count}" if count > 1 else ""] * count
        shares[0] += amount - sum(shares)
        return [
            (f"heir:{heir.heir}", share, text)
            for heir, share, text in zip(self.paid, shares, how, strict=True)
            if share
        ]
