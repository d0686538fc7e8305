"""One claim under one law: what every benefit family needs to make its lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from events.assessment import Asked, Line
from events.findings import TotalDisability
from services.benefits.award import Ordered, line
from services.benefits.claim import Claim
from services.benefits.coverage import Tenure
from services.benefits.heirs import Heirs, ordered_by
from services.benefits.history import Period
from services.benefits.law import Figure, Law

Opened: TypeAlias = tuple[Claim, Law]
"""A claim that opens the scholarship, and the law of its event."""


class Case:
    """A claim that is to be paid: its law, its membership, its heirs, and the monthly base *w* where it needs one.

    ``income`` is the one declared and the event that says so, None where no benefit is a share of it.
    ``total_disability`` are the events that state one; ``opened_earlier`` gives the claims filed before that open the
    scholarship too, and ``asked`` is what became of asking them.
    """

    def __init__(
        self,
        claim: Claim,
        law: Law,
        period: Period,
        tenure: Tenure,
        orders: Sequence[Ordered],
        membership: tuple[str, ...],
        opened_earlier: Callable[[], Iterable[Opened]],
        *,
        is_death: bool,
        income: tuple[int, str] | None,
    ) -> None:
        """Work out the base, and what left for the participant before a death was known."""
        self.claim, self.law, self.period, self.tenure = claim, law, period, tenure
        self.is_death = is_death
        self.money, self.plain = law.currency.write, law.currency.plain
        self.heirs = Heirs(claim.heirs or (), law.ranks, law.currency, ordered_by(orders))
        self.base, self.base_ref = (law.brackets.base(income[0]), income[1]) if income else (0, "")
        self.facts = (*claim.filing("event_date", "cause"), claim.cause_ref, *membership)
        self.total_disability = tuple(ref for _, ref in claim.stated(TotalDisability))
        self.released = _released_before_death(claim, orders)
        self.opened_earlier = opened_earlier
        self.asked: list[Asked] = []

    def to_heirs(
        self, benefit: str, amount: int, formula: str, figure: Figure, inputs: Sequence[str] = ()
    ) -> list[Line]:
        """Share an amount among the heirs; without heirs it stays with the fund and there is no line."""
        cited = (*self.facts, self.claim.death_ref, self.claim.heirs_ref, *inputs)
        return [
            line(benefit, payee, share, formula + share_text, cited, figure)
            for payee, share, share_text in self.heirs.split(amount)
        ]

    def funeral(self, benefit: str, amount: int, formula: str, figure: Figure) -> list[Line]:
        """Funeral money: to the heirs, or to who arranged the burial where there are none."""
        if self.heirs.paid:
            return self.to_heirs(benefit, amount, formula, figure)
        cited = (*self.facts, self.claim.death_ref, self.claim.heirs_ref, self.claim.burial_ref)
        return [line(benefit, "burial", amount, formula, cited, figure)]

    def in_person(
        self, benefit: str, amount: int, formula: str, figure: Figure, inputs: Sequence[str]
    ) -> list[Line]:
        """Pay the participant; after a death the heirs, less what left before the death was known."""
        if amount <= 0:
            return []
        cited = (*self.facts, *inputs)
        if not self.is_death:
            return [line(benefit, "participant", amount, formula, cited, figure)]
        in_person = min(amount, self.released.get(benefit, 0))
        lines: list[Line] = []
        if in_person:
            self.released[benefit] -= in_person
            lines.append(line(benefit, "participant", in_person, formula, cited, figure))
        if amount > in_person:
            text = f"{formula} − {self.money(in_person)}" if in_person else formula
            lines += self.to_heirs(benefit, amount - in_person, text, figure, inputs)
        return lines


def _released_before_death(claim: Claim, orders: Sequence[Ordered]) -> dict[str, int]:
    released: dict[str, int] = {}
    for order in orders:
        before = 0 < order.released_at < claim.death_position
        if order.payee == "participant" and order.stands and before:
            for benefit, amount in order.lines:
                released[benefit] = released.get(benefit, 0) + amount
    return released
