"""Doubts about who is paid.

Heirs that changed after an order, a payee who is the deceased, a return that says too little. An approval lifts such a
doubt only if it is later in the ledger than the fact since which the doubt holds as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from events.assessment import Line
from services.benefits.award import Ordered, Shares
from services.benefits.claim import Claim
from services.benefits.doubts import lifted
from services.benefits.heirs import BURIAL, Heirs, ordered_by
from services.benefits.history import History
from services.benefits.insured_event import InsuredEvent
from services.benefits.law import Law

PAYEE_REASONS = frozenset(("heirs-changed", "payee-is-deceased", "return-unclear"))
"""Reasons that this module gives, each only where no approval lifts it."""


class PayeeDoubt(NamedTuple):
    """The code of a reason, the events that say so, the payees or orders that it is about, and whether it is lifted."""

    code: str
    inputs: tuple[str, ...]
    about: tuple[str, ...]
    lifted: bool = False


def shares_of(claim: Claim, insured_event: InsuredEvent, law: Law, before: Shares = ()) -> Shares:
    """Return by whose shares a death is paid according to the facts so far.

    None while that is not known, or for no death. The same persons and shares as ``before`` stay in the order of then,
    as in ``Heirs``.
    """
    if not insured_event.is_death or claim.heirs is None:
        return ()
    shares = Heirs(claim.heirs, law.ranks, law.currency, before).shares
    return shares or (BURIAL if claim.has_burial and insured_event.programme.pays_funeral else ())


def payee_doubts(
    history: History,
    claim: Claim,
    insured_event: InsuredEvent,
    law: Law,
    lines: Sequence[Line],
    orders: Sequence[Ordered],
) -> Iterator[PayeeDoubt]:
    """Yield what a person must look at before anybody is paid, also what an approval lifts."""
    for now_lifted in (False, True):
        examined = claim.orders_at_approval("return-unclear", orders) if now_lifted else orders
        unclear = {o.order: f for o in examined if o.stands and (f := _unclear(claim, o, lifted=now_lifted))}
        if unclear:
            refs = (f.ref for order, at in unclear.items() for f in claim.bank[order] if f.position in at)
            yield PayeeDoubt("return-unclear", tuple(refs), tuple(unclear), now_lifted)
    if not insured_event.is_death:
        return
    before = dict(ordered_by(orders))
    then = dict(ordered_by(claim.orders_at_approval("heirs-changed", orders)))
    now = dict(shares_of(claim, insured_event, law)) if before or then else {}

    def as_now(_: History, earlier: Claim) -> bool:
        return dict(shares_of(earlier, insured_event, law)) == now

    differs = bool(before) and before != now
    if differs or (then and then != now):
        approved = lifted(history, claim, "heirs-changed", as_now)
        if differs or approved:
            inputs = (claim.heirs_ref, "" if claim.heirs else claim.burial_ref)
            yield PayeeDoubt("heirs-changed", inputs, tuple(now), approved)
    payees = dict.fromkeys(line.payee for line in lines)
    dead = [payee for payee in payees if payee != "participant" and is_deceased(claim, payee)]
    for approved in (False, True):
        doubtful = [p for p in dead if lifted(history, claim, "payee-is-deceased", _deceased(p)) is approved]
        if doubtful:
            stated = tuple(claim.persons[payee].ref for payee in doubtful)
            yield PayeeDoubt("payee-is-deceased", stated, tuple(doubtful), approved)


def _unclear(claim: Claim, order: Ordered, *, lifted: bool) -> set[int]:
    """Return the positions of an order's unclear returns, those that an approval lifts or the others."""
    if order.order not in claim.bank:
        return set()
    unclear_positions = set(claim.settlement(order).unclear)
    return (
        set(claim.settlement(order, approved=-1).unclear) - unclear_positions if lifted else unclear_positions
    )


def is_deceased(claim: Claim, payee: str) -> bool:
    """Whether a payee or its guardian has the NIK of the participant."""
    person = claim.persons.get(payee)
    return person is not None and claim.filed.nik in person.niks


def _deceased(payee: str) -> Callable[[History, Claim], bool]:
    return lambda _, claim: is_deceased(claim, payee)
