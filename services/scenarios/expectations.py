"""Sentences that say what must come of the facts (Maka). Each returns what came instead, or nothing if it came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TypeAlias

from msgspec import Struct

from services.adjudication.replay import ClaimView, ReplayResult
from services.scenarios.sentences import expectation


class Seen(Struct, frozen=True):
    """What is known when an expectation is held against it: everything, and the claim that is spoken of."""

    result: ReplayResult
    number: str

    @property
    def claim(self) -> ClaimView:
        """The claim; ``UNKNOWN`` where no claim has this number."""
        return self.result.claims.get(self.number, UNKNOWN)


UNKNOWN = ClaimView("unknown", "", {}, 0, 0, (), (), ())

Got: TypeAlias = ClaimView | int | tuple[str, ...] | tuple[dt.date, ...] | None
"""What came instead: a claim, rupiah, codes or days; nothing where the expectation is met."""


@expectation
def ordered(seen: Seen, amount: int) -> Got:
    """The claim is ordered, and its standing orders sum to this."""
    return None if (seen.claim.status, seen.claim.ordered) == ("ordered", amount) else seen.claim


@expectation
def nothing(seen: Seen) -> Got:
    """The claim is decided, and there is nothing to order."""
    return (
        None
        if (seen.claim.status, seen.claim.ordered, seen.claim.entitled) == ("ordered", 0, {})
        else seen.claim
    )


@expectation
def settled(seen: Seen, amount: int) -> Got:
    """Every order was paid exactly, together this much."""
    claim = seen.claim
    return None if (claim.status, claim.ordered, claim.paid) == ("paid", amount, amount) else claim


@expectation
def waiting(seen: Seen, missing: Sequence[str]) -> Got:
    """The claim waits for this and nothing else."""
    claim = seen.claim
    return None if (claim.status, set(claim.missing)) == ("waiting", set(missing)) else claim


@expectation
def referred(seen: Seen, reasons: Sequence[str]) -> Got:
    """A person must decide, for these reasons and no others."""
    claim = seen.claim
    return None if (claim.status, set(claim.reasons)) == ("referred", set(reasons)) else claim


@expectation
def denied(seen: Seen, reasons: Sequence[str]) -> Got:
    """The claim is denied, for these reasons and no others."""
    claim = seen.claim
    return None if (claim.status, set(claim.reasons)) == ("denied", set(reasons)) else claim


@expectation
def withdrawn(seen: Seen) -> Got:
    """The claim was withdrawn."""
    return None if seen.claim.status == "withdrawn" else seen.claim


@expectation
def taken_back(seen: Seen) -> Got:
    """The filing no longer counts: nothing is missing, no reason is given, nothing is due."""
    claim = seen.claim
    bare = not (claim.missing or claim.reasons or claim.entitled)
    return None if claim.status == "retracted" and bare else claim


@expectation
def unknown(seen: Seen) -> Got:
    """No claim of this number is shown."""
    return None if seen.claim is UNKNOWN else seen.claim


@expectation
def programme(seen: Seen, programme: str) -> Got:
    """The programme by which the claim is judged."""
    return None if seen.claim.programme == programme else seen.claim


@expectation
def benefit(seen: Seen, benefit: str, amount: int) -> Got:
    """The entitlement under one benefit, over all payees."""
    sum_due = seen.claim.entitled.get(_full(seen, benefit), 0)
    return None if sum_due == amount else sum_due


@expectation
def no_benefit(seen: Seen, benefit: str) -> Got:
    """Nothing is due under one benefit."""
    return seen.claim.entitled.get(_full(seen, benefit)) if seen.claim is not UNKNOWN else UNKNOWN


def _full(seen: Seen, benefit: str) -> str:
    if benefit in ("death", "periodic", "funeral"):
        return f"{seen.claim.programme.lower()}.{benefit}"
    return benefit


@expectation
def heir_receives(seen: Seen, heir: str, amount: int) -> Got:
    """The standing orders for one heir."""
    return _receives(seen, f"heir:{heir}", amount)


@expectation
def heir_receives_nothing(seen: Seen, heir: str) -> Got:
    """One heir has no order in force."""
    return _receives(seen, f"heir:{heir}", 0)


@expectation
def child_receives(seen: Seen, child: str, amount: int) -> Got:
    """The standing orders for one child's schooling."""
    return _receives(seen, f"child:{child}", amount)


@expectation
def participant_receives(seen: Seen, amount: int) -> Got:
    """The standing orders for the participant in person."""
    return _receives(seen, "participant", amount)


@expectation
def burial_receives(seen: Seen, amount: int) -> Got:
    """The standing orders for who arranged the burial."""
    return _receives(seen, "burial", amount)


@expectation
def treatment_paid(seen: Seen, item: str, amount: int) -> Got:
    """The standing orders for who gave one treatment."""
    return _receives(seen, f"provider:{item}", amount)


def _receives(seen: Seen, payee: str, amount: int) -> Got:
    if seen.claim is UNKNOWN:
        return UNKNOWN
    sum_ordered = sum(order.amount for order in seen.claim.orders if order.payee == payee)
    return None if sum_ordered == amount else sum_ordered


@expectation
def order_of(seen: Seen, order: str, amount: int) -> Got:
    """One order in force."""
    sum_ordered = sum(standing.amount for standing in seen.claim.orders if standing.order == order)
    return None if sum_ordered == amount else sum_ordered


@expectation
def order_gone(seen: Seen, order: str) -> Got:
    """An order that was cancelled, or ordered again, or never made."""
    return next((standing.amount for standing in seen.claim.orders if standing.order == order), None)


@expectation
def due(seen: Seen, due_on: dt.date) -> Got:
    """The due date of the newest order in force."""
    days = tuple(dt.date.fromisoformat(order.due_on) for order in seen.claim.orders)
    return None if days and days[-1] == due_on else days


@expectation
def already_paid(seen: Seen, amount: int) -> Got:
    """What the bank has paid on standing orders."""
    return None if seen.claim.paid == amount else seen.claim.paid


@expectation
def overpaid(seen: Seen, amount: int) -> Got:
    """What was released beyond the present entitlement."""
    return None if seen.claim.overpaid == amount else seen.claim.overpaid


@expectation
def refused(seen: Seen, codes: Sequence[str]) -> Got:
    """Documents were refused at admission so far, for these reasons; anything else refused fails a scenario."""
    refused_codes = tuple(refusal.code for refusal in seen.result.refused)
    return None if sorted(refused_codes) == sorted(codes) else refused_codes
