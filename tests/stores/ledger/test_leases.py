"""Leases: one holder at a time, until it gives up or its time is over."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from services.ledger import keys
from services.ledger.lease import Lease, holder_of, holders_of, renewed
from services.ledger.store import create_or_open


@pytest.fixture
async def client(redis: Redis) -> Redis:
    """A server with the functions loaded."""
    await create_or_open(redis, 1)
    return redis


async def test_a_lease_has_one_holder(client: Redis):
    """Who has it can take it again; another cannot, nor renew or release it."""
    ours, theirs = Lease(client, "work"), Lease(client, "work")
    assert await ours.acquire()
    assert await ours.acquire()
    assert not await theirs.acquire()
    assert not await theirs.renew()
    assert not await theirs.release()
    assert await holder_of(client, "work") == ours.holder


async def test_a_released_lease_is_free(client: Redis):
    """After a release another takes it; the former holder then cannot renew."""
    ours, theirs = Lease(client, "work"), Lease(client, "work")
    await ours.acquire()
    assert await ours.release()
    assert await holder_of(client, "work") is None
    assert await theirs.acquire()
    assert not await ours.renew()
    assert not await ours.release()


async def test_a_lease_ends_by_itself(client: Redis):
    """A lease that is not renewed expires; renewing gives it the full time again."""
    ours, theirs = Lease(client, "work", milliseconds=60_000), Lease(client, "work")
    await ours.acquire()
    await client.pexpire(keys.lease("work"), 10_000)
    assert await ours.renew()
    assert await client.pttl(keys.lease("work")) > 10_000
    await client.pexpire(keys.lease("work"), -1)  # its time is over
    assert not await ours.renew()
    assert await theirs.acquire()


async def test_many_leases_are_renewed_at_once(client: Redis):
    """Each answer is that of its lease, in the order asked; none of none."""
    ours, lost = Lease(client, "ours"), Lease(client, "lost")
    await ours.acquire()
    await client.pexpire(keys.lease("ours"), 5_000)
    assert await renewed(client, [lost, ours], ["ours", "lost"]) == ([False, True], [ours.holder, None])
    assert await client.pttl(keys.lease("ours")) > 5_000
    assert await holders_of(client, ["lost", "ours"]) == [None, ours.holder]
    assert await renewed(client, [], []) == ([], [])


async def test_leases_of_other_names_are_apart(client: Redis):
    """Each name is a lease of its own."""
    assert await Lease(client, "a").acquire()
    assert await Lease(client, "b").acquire()


@pytest.mark.parametrize("milliseconds", [0, -5])
async def test_a_lease_lasts_some_time(client: Redis, milliseconds: int):
    """A lease without duration is refused."""
    with pytest.raises(ResponseError):
        await Lease(client, "work", milliseconds).acquire()
    assert await holder_of(client, "work") is None
