"""What a claim's state comes to: its status, the balance of each order, and its sums.

Orders are compared with what the bank reported; a statement that was taken back does not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias, get_args

from msgspec import Struct
from msgspec.structs import replace

from events import payment_matching
from events.retraction import Struck
from projections.claim_records import OrderRecord, StatementRecord
from projections.claim_state import ClaimState, taken_back
from projections.claim_steps import civil
from projections.sums import Sums, matched, sums_of

Status: TypeAlias = Literal["waiting", "referred", "denied", "ordered", "paid", "withdrawn", "retracted"]
STATUSES: tuple[Status, ...] = get_args(Status)
WAITING, REFERRED, _, ORDERED, PAID, _, RETRACTED = STATUSES
UNDECIDED = (WAITING, REFERRED)
"""The statuses of claims to which nothing is due until something comes or somebody decides."""


class OrderBalance(Struct, frozen=True):
    """An order and its state: ``state`` one of ``ORDER_STATES``; rupiah ``paid`` that have not come back, and ``open``.

    ``open`` came back and is neither ordered again nor paid since. ``paid_on`` is the bank's date from which on the
    whole order is paid, or more, by payments that have not come back; empty while it is not.
    """

    order: OrderRecord
    state: str
    paid: int
    open: int
    paid_on: str
    returned_on: str
    held: str = ""
    """Why it may not leave: the claim is ``waiting`` or ``referred``, or it was ``returned``; empty if it may, or has
    left."""
    payments: int = 0
    """How many payments were not sent back."""
    surplus_back: int = 0
    """Of what several payments together were beyond the order, what came back."""

    @property
    def stands(self) -> bool:
        """Whether the order still counts: neither cancelled nor wholly ordered again."""
        return not self.order.cancelled_at and self.order.amount > 0

    @property
    def released(self) -> bool:
        """Whether a standing order has left for the bank: released, or reported by the bank."""
        return self.stands and self.state != "ordered"

    @property
    def returned(self) -> int:
        """What came back and was not paid since, whether it was ordered again or not."""
        return self.open + self.order.moved

    @property
    def amount(self) -> int:
        """The amount of the order without what was ordered again; all of it where the whole was ordered again."""
        return self.order.amount or self.order.moved


ORDER_STATES = ("ordered", "released", "paid", "returned", "cancelled")


class Figures(Struct, frozen=True):
    """Status and rupiah of a claim; ``ordered``, ``released`` and ``paid`` are of the orders that stand.

    ``entitled`` is 0 unless the status is ``ordered`` or ``paid``; ``returned`` came back and was not paid since on the
    same order, whether it was ordered again or not.
    """

    status: str
    entitled: int
    ordered: int
    released: int
    paid: int
    returned: int
    overpaid: int
    paid_by_bank: int
    matched: int
    """Of what the bank paid, as ``projections.sums`` says it."""
    ordered_on: str
    """Civil date of the fact of the claim that made the first standing order due."""
    paid_on: str
    """The bank's date of the last payment, once all is paid."""

    @property
    def unmatched(self) -> int:
        """What the bank paid beyond that."""
        return self.paid_by_bank - self.matched

    @property
    def sums(self) -> Sums:
        """Every sum by its name."""
        return sums_of(self)


def orders(claim_state: ClaimState, struck: Struck) -> list[OrderBalance]:
    """Return the balance of each order, in the order in which they were made."""
    cleared = _cleared(claim_state, struck)
    statements = [statement for statement in claim_state.statements if statement.ref not in struck]
    every = [_stand(order, statements, struck, cleared) for order in claim_state.orders.values()]
    return [replace(order, held=_held(order, claim_state.award.outcome)) for order in every]


def _cleared(claim_state: ClaimState, struck: Struck) -> int:
    return max((position for ref, position in claim_state.cleared if ref not in struck), default=-1)


def _settled(
    order: OrderRecord, statements: Iterable[StatementRecord], struck: Struck, cleared: int
) -> tuple[list[StatementRecord], payment_matching.Settlement]:
    about = [s for s in statements if s.order == order.order and s.position > order.made_at]
    bank_statements = (_bank_statement(statement, struck) for statement in about)
    return about, payment_matching.settle(order.amount + order.moved, bank_statements, cleared)


def _held(order: OrderBalance, outcome: str) -> str:
    if not order.stands:
        return ""
    if order.state == "ordered" and outcome in (WAITING, REFERRED):
        return outcome
    return "returned" if order.state == "returned" else ""


def _stand(
    order: OrderRecord, statements: Iterable[StatementRecord], struck: Struck, cleared: int
) -> OrderBalance:
    about, settled = _settled(order, statements, struck, cleared)
    left = order.released_at or about
    back = 0 if order.cancelled_at else settled.open(order.amount, order.moved)
    if order.cancelled_at:
        state = "cancelled"
    elif back or not order.amount:
        state = "returned"
    elif settled.paid == order.amount:
        state = "paid"
    else:
        state = "released" if left else "ordered"
    return OrderBalance(
        order=order,
        state=state,
        paid=settled.paid,
        open=back,
        paid_on=settled.covered_on(order.amount) if state in ("released", "paid") else "",
        returned_on=max((s.date for s in about if s.returned), default=""),
        payments=len(settled.payments),
        surplus_back=_surplus_back(order.amount + order.moved, about, struck, cleared),
    )


