"""Each station of an event's way by itself: intake, the adjudicator, the projector, and what the server then holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from redis.asyncio import Redis

from benchmarks.clock import Clock
from benchmarks.place import intake, opened_installation, submit
from benchmarks.report import Figure
from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from projections.store import Store
from services.adjudication.worker import Adjudicator
from services.runtime.bootstrap import Installation
from services.simulation import AgencyMessage

ADJUDICATOR_GOAL = 20_000
PEER_TIMES = 10
PROJECTOR_GOAL = 50_000
MEMORY_GOAL = 1.5
WARM_UP = 500
"""Events that are sent first, so that starting up is not measured."""


async def measure(sent: Sequence[AgencyMessage], peer: Figure | None) -> AsyncIterator[Figure]:
    """Take all messages in, then decide them, then project them, and weigh the server; one thing at a time."""
    async with opened_installation() as (installation, _):
        empty = await used(installation.core)
        yield await _intake(installation, sent)
        adjudicator = await _adjudicator(installation)
        yield adjudicator
        if peer is not None:
            ratio = adjudicator.value / peer.value
            yield Figure("adjudicator / pyeventsourcing", ratio, "times", PEER_TIMES)
        yield await _projector(installation)
        for figure in await _memory(installation, empty):
            yield figure


async def _intake(installation: Installation, sent: Sequence[AgencyMessage]) -> Figure:
    async with intake(installation):
        await submit(installation, sent[:WARM_UP])
        clock = await Clock.started(installation.core)
        await submit(installation, sent[WARM_UP:])
        number = len(sent) - WARM_UP
        seconds, cost = await clock.stopped(number)
    note = f"one process, and the feeder; {cost}"
    return Figure("intake, outbox to inbox", number / seconds, "agency events/s", note=note)


async def _adjudicator(installation: Installation) -> Figure:
    partitions = [
        Adjudicator(installation.ledger, partition, installation.rulebook)
        for partition in range(installation.ledger.partitions)
    ]

    async def decide(adjudicator: Adjudicator) -> int:
        taken = 0
        while done := await adjudicator.step():
            taken += done
        return taken

    clock = await Clock.started(installation.core)
    taken = sum(await asyncio.gather(*map(decide, partitions)))
    seconds, cost = await clock.stopped(taken)
    note = f"{await events(installation) / seconds:,.0f} ledger events/s, one process; {cost}"
    return Figure(
        "adjudicator, inbox to ledger", taken / seconds, "agency events/s", ADJUDICATOR_GOAL, note=note
    )


async def _projector(installation: Installation) -> Figure:
    store = Store(installation.settings.database_url)
    try:
        runner = Runner(store, installation.ledger, PROJECTIONS)
        number = await events(installation)
        clock = await Clock.started(installation.core)
        await runner.catch_up()
        seconds, cost = await clock.stopped(number)
    finally:
        store.close()
    note = f"{len(PROJECTIONS)} read models on SQLite, one process; {cost}"
    return Figure("projector", number / seconds, "ledger events/s", PROJECTOR_GOAL, note=note)


async def _memory(installation: Installation, empty: int) -> list[Figure]:
    number, bodies = await events(installation), 0
    for partition in range(installation.ledger.partitions):
        position = 0
        while entries := await installation.ledger.read(partition, position, 2000):
            bodies += sum(len(entry.body) for entry in entries)
            position = entries[-1].position
    held = {
        what: sum([await weight(installation.core, pattern) for pattern in patterns])
        for what, patterns in {
            "ledger": ("{p*}:ledger",),
            "index": ("{p*}:index",),
            "states": ("{p*}:states",),
            "ids": ("{p*}:ids:*",),
            "receipts": ("{a:*",),
        }.items()
    }
    of_the_past = held["ledger"] + held["index"] + held["states"]
    parts = ", ".join(f"{what} {size / number:,.0f}" for what, size in held.items())
    total = await used(installation.core) - empty
    return [
        Figure("bodies as stored", bodies / number, "bytes/ledger event"),
        Figure(
            "ledger, index, states / bodies",
            of_the_past / bodies,
            "times",
            MEMORY_GOAL,
            at_most=True,
            note=parts,
        ),
        Figure("server, all of it", total / number, "bytes/ledger event", note="as the server counts itself"),
    ]


async def events(installation: Installation) -> int:
    """Return how many events the ledger holds."""
    return sum([(await installation.ledger.head(p)).position for p in range(installation.ledger.partitions)])


async def used(client: Redis) -> int:
    """Return the bytes that the server says it uses."""
    return int((await client.info("memory"))["used_memory"])


async def weight(client: Redis, pattern: str) -> int:
    """Return the bytes of all keys that match, counted by the server without sampling."""
    found = [key async for key in client.scan_iter(pattern, count=1000)]
    async with client.pipeline(transaction=False) as pipe:
        for key in found:
            pipe.memory_usage(key, samples=0)
        return sum(await pipe.execute())
