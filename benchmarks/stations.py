"""Each station of an event's way by itself: feeder, intake, adjudicator, projector.

What each costs, and what the server then holds.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from redis.asyncio import Redis

from benchmarks.clock import Clock, Cost
from benchmarks.mix import EVEN_PARTNERS, even
from benchmarks.place import by_agency, intake, opened_installation, submit, taken_up
from benchmarks.report import Figure
from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from projections.store import Store
from services.adjudication.worker import Adjudicator
from services.cli.demo.year import waves
from services.ledger import keys
from services.ledger.edge import Edge
from services.runtime.bootstrap import Installation
from services.simulation import AgencyMessage

INTAKE_GOAL = 20_000
ADJUDICATOR_GOAL = 40_000
PEER_TIMES = 15
PROJECTOR_GOAL = 60_000
COST_GOAL = 150
MEMORY_GOAL = 1.5
WARM_UP = 500
"""Events that are sent first, so that starting up is not measured."""
APPENDS, APPENDED_AT_ONCE = 64_000, 64


async def measure(sent: Sequence[AgencyMessage], peer: Figure) -> AsyncIterator[Figure]:
    """Take all messages in, then decide them, then project them, and weigh the server; one thing at a time."""
    async with opened_installation(EVEN_PARTNERS) as installation:
        _, taking = await take(installation, even(sent))
        yield _rate("intake, 24 agencies with even shares", taking, INTAKE_GOAL)
    async with opened_installation() as installation:
        yield await _bare_server(installation.core)
        empty = await used(installation.core)
        feeding, taking = await take(installation, sent)
        yield _rate("intake, one agency sends nearly all", taking, INTAKE_GOAL)
        deciding = await decide(installation)
        yield _rate("adjudicator, inbox to ledger", deciding, ADJUDICATOR_GOAL)
        yield Figure("adjudicator / pyeventsourcing", deciding.rate / peer.value, "times", PEER_TIMES)
        projecting = await _project(installation)
        yield _rate(
            f"projector, {len(PROJECTIONS)} read models on SQLite",
            projecting,
            PROJECTOR_GOAL,
            "ledger events/s",
        )
        costs = {"feeder": feeding, "intake": taking, "adjudicator": deciding, "projector": projecting}
        for figure in _costs(costs):
            yield figure
        for figure in await _memory(installation, empty):
            yield figure


def _rate(name: str, cost: Cost, goal: float, unit: str = "agency events/s") -> Figure:
    return Figure(name, cost.rate, unit, goal, note=f"one process; {cost}")


def _costs(costs: dict[str, Cost]) -> list[Figure]:
    """Return what an event costs a single processor, stage by stage and in all."""
    micros = {f"{stage}, an event": cost.micros for stage, cost in costs.items()}
    figures = [
        Figure(name, value, "µs of a processor", note="client and server") for name, value in micros.items()
    ]
    total = sum(micros.values())
    return [
        *figures,
        Figure(
            "all stages, an event",
            total,
            "µs of a processor",
            COST_GOAL,
            at_most=True,
            note="one after the other",
        ),
    ]


async def take(installation: Installation, sent: Sequence[AgencyMessage]) -> tuple[Cost, Cost]:
    """Return what feeding costs, and what taking in.

    The largest wave lies ready, and intake runs, when its clock begins.
    """
    edge = Edge(installation.edge)
    async with intake(installation):
        await submit(installation, sent[:WARM_UP])
        first, *others = waves(sent[WARM_UP:])
        clock = await Clock.started(installation.edge)
        for agency, documents in by_agency(first).items():
            await edge.submit(_aside(agency), documents)
        feeding = await clock.stopped(len(first))
        clock = await Clock.started(installation.core)
        async with installation.edge.pipeline(transaction=False) as pipe:
            for agency in by_agency(first):
                pipe.rename(keys.outbox(_aside(agency)), keys.outbox(agency))
            await pipe.execute()
        await taken_up(installation)
        taking = await clock.stopped(len(first))
        for wave in others:
            await submit(installation, wave)
    return feeding, taking


def _aside(agency: str) -> str:
    return f"{agency}.filled"


async def decide(installation: Installation) -> Cost:
    """Decide all that is in the inboxes in this process."""
    partitions = [
        Adjudicator(installation.ledger, partition, installation.rulebook)
        for partition in range(installation.ledger.partitions)
    ]

    async def empty(adjudicator: Adjudicator) -> int:
        taken = 0
        while done := await adjudicator.step():
            taken += done
        return taken

    clock = await Clock.started(installation.core)
    return await clock.stopped(sum(await asyncio.gather(*map(empty, partitions))))


async def _project(installation: Installation) -> Cost:
    store = Store(installation.settings.database_url)
    try:
        runner = Runner(store, installation.ledger, PROJECTIONS)
        number = await events(installation)
        clock = await Clock.started(installation.core)
        await runner.catch_up()
        return await clock.stopped(number)
    finally:
        store.close()


async def _bare_server(core: Redis) -> Figure:
    """Append what an event weighs and nothing else: what the server itself costs, whatever the client does."""
    clock = await Clock.started(core)
    for _ in range(APPENDS // APPENDED_AT_ONCE):
        async with core.pipeline(transaction=False) as pipe:
            for _ in range(APPENDED_AT_ONCE):
                pipe.xadd("bench", {"e": b"x" * 500})
            await pipe.execute()
    cost = await clock.stopped(APPENDS)
    await core.delete("bench")
    return Figure(
        "bare server, XADD",
        cost.server / cost.number * 1e6,
        "µs of a processor",
        note=f"of the server alone; 500 bytes, pipeline {APPENDED_AT_ONCE}",
    )


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
            "states": ("{p*}:states", "{p*}:segments"),
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
    names = [key async for key in client.scan_iter(pattern, count=1000)]
    async with client.pipeline(transaction=False) as pipe:
        for key in names:
            pipe.memory_usage(key, samples=0)
        return sum(await pipe.execute())