def _surplus_back(whole: int, about: Sequence[StatementRecord], struck: Struck, cleared: int) -> int:
    """Return by how much the payments that counted at one time went beyond an order, without what still counts."""
    if sum(not statement.returned for statement in about) < 2 or not any(
        statement.returned for statement in about
    ):
        return 0
    bank_statements = [
        _bank_statement(statement, struck)
        for statement in sorted(about, key=lambda statement: (statement.date, statement.position))
    ]
    settlements = [
        payment_matching.settle(whole, bank_statements[:count], cleared)
        for count in range(1, len(bank_statements) + 1)
    ]
    most = max((settled.paid for settled in settlements if len(settled.payments) > 1), default=0)
    return max(0, most - max(whole, settlements[-1].paid))


def stray(claim_state: ClaimState, struck: Struck) -> int:
    """Return what the bank reported for the claim under numbers of orders that there were not, or not yet."""
    return sum(settled.paid for settled in _strays(claim_state, struck).values())


def undone(claim_state: ClaimState, struck: Struck) -> dict[int, int]:
    """Return how much of payments each return that stands undid, by its position.

    What was paid less that is ``paid_by_bank``.
    """
    cleared = _cleared(claim_state, struck)
    statements = [statement for statement in claim_state.statements if statement.ref not in struck]
    settled = [_settled(order, statements, struck, cleared)[1] for order in claim_state.orders.values()]
    settled += _strays(claim_state, struck).values()
    return {at: part for one in settled for at, part in one.undone().items()}


def _strays(claim_state: ClaimState, struck: Struck) -> dict[str, payment_matching.Settlement]:
    about: dict[str, list[StatementRecord]] = {}
    for statement in claim_state.statements:
        order = claim_state.orders.get(statement.order)
        if statement.ref not in struck and (order is None or statement.position <= order.made_at):
            about.setdefault(statement.order, []).append(statement)
    return {
        name: payment_matching.settle(0, (_bank_statement(one, struck) for one in statements))
        for name, statements in about.items()
    }


def _bank_statement(s: StatementRecord, struck: Struck) -> payment_matching.BankStatement:
    since = struck.since(s.ref, s.position)
    return payment_matching.BankStatement(s.date, s.position, s.returned, s.amount, s.reference, since)


def discrepancies(claim_state: ClaimState, struck: Struck) -> list[payment_matching.Discrepancy]:
    """Return everything that the bank reported for the claim and that fits no order, or not its order."""
    statements = [statement for statement in claim_state.statements if statement.ref not in struck]
    cleared = _cleared(claim_state, struck)
    all_discrepancies: list[payment_matching.Discrepancy] = []
    for order in claim_state.orders.values():
        _, settled = _settled(order, statements, struck, cleared)
        stands = not order.cancelled_at and order.amount > 0
        since = order.since_on
        all_discrepancies += payment_matching.discrepancies(
            order.order, order.amount, since, settled, stands=stands
        )
    unknown = ((name, settled.paid) for name, settled in sorted(_strays(claim_state, struck).items()))
    return all_discrepancies + [
        payment_matching.Discrepancy(name, "unknown", paid, paid) for name, paid in unknown if paid
    ]


def figures(claim_state: ClaimState, struck: Struck) -> Figures:
    """Return the claim's status and sums.

    A claim whose award is due is ``ordered`` until the bank has paid each standing order exactly; then it is
    ``paid``.
    """
    every = orders(claim_state, struck)
    stand = [order for order in every if order.stands]
    outcome = claim_state.award.outcome
    due = outcome == "due" and not taken_back(claim_state, struck)
    settled = bool(stand) and all(order.state == "paid" for order in stand)
    status = (PAID if settled else ORDERED) if due else outcome or WAITING
    if taken_back(claim_state, struck):
        status = RETRACTED
    return Figures(
        status=status,
        entitled=sum(claim_state.award.benefits.values()) if due else 0,
        ordered=sum(order.order.amount for order in stand),
        released=sum(order.order.amount for order in stand if order.released),
        paid=sum(order.paid for order in stand),
        returned=sum(order.returned for order in every),
        overpaid=sum(claim_state.overpaid.values()),
        paid_by_bank=sum(order.paid for order in every) + stray(claim_state, struck),
        matched=sum(matched(order.order.amount, order.paid, stands=order.stands) for order in every),
        ordered_on=civil(stand[0].order.counted) if stand else "",
        paid_on=max(order.paid_on for order in stand) if status == PAID else "",
    )
