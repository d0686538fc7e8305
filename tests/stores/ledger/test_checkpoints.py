"""Going on from a checkpoint: what follows counts only if the event that was seen is still there."""

from __future__ import annotations

import asyncio

import pytest

from projections.checkpoint import Checkpoint, DivergedError, confirm, proceed, reached
from services.ledger.protocol import Ledger
from services.texts.catalogue import render
from tests.stores.ledger.steps import append, event


async def test_a_follower_goes_on_where_it_stands(ledger: Ledger):
    """From the beginning and from what was reached, a limited number at a time, every event comes once."""
    await append(ledger, *(event(str(n)) for n in range(5)), partition=0)
    await append(ledger, event("a"), partition=2)
    seen = {partition: Checkpoint() for partition in range(3)}
    bodies = []
    while found := await proceed(ledger, seen, 2):
        assert all(len(entries) <= 2 for entries in found.values())
        bodies += [entry.body for entries in found.values() for entry in entries]
        seen |= reached(found)
    assert {partition: at.position for partition, at in seen.items()} == {0: 5, 1: 0, 2: 1}
    assert len(bodies) == len(set(bodies)) == 6


async def test_a_follower_is_woken_by_news(ledger: Ledger):
    """With nothing to read it waits, and has the event as soon as there is one."""
    await append(ledger, event("a"))
    seen = reached(await proceed(ledger, {0: Checkpoint(), 1: Checkpoint()}, 10))
    waiting = asyncio.create_task(proceed(ledger, {1: Checkpoint(), **seen}, 10, 30_000))
    await asyncio.sleep(0)
    await append(ledger, event("b"), partition=1)
    found = await waiting
    assert [entry.position for entry in found[1]] == [1]
    assert await proceed(ledger, seen, 10, 20) == {}


async def test_another_ledger_is_refused(ledger: Ledger):
    """Ahead of the ledger, or another event at the position: the partition and what was seen are named."""
    await append(ledger, event("a"), event("b"))
    (last,) = reached(await proceed(ledger, {0: Checkpoint()}, 10)).values()
    await confirm(ledger, {0: last, 1: Checkpoint()})
    for checkpoint, ahead, said in (
        (Checkpoint(3, last.hash), True, "ends before position 3"),
        (Checkpoint(900, last.hash), True, "ends before position 900"),
        (Checkpoint(1, last.hash), False, "another event at position 1"),
    ):
        for refused in (proceed(ledger, {0: checkpoint}, 10, 20), confirm(ledger, {0: checkpoint})):
            with pytest.raises(DivergedError) as error:
                await refused
            assert said in render(error.value.message, "en")
            assert (error.value.partition, error.value.ahead) == (0, ahead)
