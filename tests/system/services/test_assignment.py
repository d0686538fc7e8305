"""Who has which partition, with leases on real servers."""

from __future__ import annotations

import asyncio

from redis.asyncio import Redis

from services.ledger.function_library import load_functions
from services.ledger.lease import holder_of
from services.runtime.partition_leases import Assignment

PARTITIONS = 8


async def work(_: int, leave: asyncio.Event) -> None:
    """Do nothing until told to leave."""
    await leave.wait()


async def worker(redis: Redis, holder: str | None = None) -> Assignment:
    await load_functions(redis)
    return Assignment(redis, "work", PARTITIONS, work, holder=holder)


async def leave(*workers: Assignment) -> None:
    stop = asyncio.Event()
    stop.set()
    for one in workers:
        await one.run(stop)


async def test_a_lone_worker_has_every_partition(redis: Redis):
    """It takes them all in its first round."""
    one = await worker(redis)
    await one.balance()
    assert one.held == list(range(PARTITIONS))
    await leave(one)


async def test_workers_share_the_partitions_evenly(redis: Redis):
    """A second and a third worker get their share from those who had more; nobody shares a partition."""
    workers = [await worker(redis) for _ in range(3)]
    for number in range(1, 4):
        for _ in range(2):
            for one in workers[:number]:
                await one.balance()
    shares = [one.held for one in workers]
    assert sorted(map(len, shares)) == [2, 3, 3]
    assert sorted(p for share in shares for p in share) == list(range(PARTITIONS))
    await leave(*workers)


async def test_what_a_worker_leaves_is_free_at_once(redis: Redis):
    """A worker that is stopped releases every lease, so that another need not wait for them to run out."""
    one, other = await worker(redis), await worker(redis)
    await one.balance()
    await leave(one)
    assert [await holder_of(redis, f"work-p{n:02d}") for n in range(PARTITIONS)] == [None] * PARTITIONS
    await other.balance()
    assert len(other.held) == PARTITIONS
    await leave(other)


async def test_a_worker_that_was_killed_has_its_partitions_again_under_its_name(redis: Redis):
    """Leases that it could not release are its own when it comes back by the same name."""
    killed, again = await worker(redis, "adjudication-1"), await worker(redis, "adjudication-1")
    await killed.balance()
    await again.balance()
    assert again.held == list(range(PARTITIONS))
    await leave(again, killed)


async def test_a_lease_that_was_lost_ends_the_work_in_its_partition(redis: Redis):
    """When another holds the lease, the worker stops working there in its next round."""
    one = await worker(redis)
    await one.balance()
    await redis.set("{lease:work-p03}", "somebody-else")
    await one.balance()
    assert one.held == [0, 1, 2, 4, 5, 6, 7]
    await leave(one)


async def test_when_the_work_fails_everything_is_released(redis: Redis):
    """The error of one partition ends the worker, after the other partitions have been left."""
    await load_functions(redis)
    left: list[int] = []

    async def fails(partition: int, leave: asyncio.Event) -> None:
        if partition == 5:
            raise ZeroDivisionError
        await leave.wait()
        left.append(partition)

    one = Assignment(redis, "work", PARTITIONS, fails)
    try:
        await one.run(asyncio.Event())
    except ZeroDivisionError:
        assert sorted(left) == [0, 1, 2, 3, 4, 6, 7]
        assert [await holder_of(redis, f"work-p{n:02d}") for n in range(PARTITIONS)] == [None] * PARTITIONS
    else:
        raise AssertionError("the error was swallowed")
