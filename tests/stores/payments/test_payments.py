"""What the payments room promises, on each server."""

from __future__ import annotations

import datetime as dt

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from services.ledger import keys
from services.ledger.function_library import load_functions
from services.ledger.payments import (
    Departure,
    HeldOrder,
    OrderBatch,
    Payments,
    PaymentsConflictError,
    Progress,
)
from services.ledger.protocol import CorruptedError, MalformedError


def departure(n: int) -> Departure:
    return Departure(
        order=f"C-1.{n}",
        claim="C-1",
        payee="heir:a",
        amount=n * 1000,
        due_on=dt.date(2025, 6, 2),
        person="~person",
        partition=3,
        released_at=n,
    )


def batch(sequence: int, after: int, to: int, count: int) -> OrderBatch:
    return OrderBatch(
        partition=3, sequence=sequence, after=after, to=to, count=count, amount=count * 1000, sha256="0" * 64
    )


@pytest.fixture
async def payments(redis: Redis) -> Payments:
    await load_functions(redis)
    return Payments(redis)


ONE = Progress(1, 9, 7)


async def leave_once(payments: Payments) -> int:
    return await payments.leave(
        3,
        Progress(),
        ONE,
        batch=batch(1, 0, 9, 2),
        orders=[departure(1), departure(2)],
        hold={"C-9.1": HeldOrder(3, 4, "no account")},
    )


async def test_a_batch_leaves_with_its_orders_and_the_progress(payments: Payments) -> None:
    """Orders, batch, progress and held orders are all there after one call."""
    assert await leave_once(payments) == 1
    assert await payments.progress(3) == ONE
    assert await payments.orders() == [(1, departure(1)), (2, departure(2))]
    written = replace(batch(1, 0, 9, 2), first=1)
    assert await payments.batches() == [(1, written)]
    assert await payments.orders_of(written) == [departure(1), departure(2)]
    assert await payments.held() == {"C-9.1": HeldOrder(3, 4, "no account")}


async def test_the_same_step_again_is_a_conflict_and_writes_nothing(payments: Payments) -> None:
    """A worker that repeats itself, or a second worker, changes nothing."""
    await leave_once(payments)
    with pytest.raises(PaymentsConflictError):
        await leave_once(payments)
    assert len(await payments.orders()) == 2
    assert len(await payments.batches()) == 1


async def test_numbers_go_on_over_all_partitions(payments: Payments) -> None:
    """Batches are numbered per partition, orders through the whole stream, neither with a gap."""
    await leave_once(payments)
    other = replace(batch(1, 0, 4, 1), partition=5)
    assert await payments.leave(5, Progress(), Progress(1, 4, 4), batch=other, orders=[departure(3)]) == 3
    await payments.leave(
        3, ONE, Progress(2, 12, 12), batch=batch(2, 9, 12, 1), orders=[departure(4)], free=["C-9.1"]
    )
    assert [n for n, _ in await payments.orders()] == [1, 2, 3, 4]
    assert [b.label for _, b in await payments.batches()] == ["p03-1", "p05-1", "p03-2"]
    assert await payments.held() == {}


async def test_progress_moves_without_a_batch(payments: Payments) -> None:
    """A stretch without releases moves the progress and takes no number."""
    await payments.leave(3, Progress(), Progress(0, 40, 40))
    assert await payments.progress(3) == Progress(0, 40, 40)
    assert await payments.batches() == []


@pytest.mark.parametrize(
    ("then", "with_batch", "count"),
    [
        (Progress(2, 9, 9), True, 1),
        (Progress(0, 9, 9), True, 1),
        (Progress(1, 9, 9), False, 0),
        (Progress(1, 9, 9), True, 0),
        (Progress(0, 9, 9), False, 1),
    ],
)
async def test_a_step_that_contradicts_itself_writes_nothing(
    payments: Payments, redis: Redis, then: Progress, with_batch: bool, count: int
) -> None:
    """A skipped number, a batch without orders and orders without a batch are refused before the first write."""
    with pytest.raises(MalformedError):
        await payments.leave(
            3,
            Progress(),
            then,
            batch=batch(then.sequence, 0, 9, count) if with_batch else None,
            orders=[departure(n + 1) for n in range(count)],
        )
    assert await redis.dbsize() == 0


async def test_progress_never_falls(payments: Payments) -> None:
    """A step back is refused, whichever of the two positions falls."""
    await payments.leave(3, Progress(), Progress(0, 9, 7))
    for then in (Progress(0, 8, 7), Progress(0, 9, 6)):
        with pytest.raises(MalformedError):
            await payments.leave(3, Progress(0, 9, 7), then)


async def test_a_stream_of_another_length_is_found_before_anything_is_written(
    payments: Payments, redis: Redis
) -> None:
    """Orders that somebody else appended stop disbursement."""
    await leave_once(payments)
    await redis.xadd(keys.ORDERS, {"e": "{}"}, id="7-0")
    with pytest.raises(CorruptedError):
        await payments.leave(3, ONE, Progress(2, 12, 12), batch=batch(2, 9, 12, 1), orders=[departure(4)])
    assert await payments.progress(3) == ONE
    with pytest.raises(CorruptedError):
        await payments.orders()


async def test_a_key_of_another_kind_stops_the_step(payments: Payments, redis: Redis) -> None:
    """The last key written is checked before the first."""
    await redis.set(keys.HELD, "x")
    with pytest.raises(CorruptedError):
        await leave_once(payments)
    assert await redis.keys() == [keys.HELD.encode()]
