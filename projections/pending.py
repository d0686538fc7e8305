"""What waits for an officer.

A row for each claim, so that the work list is read and added up without looking at the others.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from events.retraction import Struck
from projections.claim_state import ClaimState, agency
from projections.claim_status import OrderBalance, figures
from projections.columns import table
from projections.phases import Pending


class PendingRow(Struct, frozen=True):
    """A claim about which an officer has something to do, with what it is and since which day, see ``projections.phases``.

    ``reasons`` and ``missing`` are the codes of its last decision. ``amount`` is in rupiah what came back and is
    neither ordered again nor paid since, where ``task`` is to say where it should go; else 0.
    """

    task_since: str
    claim: str
    task: str
    status: str
    reasons: tuple[str, ...]
    missing: tuple[str, ...]
    programme: str
    agency: str
    position: int
    amount: int


PENDING = table("payments_pending", PendingRow, key=("task_since", "claim"), index=("claim",))
"""A table of ``projections.payments``, which knows the state of each claim."""


def pending_row(
    claim_state: ClaimState, struck: Struck, orders: Sequence[OrderBalance], pending: Pending
) -> PendingRow:
    """Return the row of a claim about which an officer has something to do.

    ``orders`` are the balances of its orders.
    """
    award = claim_state.award
    back = sum(order.open for order in orders if order.held == "returned")
    return PendingRow(
        task_since=pending.since,
        claim=claim_state.claim,
        task=pending.task,
        status=figures(claim_state, struck).status,
        reasons=award.reasons,
        missing=award.missing,
        programme=award.programme,
        agency=agency(claim_state),
        position=claim_state.position,
        amount=back if pending.task == "redirect" else 0,
    )
