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
        """The claim; one that is not known stands as nothing at all."""
        return self.result.claims.get(self.number, UNKNOWN)


UNKNOWN = ClaimView("unknown", "", {}, 0, 0, (), (), ())

Got: TypeAlias = ClaimView | int | tuple[str, ...] | tuple[dt.date, ...] | None
"""What came instead: a claim, rupiah, codes or days; nothing where the expectation is met."""


@expectation(
    "[klaim ]diperintahkan bayar {amount:rupiah}", "[the claim ]is ordered to be paid {amount:rupiah}"
)
def ordered(seen: Seen, amount: int) -> Got:
    """The claim is ordered, and its standing orders sum to this."""
    return None if (seen.claim.status, seen.claim.ordered) == ("ordered", amount) else seen.claim


@expectation("tidak ada yang dibayarkan", "nothing is payable")
def nothing(seen: Seen) -> Got:
    """The claim is decided, and there is nothing to order."""
    return (
        None
        if (seen.claim.status, seen.claim.ordered, seen.claim.entitled) == ("ordered", 0, {})
        else seen.claim
    )


@expectation("klaim lunas {amount:rupiah}", "the claim is settled with {amount:rupiah}")
def settled(seen: Seen, amount: int) -> Got:
    """Every order was paid exactly, together this much."""
    claim = seen.claim
    return None if (claim.status, claim.ordered, claim.paid) == ("paid", amount, amount) else claim


@expectation("klaim menunggu {missing:missing}", "the claim waits for {missing:missing}")
def waiting(seen: Seen, missing: Sequence[str]) -> Got:
    """The claim waits for this and nothing else."""
    claim = seen.claim
    return None if (claim.status, set(claim.missing)) == ("waiting", set(missing)) else claim


@expectation("klaim dirujuk karena {reasons:reasons}", "the claim is referred because {reasons:reasons}")
def referred(seen: Seen, reasons: Sequence[str]) -> Got:
    """A person must decide, for these reasons and no others."""
    claim = seen.claim
    return None if (claim.status, set(claim.reasons)) == ("referred", set(reasons)) else claim


@expectation("klaim ditolak karena {reasons:reasons}", "the claim is denied because {reasons:reasons}")
def denied(seen: Seen, reasons: Sequence[str]) -> Got:
    """The claim is denied, for these reasons and no others."""
    claim = seen.claim
    return None if (claim.status, set(claim.reasons)) == ("denied", set(reasons)) else claim


@expectation("klaim ditarik", "the claim is withdrawn")
def withdrawn(seen: Seen) -> Got:
    """The claim was withdrawn."""
    return None if seen.claim.status == "withdrawn" else seen.claim


@expectation("pengajuan klaim tercatat dicabut", "the filing is shown as taken back")
def taken_back(seen: Seen) -> Got:
    """The filing no longer counts: nothing is missing, no reason is given, nothing is due."""
    claim = seen.claim
    bare = not (claim.missing or claim.reasons or claim.entitled)
    return None if claim.status == "retracted" and bare else claim


@expectation("klaim tidak dikenal", "the claim is not known")
def unknown(seen: Seen) -> Got:
    """No claim of this number is shown."""
    return None if seen.claim is UNKNOWN else seen.claim


@expectation("programnya {programme:programme}", "its programme is {programme:programme}")
def programme(seen: Seen, programme: str) -> Got:
    """The programme by which the claim is judged."""
    return None if seen.claim.programme == programme else seen.claim


@expectation("{benefit:benefit} {amount:rupiah}", "{benefit:benefit} is {amount:rupiah}")
def benefit(seen: Seen, benefit: str, amount: int) -> Got:
    """The entitlement under one benefit, over all payees."""
    got = seen.claim.entitled.get(_full(seen, benefit), 0)
    return None if got == amount else got


@expectation("tidak ada {benefit:benefit}", "there is no {benefit:benefit}")
def no_benefit(seen: Seen, benefit: str) -> Got:
    """Nothing is due under one benefit."""
    return seen.claim.entitled.get(_full(seen, benefit)) if seen.claim is not UNKNOWN else UNKNOWN


