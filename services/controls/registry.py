"""Every control, once; what each means is in the texts under its name."""

from __future__ import annotations

from services.controls import accounts, bills, children, concentration, deaths, duplicates, orders, reporting
from services.controls.hits import Control, Measured

CONTROLS: tuple[Control, ...] = (
    Control("duplicate-person", duplicates.duplicate_persons, Measured(10, 8, 6), opens="identities"),
    Control("paid-after-death", deaths.paid_after_death),
    Control("contributions-for-the-dead", deaths.contributions_for_the_dead),
    Control("death-soon-after-enrolment", deaths.death_soon_after_enrolment),
    Control("enrolled-after-the-event", deaths.enrolled_after_the_event),
    Control("one-account-several-families", accounts.one_account_several_families),
    Control("account-changed-before-payment", accounts.account_changed_before_payment),
    Control("verified-by-who-filed", reporting.verified_by_who_filed),
    Control("incomplete-evidence", orders.incomplete_evidence),
    Control("paid-not-ordered", orders.paid_not_ordered),
    Control("paid-twice", orders.paid_twice),
    Control("late", orders.late),
    Control("backdated", reporting.backdated),
    Control("silent-agency", reporting.silent_agency),
    Control("split-claims", concentration.split_claims),
    Control("gathered-filings", concentration.gathered_filings, Measured(14, 20, 14)),
    Control("gathered-reviews", concentration.gathered_reviews, Measured(9, 9, 9), opens="officers"),
    Control("contradictory-findings", reporting.contradictory_findings),
    Control("repeated-or-round-amounts", bills.repeated_or_round_amounts, Measured(15, 20, 15)),
    Control("first-digits", bills.first_digits, Measured(1, 1, 1)),
    Control("overlapping-care", bills.overlapping_care),
    Control("one-child-two-labels", children.one_child_two_labels),
    Control("account-changed-after-payment", accounts.account_changed_after_payment),
    Control("several-claims-for-one-event", concentration.several_claims_for_one_event),
)
"""In the order in which they are shown."""


def control(name: str) -> Control | None:
    """Return the control of a name, or of its number in the list, which counts from 1."""
    return next((one for n, one in enumerate(CONTROLS, 1) if name in (one.name, str(n))), None)
