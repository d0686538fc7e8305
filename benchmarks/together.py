"""Everything at once on one machine: agencies that send, every service as a process, the server; and how soon it shows."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence

import msgspec
from msgspec import Struct
from sqlalchemy.engine import make_url

from benchmarks.place import gauge, opened_house, running_services, submit
from benchmarks.report import Figure
from benchmarks.stations import events
from events.catalogue import decode
from projections.store import Store
from services.bootstrap import House
from services.ledger.edge import Edge
from services.simulation import Message

STAGES_GOAL = 15_000
WIRE_GOAL = 0.15
PACE = 500
PACED = 5_000
VISIBLE_GOAL_MS = 50


async def stages(sent: Sequence[Message], wire: Figure | None) -> AsyncIterator[Figure]:
    """Send everything as fast as it goes while every service works; ends when all of it can be read."""
    async with opened_house() as (house, _):
        store = Store(house.settings.database_url)
        with running_services(house):
            began = time.perf_counter()
            await submit(house, sent)
            await gauge(house).settle(store)
            seconds = time.perf_counter() - began
        store.close()
        rate = await events(house) / seconds
        note = f"{len(sent) / seconds:,.0f} agency events/s; feeder, four services and the server"
        yield Figure("all stages at once", rate, "ledger events/s", STAGES_GOAL, note=note)
        if wire is not None:
            yield Figure("all stages / bare server", rate / wire.value, "times", WIRE_GOAL)


async def visible(sent: Sequence[Message]) -> AsyncIterator[Figure]:
    """Send the last messages one by one at a steady pace and see when each can be read in the read models."""
    async with opened_house() as (house, _):
        store = Store(house.settings.database_url)
        with running_services(house):
            await submit(house, sent[:-PACED])
            await gauge(house).settle(store)
            watch = Watch(house, store)
            watching = asyncio.ensure_future(watch.run())
            published = await _paced(house, sent[-PACED:])
            await gauge(house).settle(store)
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


async def _paced(house: House, sent: Sequence[Message]) -> dict[tuple[str, str], float]:
    """Send at the pace; returns when each event was sent first."""
    edge = Edge(house.edge)
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

    def __init__(self, house: House, store: Store) -> None:
        """Watch the SQLite file of a house."""
        self.over = asyncio.Event()
        self._house, self._store = house, store
        self._seen: list[tuple[float, dict[int, int]]] = []
        self._from = self._shown()

    def _shown(self) -> dict[int, int]:
        """Return the position of each partition up to which every read model shows everything."""
        builds = [dict(build.positions) for build in self._store.builds()]
        return {partition: min(build[partition] for build in builds) for partition in builds[0]}

    async def run(self) -> None:
        """Look every millisecond whether the file has changed, until ``over``."""
        file = sqlite3.connect(make_url(self._house.settings.database_url).database or "")
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
            while entries := await self._house.ledger.read(partition, position, 2000):
                for entry in entries:
                    event = decode(entry.body)
                    while shown[partition] < entry.position:
                        when, shown = next(moments)
                    if sent := published.get((event.source, event.id)):
                        waits.append(when - sent)
                position = entries[-1].position
        return waits
