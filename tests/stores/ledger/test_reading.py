"""Reading: by range, by claim, as of a position, and waiting for what comes."""

from __future__ import annotations

import asyncio

import pytest

from services.ledger.protocol import Entry, Ledger, MalformedError
from tests.stores.ledger.steps import append, event


async def test_a_range_is_read_in_pieces(ledger: Ledger):
    """Reading after the last position seen, a limited number at a time, gives every event once."""
    await append(ledger, *(event(str(n)) for n in range(25)))
    positions: list[int] = []
    while entries := await ledger.read(0, after=len(positions), limit=10):
        positions += [entry.position for entry in entries]
    assert list(range(1, 26)) == positions


async def test_the_last_event_of_each_partition_is_found(ledger: Ledger):
    """Of a partition that has any, with its position; one that is empty is left out."""
    assert await ledger.last_entries() == {}
    await append(ledger, event("a"), event("b"), event("c"))
    assert await ledger.last_entries() == {0: Entry(0, 3, event("c").body)}


async def test_the_history_of_a_claim_spans_commits(ledger: Ledger):
    """A claim's events come in order from its index, others do not; an unknown claim has none."""
    await append(ledger, event("a", "CLM-1"), event("b", "CLM-2"), event("c"), event("d", "CLM-1"))
    await append(ledger, event("e", "CLM-1"), event("f"))
    assert [entry.position for entry in await ledger.history(0, "CLM-1")] == [1, 4, 5]
    assert [entry.body for entry in await ledger.history(0, "CLM-2")] == [b'{"says":"b"}']
    assert await ledger.history(0, "CLM-3") == []


async def test_a_history_can_be_read_as_of_a_position(ledger: Ledger):
    """As of a position, later events of the claim do not exist."""
    await append(ledger, *(event(str(n), "CLM-1") for n in range(5)))
    assert [entry.position for entry in await ledger.history(0, "CLM-1", as_of=3)] == [1, 2, 3]
    assert await ledger.history(0, "CLM-1", as_of=0) == []


async def test_positions_beyond_one_and_two_bytes_are_indexed(ledger: Ledger):
    """The index keeps positions of any size."""
    for start in range(0, 70_000, 10_000):
        await append(
            ledger, *(event(str(n), "CLM-1" if n % 4_999 == 0 else "") for n in range(start, start + 10_000))
        )
    expected = [n + 1 for n in range(0, 70_000, 4_999)]
    assert expected == [entry.position for entry in await ledger.history(0, "CLM-1")]


async def test_events_are_read_in_the_order_asked(ledger: Ledger):
    """Single positions can be asked in any order; one that does not exist is refused."""
    await append(ledger, event("a"), event("b"), event("c"))
    assert [entry.position for entry in await ledger.entries(0, [3, 1])] == [3, 1]
    assert await ledger.entries(0, []) == []
    with pytest.raises(MalformedError):
        await ledger.entries(0, [1, 4])


async def test_following_gives_what_comes_after_in_each_partition(ledger: Ledger):
    """Followed partitions are read from their own positions; those without news are left out."""
    await append(ledger, event("a"), event("b"), partition=0)
    await append(ledger, event("c"), partition=2)
    found = await ledger.follow({0: 1, 1: 0, 2: 0, 3: 0}, 10, 0)
    assert {p: [entry.position for entry in entries] for p, entries in found.items()} == {0: [2], 2: [1]}
    assert await ledger.follow({0: 2, 1: 0}, 10, 0) == {}
    assert await ledger.follow({}, 10, 0) == {}


async def test_following_waits_for_the_next_event(ledger: Ledger):
    """A reader that has seen everything is woken by the next commit."""
    await append(ledger, event("a"))
    waiting = asyncio.create_task(ledger.follow({0: 1, 1: 0}, 10, 30_000))
    await append(ledger, event("b"), partition=1)
    assert {p: [entry.position for entry in entries] for p, entries in (await waiting).items()} == {1: [1]}


async def test_following_gives_up_when_nothing_comes(ledger: Ledger):
    """After the time given there is simply nothing."""
    assert await ledger.follow({0: 0}, 10, 20) == {}
    assert await ledger.inbox(0, "0-0", 10, 20) == []


async def test_the_inbox_waits_for_the_next_arrival(ledger: Ledger):
    """A worker that has decided everything is woken by the next arrival of its partition."""
    waiting = asyncio.create_task(ledger.inbox(1, "0-0", 10, 30_000))
    given = await ledger.deliver([(0, b"{0}", b""), (1, b"{1}", b"12345678")])
    assert [(given[1], b"{1}", b"12345678")] == [(a.id, a.body, a.tag) for a in await waiting]


async def test_arrivals_keep_their_order_within_a_partition(ledger: Ledger):
    """Arrivals of several partitions given together are found in the order given, under the ids returned."""
    sent = [(n % 3, b"{%d}" % n, b"") for n in range(60)]
    given = await ledger.deliver(sent)
    for partition in range(3):
        expected = [(i, body) for i, (p, body, _) in zip(given, sent, strict=True) if p == partition]
        assert expected == [(a.id, a.body) for a in await ledger.inbox(partition, "0-0", 100)]
