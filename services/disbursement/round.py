"""One round of disbursement in one partition: propose, wait for the decider, write the batch, write its file.

Each step can be repeated after a crash. A proposal that was decided before does nothing. The batch with its
orders and the progress are one step, which succeeds only on top of the progress that the round began with. The
file is made of what that step wrote, so it is the same whenever it is written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import structlog
from msgspec import Struct

from events.assessment import ClaimAssessed
from events.bank import ClaimPaid, PaymentReturned
from events.catalogue import decode
from events.operation import ReleaseArranged
from events.payment import PaymentCancelled, PaymentOrdered, PaymentReleased, ReleaseApproved
from events.personal import Account
from events.retraction import EventRetracted
from projections.checkpoint import Checkpoint, confirm
from services.adjudication.stored_states import read_releasing
from services.disbursement.accounts import Accounts
from services.disbursement.batch_file import compose, path_of, unknown, write
from services.disbursement.proposals import LedgerSpan, decided, orders_of, proposal, read_as
from services.ledger.payments import (
    Adopted,
    Departure,
    HeldOrder,
    OrderBatch,
    Payments,
    PaymentsConflictError,
    Progress,
    label,
)
from services.ledger.protocol import Ledger

log = structlog.get_logger()

LARGEST = 2000
"""Orders proposed in one round, at most."""

NO_ACCOUNT = "no-account"
"""Held: the payee's account cannot be opened, or the provider has none in the agency registry."""
NOT_DUE = "not-due"
"""Held: the decider did not release it: the claim was not due, its person is parked, or the bank spoke of it before."""
NOT_APPROVED = "not-approved"
"""Held: orders leave by name here, and no named person has approved it since its claim was last decided on or not
due."""
LEFT_BEFORE = "left-before"
"""Held: other orders of its claim left before this ledger knew of them, and the ledger does not say so yet."""


class RoundContext(Struct, frozen=True):
    """What a round works with; ``now`` is read for the time of the proposals only."""

    ledger: Ledger
    payments: Payments
    accounts: Accounts
    directory: Path
    now: Callable[[], dt.datetime]
    stopped: Callable[[], bool] = lambda: False


async def round_of(context: RoundContext, partition: int) -> OrderBatch | None:
    """Carry out one round; returns the batch that left, if one did.

    Orders that are held without an account are asked for it again, even when nothing is new.

    Raises:
        PaymentsConflictError: another worker did the same meanwhile; nothing is lost then.
        DivergedError: the ledger does not hold what the partition's progress has seen; nothing was written.
        BatchFileError: a file of the next batch's name is there; nothing was written.
    """
    ledger, payments = context.ledger, context.payments
    progress = await payments.progress(partition)
    await confirm(ledger, {partition: progress.seen})
    held = {o: why for o, why in (await payments.held()).items() if why.partition == partition}
    head = (await ledger.head(partition)).position
    waits = any(why.why in (NO_ACCOUNT, LEFT_BEFORE) for why in held.values())
    if head == progress.to == progress.proposed and not waits:
        return None

    recorded = LedgerSpan(ledger, partition, min(progress.proposed, progress.to))
    await recorded.read_to(head)
    orders = recorded.of(PaymentOrdered, progress.proposed, head)[:LARGEST]
    upto = orders[-1].position or head if len(orders) == LARGEST else head
    again = await _due_again(ledger, recorded, (progress.proposed, upto), held)
    candidates = [*again, *orders]
    left_before = await payments.adopted()
    unsettled = await _unsettled(ledger, partition, candidates, left_before)
    accounts = await context.accounts.of(partition, candidates)
    batch_name = label(partition, progress.sequence + 1)
    proposals = [
        (partition, proposal(ordered, _batch_of(ordered, left_before) or batch_name, context.now()), b"")
        for ordered in candidates
        if ordered.data.order in left_before
        or (ordered.data.order in accounts and ordered.data.claim not in unsettled)
    ]
    if proposals:
        last = (await ledger.deliver(proposals))[-1]
        if not await decided(ledger, partition, last, context.stopped):
            return None

    to = (await ledger.head(partition)).position
    await recorded.read_to(to)
    left = _orders_gone(recorded, (progress.proposed, to))
    remaining = [ordered for ordered in candidates if ordered.data.order not in left]
    undecided = NOT_APPROVED if remaining and await _by_name(ledger, partition) else NOT_DUE
    waiting = {
        ordered.data.order: HeldOrder(
            partition, ordered.position or 0, _hindrance(ordered, accounts, unsettled) or undecided
        )
        for ordered in remaining
    }
    released = recorded.of(PaymentReleased, progress.to, to)
    releases = [release for release in released if release.data.order not in left_before]
    departures, accounts = await _departures(context, partition, releases)
    batch, content = compose(partition, progress.sequence + 1, (progress.to, to), departures, accounts)
    hold = {order: why for order, why in waiting.items() if held.get(order) != why}
    free = [order for order in held if order in left]
    if not held and not hold and not recorded.of(PaymentOrdered, upto, to):
        upto = to  # nothing to look at again
    seen = Checkpoint.of((await ledger.entries(partition, [to]))[0]) if to else Checkpoint()
    then = Progress(progress.sequence + bool(departures), to, upto, seen.hash)
    if then == progress and not hold and not free:
        return None
    if departures:
        await _refuse_taken(context, batch)
    await payments.leave(
        partition,
        progress,
        then,
        batch=batch if departures else None,
        orders=await context.accounts.seal(departures, accounts),
        hold=hold,
        free=free,
    )
    for order, why in hold.items():
        if why.why == NOT_APPROVED:
            log.info("order.awaits-approval", partition=partition, order=order)
        else:
            log.warning("order.held", partition=partition, order=order, reason=why.why)
    if not departures:
        return None
    write(path_of(context.directory, batch), content)
    return batch


