"""Everything at once on one machine: agencies that send, every service as a process, the server; and how soon it shows."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence

import msgspec
from msgspec import Struct
from sqlalchemy.engine import make_url

from benchmarks.place import SERVICES, gauge, intake, opened_installation, running_services, submit
from benchmarks.report import Figure
from benchmarks.stations import events
from events.catalogue import decode
from projections.store import Store
from services.ledger import keys
from services.ledger.edge import Edge
from services.runtime.bootstrap import Installation
from services.simulation import AgencyMessage

STAGES_GOAL = 15_000
WIRE_GOAL = 0.15
DELIVERED_AT_ONCE = 2_000
PACE = 500
PACED = 5_000
VISIBLE_GOAL_MS = 50


async def stages(sent: Sequence[AgencyMessage], wire: Figure | None) -> AsyncIterator[Figure]:
    """Send everything as fast as it is taken while every service works; ends when all of it can be read."""
    async with opened_installation() as (installation, _):
        with running_services(installation):
            began = time.perf_counter()
            await submit(installation, sent)
            yield await _finished("all stages, from the outboxes on", installation, began, len(sent))
    async with opened_installation() as (installation, _):
        async with intake(installation):
            await submit(installation, sent)
        arrivals = await _emptied(installation)
        with running_services(installation, SERVICES[1:]):
            began = time.perf_counter()
            for start in range(0, len(arrivals), DELIVERED_AT_ONCE):
                await installation.ledger.deliver(arrivals[start : start + DELIVERED_AT_ONCE])
            figure = await _finished("all stages, from the inboxes on", installation, began, len(arrivals))
    yield figure
    if wire is not None:
        yield Figure(
            "all stages / bare server",
            figure.value / wire.value,
            "times",
            WIRE_GOAL,
            note="from the inboxes on",
        )


async def _finished(name: str, installation: Installation, began: float, sent: int) -> Figure:
    store = Store(installation.settings.database_url)
    await gauge(installation).settle(store)
    seconds = time.perf_counter() - began
    store.close()
    note = f"{sent / seconds:,.0f} agency events/s; feeder, services, read models and server on one machine"
    return Figure(name, await events(installation) / seconds, "ledger events/s", STAGES_GOAL, note=note)


async def _emptied(installation: Installation) -> list[tuple[int, bytes, bytes]]:
    """Take everything out of the inboxes, to be delivered again; the partitions in turn, as intake would."""
    partitions = range(installation.ledger.partitions)
    found = [await installation.ledger.inbox(partition, "0-0", 10_000_000) for partition in partitions]
    for partition in partitions:
        await installation.core.delete(keys.inbox(partition))
    turns = itertools.zip_longest(*found)
    return [(p, one.body, one.tag) for turn in turns for p, one in enumerate(turn) if one is not None]


async def visible(sent: Sequence[AgencyMessage]) -> AsyncIterator[Figure]:
    """Send the last messages one by one at a steady pace and see when each can be read in the read models."""
    async with opened_installation() as (installation, _):
        store = Store(installation.settings.database_url)
        with running_services(installation):
            await submit(installation, sent[:-PACED])
            await gauge(installation).settle(store)
            watch = Watch(installation, store)
            watching = asyncio.ensure_future(watch.run())
            published = await _paced(installation, sent[-PACED:])
            await gauge(installation).settle(store)
            watch.over.set()
            await watching
        waits = sorted(await watch.waits(published))
        store.close()
    note = f"{len(waits):,} events at {PACE}/s, one by one"
    yield Figure("publish to visible, p50", waits[len(waits) // 2] * 1000, "ms", note=note)
    yield Figure(
        "publish to visible, p99",
        waits[int(len(waits) * 0.99)] * 1000,
        "ms",
        VISIBLE_GOAL_MS,
        at_most=True,
        note=f"slowest {waits[-1] * 1000:,.0f} ms",
    )


class _Name(Struct):
    source: str
    id: str


async def _paced(installation: Installation, sent: Sequence[AgencyMessage]) -> dict[tuple[str, str], float]:
    """Send at the pace; returns when each event was sent first."""
    edge = Edge(installation.edge)
    published: dict[tuple[str, str], float] = {}
    began = time.perf_counter()
    for number, message in enumerate(sent):
        await asyncio.sleep(max(0.0, began + number / PACE - time.perf_counter()))
        try:
            name = msgspec.json.decode(message.body, type=_Name)
        except msgspec.MsgspecError:
            continue  # what cannot be read never shows
        published.setdefault((name.source, name.id), time.perf_counter())
        await edge.submit(message.agency, [message.body])
    return published


class Watch:
    """Notes when the read models showed which positions."""

    def __init__(self, installation: Installation, store: Store) -> None:
        """Watch the SQLite file of an installation."""
        self.over = asyncio.Event()
        self._installation, self._store = installation, store
        self._seen: list[tuple[float, dict[int, int]]] = []
        self._from = self._shown()

    def _shown(self) -> dict[int, int]:
        """Return the position of each partition up to which every read model shows everything."""
        builds = [dict(build.positions) for build in self._store.builds()]
        return {partition: min(build[partition] for build in builds) for partition in builds[0]}

    async def run(self) -> None:
        """Look every millisecond whether the file has changed, until ``over``."""
        file = sqlite3.connect(make_url(self._installation.settings.database_url).database or "")
        last = 0
        while not self.over.is_set():
            version = file.execute("PRAGMA data_version").fetchone()[0]
            if version != last:
                last = version
                shown = self._shown()
                self._seen.append((time.perf_counter(), shown))
            await asyncio.sleep(0.001)
        file.close()

    async def waits(self, published: dict[tuple[str, str], float]) -> list[float]:
        """Return for each event that was recorded how many seconds passed until it was shown."""
        waits = []
        for partition, start in self._from.items():
            position = start
            moments = iter(self._seen)
            when, shown = next(moments)
            while entries := await self._installation.ledger.read(partition, position, 2000):
                for entry in entries:
                    event = decode(entry.body)
                    while shown[partition] < entry.position:
                        when, shown = next(moments)
                    if sent := published.get((event.source, event.id)):
                        waits.append(when - sent)
                position = entries[-1].position
        return waits
