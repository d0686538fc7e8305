"""Why a claim is not payable, or not in full, with the numbers that say by how much."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import NamedTuple

from msgspec import Struct

from events.assessment import Reason
from events.values import month_text
from services.benefits.award import Award, Ordered
from services.benefits.calendar import add_months, first_day, month_of
from services.benefits.claim import Claim
from services.benefits.coverage import Tenure
from services.benefits.heirs import ordered_by
from services.benefits.history import History
from services.benefits.law import Law
from services.benefits.payees import PAYEE_REASONS
from services.benefits.scheme import Programme
from services.explanation.changes import Numbers
from services.explanation.membership import Membership
from services.explanation.quotations import Quotation, Quotations


class Obstacle(Struct, frozen=True):
    """One thing in the way: a code of ``missing``, of a reason, or ``limited``; what fills its words; who says so."""

    code: str
    says: Numbers = {}
    inputs: tuple[str, ...] = ()
    quotation: Quotation | None = None


class JudgedClaim(NamedTuple):
    """A claim with all by which it was judged; it gives the numbers of each reason."""

    history: History
    claim: Claim
    award: Award
    law: Law
    programme: Programme
    membership: Membership | None
    orders: Sequence[Ordered]

    @property
    def day(self) -> dt.date:
        """The day of the event."""
        return self.award.event_date

    def says(self, reason: Reason) -> Numbers:
        """Return what fills the words of a reason."""
        if reason.code == "already-claimed":
            filed = {claim.filed.ref: claim.number for claim in self.history.claims.values()}
            return {"other": filed.get(reason.inputs[0], "?")}
        if reason.code in _OF_OTHERS:
            return {
                "others": tuple(other.claim for other in reason.others),
                "about": reason.about,
                "amount": sum(other.amount for other in reason.others),
            }
        if reason.code in PAYEE_REASONS:
            return self.payees(reason)
        tell = _NUMBERS.get(reason.code)
        return tell(self) if tell else {}

    def payees(self, reason: Reason) -> Numbers:
        """Return whom or which orders a doubt about payees is about, and for whom was ordered before."""
        if reason.code == "return-unclear":
            return {"orders": reason.about}
        return {"payees": reason.about, "before": tuple(payee for payee, _ in ordered_by(self.orders))}

    def months(self) -> Numbers:
        """Return how far behind the contributions are, or how late that of the month was paid."""
        membership = self.membership
        if membership is None:
            return {}
        days = (membership.paid_on - self.day).days if membership.paid_on else 0
        return {
            "gap": membership.gap,
            "most": membership.most_arrears,
            "month": membership.month,
            "last": membership.last_paid,
            "days": days,
            "paid_on": membership.paid_on.isoformat() if membership.paid_on else "",
        }

    def period(self) -> Numbers:
        """Return how far the event lies outside the membership, and what that names."""
        membership = self.membership
        if membership is None:
            return {}
        ended = membership.ended_on
        return {
            "starts_on": membership.starts_on.isoformat(),
            "before": (membership.starts_on - self.day).days,
            "ended_on": ended.isoformat() if ended else "",
            "after": (self.day - ended).days if ended else 0,
            "programmes": membership.programmes,
        }

    def first_months(self) -> Numbers:
        """Return the numbers of the waiting months: so many of so many paid, so many days too early."""
        membership = self.membership
        if membership is None or membership.full_from is None:
            return {}
        tenure = Tenure(membership.counts_from, membership.paid_months)
        early = (
            0
            if tenure.reached(self.day, membership.waiting_months)
            else (membership.full_from - self.day).days
        )
        only = tuple(benefit.code for benefit in self.programme.benefit if benefit.from_first_day)
        return {
            "only": only,
            "paid": membership.paid_months,
            "needed": membership.waiting_months,
            "full_from": membership.full_from.isoformat(),
            "early": early,
        }

    def filed_after(self) -> Numbers:
        """Return how long after the limit the claim was filed."""
        filing = self.programme.filing
        if not filing:
            return {}
        years = self.law.whole(filing.years)
        last = add_months(self.day, 12 * years)
        filed: dt.date = self.claim.filed.day
        return {
            "years": years,
            "last": last.isoformat(),
            "filed": filed.isoformat(),
            "days": (filed - last).days,
        }

    def raised(self) -> Numbers:
        """Return from which base to which the income was raised, and how long before the event."""
        month = month_of(self.day)
        while not self.history.declared_from(month):
            month -= 1
        brackets = self.law.brackets
        return {
            "month": month_text(month),
            "days": (self.day - first_day(month)).days,
            "from": brackets.base(self.history.income_in(month - 1)[0]),
            "to": brackets.base(self.history.income_in(month)[0]),
        }


def obstacles(judged: JudgedClaim, quotations: Quotations, *, limited: bool) -> tuple[Obstacle, ...]:
    """Return everything that prevents a full payment now; nothing for a claim that is due in full."""
    award, first_months = judged.award, judged.programme.first_months
    all_obstacles = [Obstacle(code) for code in award.missing]
    all_obstacles += (
        Obstacle(reason.code, judged.says(reason), reason.inputs, quotations.of_reason(reason))
        for reason in award.reasons
    )
    if limited:
        quotation = quotations.of_figure(first_months, judged.law)
        all_obstacles.append(Obstacle("limited", judged.first_months(), (), quotation))
    for order in judged.orders:
        if award.outcome == "due" and (back := judged.claim.open_of(order)):
            all_obstacles.append(Obstacle("payment-returned", {"order": order.order, "amount": back}))
    return tuple(all_obstacles)


_OF_OTHERS = ("child-unclear", "item-repeated", "paid-before", "same-accident")
"""Reasons that name other claims, or items and children of this one."""

_NUMBERS: dict[str, Callable[[JudgedClaim], Numbers]] = {
    "in-arrears": JudgedClaim.months,
    "coverage-lapsed": JudgedClaim.months,
    "paid-after-event": JudgedClaim.months,
    "not-yet-covered": JudgedClaim.period,
    "coverage-ended": JudgedClaim.period,
    "not-insured": JudgedClaim.period,
    "three-month-boundary": JudgedClaim.first_months,
    "claim-lapsed": JudgedClaim.filed_after,
    "filed-late": JudgedClaim.filed_after,
    "income-raised": JudgedClaim.raised,
}
