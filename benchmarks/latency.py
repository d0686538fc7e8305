"""Publish to visible: from the moment at which an event was to be sent until the read models show it.

An open loop: each event is sent when it is due, whether or not those before are answered, and its clock begins when it
is due, so that a server that stalls looks no faster. Events that waited for another agency's filing are counted apart.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Mapping, Sequence

import msgspec
from msgspec import Struct
from redis.asyncio import BlockingConnectionPool, Redis
from sqlalchemy.engine import make_url

from benchmarks import mix
from benchmarks.clock import Syncs, part_of, syncs
from benchmarks.place import gauge, opened_installation, running_services, submit
from benchmarks.report import Figure
from events.catalogue import decode
from projections.store import Store
from services.ledger.edge import Edge
from services.platform.garbage_collection import collect_seldom
from services.runtime.bootstrap import Installation
from services.simulation import AgencyMessage
from services.simulation.regency import PARTNERS

PACE = 500
UNHURRIED, UNHURRIED_PACE = 1000, 100
"""So many events are sent before, at a pace at which the processors have time to spare."""
CONNECTIONS = 200
"""Of the senders; what is due while all of them wait for their answers waits with its clock running."""
DURABLE_STEPS = 4
"""What stands on disk before the next begins: the outbox, the reservation, the inbox, the ledger."""
WORK_P50_MS, WORK_P99_MS = 8, 30
"""What everything but the disk may take."""
_FILING = b'"kelambu.claim.filed.'


class _Name(Struct, frozen=True):
    source: str
    id: str


async def visible() -> AsyncIterator[Figure]:
    """Send at a steady pace and see when each event can be read in the read models."""
    before, sent = mix.paced()
    async with opened_installation() as installation:
        store = Store(installation.settings.database_url)
        disk = [syncs(installation.settings.data)]
        with running_services(installation):
            await submit(installation, before)
            await gauge(installation).settle(store)
            edge = Edge(installation.edge)
            answered = {one.name: await edge.receipts_end(one.name) for one in PARTNERS}
            watch = Watch(installation, store)
            watching = asyncio.ensure_future(watch.run())
            collect_seldom()  # a search through what was sent before would stop the sender for a third of a second
            unhurried = await sent_at_pace(installation, sent[:UNHURRIED], UNHURRIED_PACE)
            await gauge(installation).settle(store)
            due = await sent_at_pace(installation, sent[UNHURRIED:], PACE) | unhurried
            await gauge(installation).settle(store)
            watch.over.set()
            await watching
        disk.append(syncs(installation.settings.data))
        seen = await watch.seen()
        waiting = await _waited(edge, answered)
        store.close()
    waits = {name: (seen[name] - moment) * 1000 for name, moment in due.items() if name in seen}
    filings = sum(_FILING in message.body for message in sent) / len(sent)
    syncs_beside = Syncs(max(d.p50 for d in disk), max(d.p99 for d in disk))
    for pace in (UNHURRIED_PACE, PACE):
        own = [
            wait
            for name, wait in waits.items()
            if name not in waiting and (name in unhurried) == (pace == UNHURRIED_PACE)
        ]
        for figure in figures(own, syncs_beside, filings, pace):
            yield figure
    apart = [wait for name, wait in waits.items() if name in waiting]
    if apart:
        note = f"{len(apart):,} events, not counted above"
        yield Figure("waiting for another agency's filing, p50", part_of(apart, 0.5), "ms", note=note)


def figures(waits: list[float], disk: Syncs, filings: float, pace: int) -> list[Figure]:
    """Return the latencies at a pace beside what the disk alone takes for the durable steps."""
    note = f"{len(waits):,} events at {pace}/s, one by one, {filings:.0%} of them filings"
    at = "" if pace == PACE else f" at {pace}/s"
    return [
        Figure(
            f"publish to visible{at}, {part}",
            part_of(waits, share),
            "ms",
            DURABLE_STEPS * sync + work,
            at_most=True,
            note=f"{about}; {disk}; {DURABLE_STEPS} durable steps: at least {DURABLE_STEPS * sync:.1f} ms",
        )
        for part, share, sync, work, about in (
            ("p50", 0.5, disk.p50, WORK_P50_MS, note),
            ("p99", 0.99, disk.p99, WORK_P99_MS, f"slowest {max(waits):,.0f} ms"),
        )
    ]


async def sent_at_pace(
    installation: Installation, sent: Sequence[AgencyMessage], pace: int
) -> dict[_Name, float]:
    """Send so many messages a second, each when it is due, in a task of its own; returns when each event was due first."""
    due: dict[_Name, float] = {}
    sending = []
    pool = BlockingConnectionPool.from_url(
        installation.settings.redis_url or "", max_connections=CONNECTIONS, timeout=None
    )
    client = Redis.from_pool(pool)
    edge = Edge(client)
    began = time.perf_counter() + 0.1
    for number, message in enumerate(sent):
        moment = began + number / pace
        if (left := moment - time.perf_counter()) > 0:
            await asyncio.sleep(left)
        try:
            due.setdefault(msgspec.json.decode(message.body, type=_Name), moment)
        except msgspec.MsgspecError:
            continue  # what cannot be read never shows
        sending.append(asyncio.ensure_future(edge.submit(message.agency, [message.body])))
    await asyncio.gather(*sending)
    await client.aclose()
    return due


async def _waited(edge: Edge, answered: Mapping[str, str]) -> set[_Name]:
    """Return the events of which an agency was told that they wait, since the receipts that it had been given."""
    waited = set()
    for agency, after in answered.items():
        last = after
        while receipts := await edge.receipts(agency, last):
            last = receipts[-1][0]
            waited |= {
                _Name(one.source, one.id)
                for _, one in receipts
                if one.status == "waiting" and one.source is not None and one.id is not None
            }
    return waited


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

    async def seen(self) -> dict[_Name, float]:
        """Return for each event that was recorded when it was shown."""
        found = {}
        for partition, start in self._from.items():
            position = start
            moments = iter(self._seen)
            when, shown = next(moments)
            while entries := await self._installation.ledger.read(partition, position, 2000):
                for entry in entries:
                    event = decode(entry.body)
                    while shown[partition] < entry.position:
                        when, shown = next(moments)
                    found[_Name(event.source, event.id)] = when
                position = entries[-1].position
        return found