def _full(seen: Seen, benefit: str) -> str:
    if benefit in ("death", "periodic", "funeral"):
        return f"{seen.claim.programme.lower()}.{benefit}"
    return benefit


@expectation(
    "ahli waris {heir:called} menerima {amount:rupiah}", "the heir {heir:called} receives {amount:rupiah}"
)
def heir_receives(seen: Seen, heir: str, amount: int) -> Got:
    """The standing orders for one heir."""
    return _receives(seen, f"heir:{heir}", amount)


@expectation("ahli waris {heir:called} tidak menerima", "the heir {heir:called} receives nothing")
def heir_receives_nothing(seen: Seen, heir: str) -> Got:
    """No order stands for one heir."""
    return _receives(seen, f"heir:{heir}", 0)


@expectation(
    "anak {child:child} menerima {amount:rupiah}", "the child {child:called} receives {amount:rupiah}"
)
def child_receives(seen: Seen, child: str, amount: int) -> Got:
    """The standing orders for one child's schooling."""
    return _receives(seen, f"child:{child}", amount)


@expectation("peserta menerima {amount:rupiah}", "the participant receives {amount:rupiah}")
def participant_receives(seen: Seen, amount: int) -> Got:
    """The standing orders for the participant in person."""
    return _receives(seen, "participant", amount)


@expectation(
    "pengurus pemakaman menerima {amount:rupiah}", "who arranged the burial receives {amount:rupiah}"
)
def burial_receives(seen: Seen, amount: int) -> Got:
    """The standing orders for who arranged the burial."""
    return _receives(seen, "burial", amount)


@expectation(
    "pengobatan {item:name} dibayar {amount:rupiah}", "treatment {item:name} is paid {amount:rupiah}"
)
def treatment_paid(seen: Seen, item: str, amount: int) -> Got:
    """The standing orders for who gave one treatment."""
    return _receives(seen, f"provider:{item}", amount)


def _receives(seen: Seen, payee: str, amount: int) -> Got:
    if seen.claim is UNKNOWN:
        return UNKNOWN
    got = sum(order.amount for order in seen.claim.orders if order.payee == payee)
    return None if got == amount else got


@expectation("perintah {order:order} sebesar {amount:rupiah}", "order {order:order} is {amount:rupiah}")
def order_of(seen: Seen, order: str, amount: int) -> Got:
    """One order that stands."""
    got = sum(standing.amount for standing in seen.claim.orders if standing.order == order)
    return None if got == amount else got


@expectation("perintah {order:order} batal", "order {order:order} does not stand")
def order_gone(seen: Seen, order: str) -> Got:
    """An order that was cancelled, or ordered again, or never made."""
    return next((standing.amount for standing in seen.claim.orders if standing.order == order), None)


@expectation("jatuh tempo {due_on:date}", "it is due on {due_on:date}")
def due(seen: Seen, due_on: dt.date) -> Got:
    """The due date of the newest order that stands."""
    days = tuple(dt.date.fromisoformat(order.due_on) for order in seen.claim.orders)
    return None if days and days[-1] == due_on else days


@expectation("sudah dibayar {amount:rupiah}", "{amount:rupiah} has been paid")
def already_paid(seen: Seen, amount: int) -> Got:
    """What the bank has paid on standing orders."""
    return None if seen.claim.paid == amount else seen.claim.paid


@expectation("kelebihan bayar {amount:rupiah}", "{amount:rupiah} is overpaid")
def overpaid(seen: Seen, amount: int) -> Got:
    """What was released beyond the present entitlement."""
    return None if seen.claim.overpaid == amount else seen.claim.overpaid


@expectation("dokumen ditolak: {codes:refusals}", "documents are refused: {codes:refusals}")
def refused(seen: Seen, codes: Sequence[str]) -> Got:
    """Documents were refused at admission so far, for these reasons; anything else refused fails a scenario."""
    got = tuple(refusal.code for refusal in seen.result.refused)
    return None if sorted(got) == sorted(codes) else got