async def _refuse_taken(context: RoundContext, batch: OrderBatch) -> None:
    """The file of a batch that has not left cannot be there, unless another worker lets the same one leave just now."""
    path = path_of(context.directory, batch)
    if not path.exists():
        return
    if (await context.payments.progress(batch.partition)).sequence >= batch.sequence:
        raise PaymentsConflictError(f"batch {batch.label} has left meanwhile")
    raise unknown(context.directory, [path.name])


async def _departures(
    context: RoundContext, partition: int, releases: Sequence[PaymentReleased]
) -> tuple[list[Departure], dict[str, Account]]:
    """The orders as they leave, in the order of their releases, and their accounts."""
    orders = await orders_of(context.ledger, partition, releases)
    departures = [
        Departure(
            order=release.data.order,
            claim=release.data.claim,
            payee=orders[release.data.order].data.payee,
            amount=orders[release.data.order].data.amount,
            due_on=release.data.due_on or orders[release.data.order].data.due_on,
            person=release.person or "",
            partition=partition,
            released_at=release.position or 0,
        )
        for release in releases
    ]
    return departures, await context.accounts.of(partition, list(orders.values()))


async def _due_again(
    ledger: Ledger, recorded: LedgerSpan, span: tuple[int, int], held: Mapping[str, HeldOrder]
) -> list[PaymentOrdered]:
    """The held orders worth another proposal.

    They were without an account so far, their claim has become due, somebody has approved them, orders leave otherwise
    from now on, or something about their person was taken back: the bank may have spoken of an order that had never
    left.
    """
    if not held:
        return []
    due = {a.data.claim for a in recorded.of(ClaimAssessed, *span) if a.data.outcome == "due"}
    approved = {event.data.order for event in recorded.of(ReleaseApproved, *span)}
    otherwise = bool(recorded.of(ReleaseArranged, *span))
    persons = {retraction.person for retraction in recorded.of(EventRetracted, *span)}
    partition = next(iter(held.values())).partition
    entries = await ledger.entries(partition, sorted(why.position for why in held.values()))
    orders = [read_as(PaymentOrdered, entry.body) for entry in entries]
    return [
        ordered
        for ordered in orders
        if otherwise
        or held[ordered.data.order].why in (NO_ACCOUNT, LEFT_BEFORE)
        or ordered.data.claim in due
        or ordered.data.order in approved
        or ordered.person in persons
    ]


async def _unsettled(
    ledger: Ledger, partition: int, candidates: Sequence[PaymentOrdered], left: Mapping[str, Adopted]
) -> set[str]:
    """The candidates' claims of which an order left before the ledger knew of it and is not recorded as left yet."""
    if not left:
        return set()
    claims = {ordered.data.claim for ordered in candidates} & {one.claim for one in left.values()}
    unsettled = set()
    for claim in claims:
        recorded_as_left = await _recorded_as_left(ledger, partition, claim)
        if any(one.claim == claim and order not in recorded_as_left for order, one in left.items()):
            unsettled.add(claim)
    return unsettled


async def _recorded_as_left(ledger: Ledger, partition: int, claim: str) -> set[str]:
    """The orders of a claim that were released, or of which the bank has spoken since they were made."""
    ordered: set[str] = set()
    left: set[str] = set()
    for entry in await ledger.history(partition, claim):
        event = decode(entry.body)
        if isinstance(event, PaymentOrdered):
            ordered.add(event.data.order)
        elif isinstance(event, PaymentReleased) or (
            isinstance(event, ClaimPaid | PaymentReturned) and event.data.order in ordered
        ):
            left.add(event.data.order)
    return left


def _batch_of(ordered: PaymentOrdered, left: Mapping[str, Adopted]) -> str:
    """The batch in which an order left before the ledger knew of it; empty if it did not."""
    adopted = left.get(ordered.data.order)
    return adopted.batch if adopted else ""


def _hindrance(ordered: PaymentOrdered, accounts: Mapping[str, Account], unsettled: Collection[str]) -> str:
    """Why an order was not even proposed; empty if it was."""
    if ordered.data.order not in accounts:
        return NO_ACCOUNT
    return LEFT_BEFORE if ordered.data.claim in unsettled else ""


async def _by_name(ledger: Ledger, partition: int) -> bool:
    return (await read_releasing(ledger, partition)).mode == "named"


def _orders_gone(recorded: LedgerSpan, span: tuple[int, int]) -> set[str]:
    """Orders that no longer wait to be released: released, cancelled, or ordered again since the bank refused them."""
    return {
        *(event.data.order for event in recorded.of(PaymentReleased, *span)),
        *(event.data.order for event in recorded.of(PaymentCancelled, *span)),
        *(part.order for event in recorded.of(PaymentOrdered, *span) for part in event.data.replaces),
    }
