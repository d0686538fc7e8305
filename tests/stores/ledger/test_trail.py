"""The audit trail as it is stored: without a gap, only on top of what was read, all or nothing."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from services.ledger import keys
from services.ledger.copies import copied
from services.ledger.installation_marks import ExchangedError
from services.ledger.protocol import CorruptedError, GapError, MalformedError
from services.ledger.store import create_or_open
from services.ledger.trail import TrailConflictError, TrailHead, TrailStore, hash_of
from tests.stores.ledger.steps import NOON

LATER = "2026-03-02T05:00:00.001Z"


@pytest.fixture
async def trail(redis: Redis) -> TrailStore:
    """An empty trail on each server in turn."""
    await create_or_open(redis, 1)
    return TrailStore(redis)


async def stored(trail: TrailStore, after: int = 0) -> list[tuple[int, bytes]]:
    """Every record after a position."""
    return [one async for page in trail.pages(after) for one in page]


async def test_records_stand_one_behind_the_other(trail: TrailStore):
    """Positions from 1; the head has the last position, the hash of the last body, and the time."""
    assert await trail.head() == TrailHead()
    first = await trail.append(TrailHead(), NOON, [b"a", b"b"])
    assert first == TrailHead(2, hash_of(b"b"), NOON)
    assert (
        await trail.append(first, LATER, [b"c"]) == await trail.head() == TrailHead(3, hash_of(b"c"), LATER)
    )
    assert await stored(trail) == [(1, b"a"), (2, b"b"), (3, b"c")]
    assert await stored(trail, 2) == [(3, b"c")]


async def test_pages_follow_one_another(trail: TrailStore):
    """However many there are."""
    head = TrailHead()
    for number in range(3):
        head = await trail.append(head, NOON, [b"%d-%d" % (number, n) for n in range(500)])
    found = [len(page) async for page in trail.pages()]
    assert sum(found) == 1500
    assert [position for position, _ in await stored(trail, 1)] == list(range(2, 1501))


async def test_what_was_appended_meanwhile_is_not_overtaken(trail: TrailStore):
    """Nothing is written where position, hash or time are no longer those that were read."""
    head = await trail.append(TrailHead(), NOON, [b"a"])
    for other in (TrailHead(), TrailHead(1, hash_of(b"x"), NOON), TrailHead(1, hash_of(b"a"), "")):
        with pytest.raises(TrailConflictError, match="found 1"):
            await trail.append(other, LATER, [b"b"])
    assert (await trail.head(), await stored(trail)) == (head, [(1, b"a")])


@pytest.mark.parametrize(
    ("time", "bodies"), [(NOON, []), (NOON, [b"b", b""]), ("", [b"b"]), ("2026-03-01", [b"b"])]
)
async def test_what_contradicts_itself_is_refused_whole(trail: TrailStore, time: str, bodies: list[bytes]):
    """Nothing to append, a record without a body, a time that falls or is none."""
    head = await trail.append(TrailHead(), NOON, [b"a"])
    with pytest.raises(MalformedError):
        await trail.append(head, time, bodies)
    assert (await trail.head(), await stored(trail)) == (head, [(1, b"a")])


async def test_another_installation_s_server_takes_nothing(redis: Redis, trail: TrailStore):
    """As for every other function that writes."""
    await redis.hset(keys.META, "installation", "theirs")
    with pytest.raises(ExchangedError):
        await TrailStore(redis, "ours").append(TrailHead(), NOON, [b"a"])
    assert await TrailStore(redis, "theirs").append(TrailHead(), NOON, [b"a"])


async def test_a_trail_that_does_not_end_at_its_head_takes_nothing_more(redis: Redis, trail: TrailStore):
    """Neither one that was cut, nor one of another type; a record that is missing is told by its number."""
    head = await trail.append(TrailHead(), NOON, [b"a", b"b", b"c"])
    await redis.xdel(keys.TRAIL, "2-0")
    with pytest.raises(GapError, match="number 2 is missing"):
        await stored(trail)
    await redis.delete(keys.TRAIL)
    with pytest.raises(CorruptedError):
        await trail.append(head, NOON, [b"d"])
    await redis.set(keys.TRAIL, "x")
    with pytest.raises(CorruptedError):
        await trail.append(head, NOON, [b"d"])
    assert await trail.head() == head


async def test_a_copy_ends_where_its_head_says(redis: Redis, trail: TrailStore):
    """Also where something is appended while it is taken."""
    await trail.append(TrailHead(), NOON, [b"a", b"b"])
    found = {}
    async for copy in copied(redis):
        if copy.key.startswith("{audit}"):
            found[copy.key] = copy
            await trail.append(await trail.head(), LATER, [b"later"])
    assert found[keys.TRAIL].elements == [(b"1-0", b"e", b"a"), (b"2-0", b"e", b"b")]
    assert found[keys.TRAIL].last == "2-0"
    assert (b"position", b"2") in found[keys.TRAIL_HEAD].elements
