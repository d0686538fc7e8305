"""By whose shares a death is paid: the heirs of the highest rank present, or who arranged the burial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from events.findings import Heir
from services.benefits.award import Ordered, Shares
from services.benefits.law import Currency

BURIAL: Shares = (("burial", "1"),)
"""Where there are no heirs."""


class Heirs:
    """The heirs who are paid: the highest rank present, by their shares.

    ``before`` are the shares of the orders in force: the same persons with the same shares in another
    order of the list stay in the order of then, so that the remainder stays with who has it.
    """

    def __init__(
        self, stated: Sequence[Heir], ranks: Mapping[str, int], currency: Currency, before: Shares = ()
    ) -> None:
        """Choose the highest rank that is present; a lower one is paid only when every higher is empty."""
        self._currency = currency
        best = min((ranks[heir.relation] for heir in stated), default=0)
        self.paid = [heir for heir in stated if ranks[heir.relation] == best]
        self._percents = _percents(self.paid)
        if before and before != self.shares and dict(before) == dict(self.shares):
            place = {payee: index for index, (payee, _) in enumerate(before)}
            self.paid.sort(key=lambda heir: place.get(f"heir:{heir.heir}", len(place)))
            self._percents = _percents(self.paid)

    @property
    def shares(self) -> Shares:
        """Payee and share of each who is paid, as a fraction of one."""
        parts = zip(self.paid, self._parts(), strict=True)
        return tuple((f"heir:{heir.heir}", str(part)) for heir, part in parts if part)

    def split(self, amount: int) -> list[tuple[str, int, str]]:
        """Return (payee, amount, how) for each heir with a share; nothing where there are no heirs.

        By ``share_percent`` if all have one and they sum to 100, else in equal shares; rounded down, the
        remainder to the first named.
        """
        if not self.paid:
            return []
        count = len(self.paid)
        if self._percents:
            share_texts = [f" × {self._currency.plain(percent)}%" for percent in self._percents]
        else:
            share_texts = [f" ÷ {count}" if count > 1 else ""] * count
        shares = [amount * part.numerator // part.denominator for part in self._parts()]
        shares[0] += amount - sum(shares)
        return [
            (f"heir:{heir.heir}", share, text)
            for heir, share, text in zip(self.paid, shares, share_texts, strict=True)
            if share
        ]

    def _parts(self) -> list[Fraction]:
        if self._percents:
            return [Fraction(percent) / 100 for percent in self._percents]
        return [Fraction(1, len(self.paid))] * len(self.paid) if self.paid else []


def _percents(heirs: Sequence[Heir]) -> list[Decimal]:
    """Return the percentages stated, if all have one and they sum to 100."""
    stated = [Decimal(str(heir.share_percent)) for heir in heirs if isinstance(heir.share_percent, float)]
    return stated if len(stated) == len(heirs) and sum(stated) == 100 else []


def ordered_by(orders: Sequence[Ordered]) -> Shares:
    """Return the shares by which a claim last ordered; none while no order to an heir or for a burial is in force."""
    if not orders:
        return ()
    if not any(order.stands and order.payee.partition(":")[0] in ("heir", "burial") for order in orders):
        return ()
    return next((order.shares for order in reversed(orders) if order.shares), ())
