"""One claim under one law: what every benefit family needs to make its lines."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from events.assessment import Line
from services.benefits.award import Heirs, line, rupiah
from services.benefits.calendar import month_of
from services.benefits.coverage import Tenure
from services.benefits.facts import Ordered
from services.benefits.history import Claim, History, Period
from services.benefits.rulebook import Figure, Law


class Case:
    """A claim that is to be paid: its law, its membership, its heirs, and the monthly base *w* in rupiah."""

    def __init__(
        self,
        history: History,
        claim: Claim,
        law: Law,
        period: Period,
        tenure: Tenure,
        orders: Sequence[Ordered],
        membership: tuple[str, ...],
    ) -> None:
        """Work out the base, and what left the house for the participant before a death was known."""
        self.claim, self.law, self.period, self.tenure = claim, law, period, tenure
        self.heirs = Heirs(claim.heirs or (), law.ranks)
        income, declared = history.income_in(month_of(claim.event_date))
        self.base = law.brackets.base(income)
        self.base_ref = declared
        self.membership = membership
        self.facts = (claim.filed.ref, claim.cause_ref, *membership)
        self.released = _released_before_death(claim, orders)

    def multiple(self, percent: Decimal) -> Decimal:
        """Return ``percent`` of 80 times the monthly base, exact."""
        return percent / 100 * self.law["jkk.multiple"].decimal * self.base

    def to_heirs(
        self, benefit: str, amount: int, formula: str, figure: Figure, inputs: Sequence[str] = ()
    ) -> list[Line]:
        """Share an amount among the heirs; without heirs it stays with the fund and there is no line."""
        cited = (*self.facts, self.claim.death_ref, self.claim.heirs_ref, *inputs)
        return [
            line(benefit, payee, share, formula + how, cited, benefit, figure)
            for payee, share, how in self.heirs.split(amount)
        ]

    def funeral(self, benefit: str) -> list[Line]:
        """Funeral money: to the heirs, or to who arranged the burial where there are none."""
        figure = self.law[benefit]
        if self.heirs.paid:
            return self.to_heirs(benefit, figure.whole, rupiah(figure.whole), figure)
        cited = (*self.facts, self.claim.death_ref, self.claim.heirs_ref, self.claim.burial_ref)
        return [line(benefit, "burial", figure.whole, rupiah(figure.whole), cited, benefit, figure)]

    def in_person(
        self, benefit: str, amount: int, formula: str, figure: Figure, inputs: Sequence[str]
    ) -> list[Line]:
        """Pay the participant; after a death the heirs, less what left the house before the death was known."""
        if amount <= 0:
            return []
        cited = (*self.facts, *inputs)
        if not self.claim.is_death:
            return [line(benefit, "participant", amount, formula, cited, benefit, figure)]
        kept = min(amount, self.released.get(benefit, 0))
        lines: list[Line] = []
        if kept:
            self.released[benefit] -= kept
            lines.append(line(benefit, "participant", kept, formula, cited, benefit, figure))
        if amount > kept:
            text = f"{formula} − {rupiah(kept)}" if kept else formula
            lines += self.to_heirs(benefit, amount - kept, text, figure, inputs)
        return lines


def _released_before_death(claim: Claim, orders: Sequence[Ordered]) -> dict[str, int]:
    released: dict[str, int] = {}
    for order in orders:
        before = 0 < order.released_at < claim.death_position
        if order.payee == "participant" and order.stands and before:
            for benefit, amount in order.lines:
                released[benefit] = released.get(benefit, 0) + amount
    return released
