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
from redis.asyncio import ConnectionPool
from redis.asyncio.connection import AbstractConnection
from sqlalchemy.engine import make_url

from benchmarks import mix
from benchmarks.clock import Syncs, part_of, server_seconds, syncs
from benchmarks.place import gauge, opened_installation, running_services, spent, submit
from benchmarks.report import Figure
from events.catalogue import decode
from projections.read_model_builds import POSITIONS
from projections.store import Store
from services.ledger import keys
from services.ledger.edge import DOCUMENT_FIELD, Edge
from services.platform.garbage_collection import collect_seldom
from services.runtime.bootstrap import Installation
from services.simulation import AgencyMessage
from services.simulation.regency import PARTNERS

PACE = 500
UNHURRIED, UNHURRIED_PACE = 1000, 100
"""So many events are sent before, at a pace at which the processors have time to spare."""
DURABLE_STEPS = 4
"""What stands on disk before the next begins: the outbox, the reservation, the inbox, the ledger."""
WORK_P50_MS, WORK_P99_MS = 8, 30
"""What everything but the disk may take."""
_FILING = b'"kelambu.claim.filed.'
_SHOWN = f"SELECT partition, min(position) FROM {POSITIONS.name} GROUP BY partition"  # noqa: S608 -- a table of ours


class _Name(Struct, frozen=True):
    source: str
    id: str


async def visible() -> AsyncIterator[Figure]:
    """Send at a steady pace and see when each event can be read in the read models."""
    before, sent = mix.paced()
    async with opened_installation() as installation:
        store = Store(installation.settings.database_url)
        disk = [syncs(installation.settings.data)]
        with running_services(installation) as pids:
            await submit(installation, before)
            await gauge(installation).settle(store)
            edge = Edge(installation.edge)
            answered = {one.name: await edge.receipts_end(one.name) for one in PARTNERS}
            watch = Watch(installation)
            watching = asyncio.ensure_future(watch.run())
            collect_seldom()  # a search through what was sent before would stop the sender for a third of a second
            spending = {}
            dues = []
            for pace, part in ((UNHURRIED_PACE, sent[:UNHURRIED]), (PACE, sent[UNHURRIED:])):
                start = await _spent(installation, pids)
                dues.append(await sent_at_pace(installation, part, pace))
                await gauge(installation).settle(store)
                spending[pace] = Spending.between(start, await _spent(installation, pids), len(part))
            unhurried, hurried = dues
            due = hurried | unhurried
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
        yield spending[pace].figure(pace)
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


class Spending(Struct, frozen=True):
    """The microseconds of a processor that an event cost each process, the benchmark's own among them."""

    parts: Mapping[str, float]

    @classmethod
    def between(cls, start: Mapping[str, float], end: Mapping[str, float], number: int) -> Spending:
        """Return what ``number`` events cost, by the seconds that each process had used before and after."""
        return cls({part: (end[part] - start[part]) / number * 1e6 for part in start})

    def figure(self, pace: int) -> Figure:
        """Return it for the report."""
        parts = ", ".join(f"{part} {each:,.0f}" for part, each in self.parts.items())
        return Figure(f"an event at {pace}/s", sum(self.parts.values()), "µs of a processor", note=parts)


async def _spent(installation: Installation, pids: Mapping[str, int]) -> dict[str, float]:
    """Return the seconds of a processor that each process has used so far."""
    return {
        "benchmark": time.process_time(),
        **{service: spent(pid) for service, pid in pids.items()},
        "server": await server_seconds(installation.core),
    }


async def sent_at_pace(
    installation: Installation, sent: Sequence[AgencyMessage], pace: int
) -> dict[_Name, float]:
    """Send so many messages a second, each when it is due, whether or not those before are answered.

    Returns when each event was due first, once all are answered. All go over one connection, in the order in which
    they are due.
    """
    due: dict[_Name, float] = {}
    pool = ConnectionPool.from_url(installation.settings.redis_url or "")
    connection = await pool.get_connection()  # type: ignore[no-untyped-call]
    documents = [
        connection.pack_command("XADD", keys.outbox(one.agency), "*", DOCUMENT_FIELD, one.body)
        for one in sent
    ]
    names = [_name(one.body) for one in sent]
    answers = asyncio.ensure_future(_answers(connection, len(sent)))
    began = time.perf_counter() + 0.1
    for number, (name, document) in enumerate(zip(names, documents, strict=True)):
        moment = began + number / pace
        if (left := moment - time.perf_counter()) > 0:
            await asyncio.sleep(left)
        if name is not None:
            due.setdefault(name, moment)
        await connection.send_packed_command(document, check_health=False)
    await answers
    await pool.aclose()
    return due


def _name(body: bytes) -> _Name | None:
    """Return the event of a document; None for what cannot be read, which never shows."""
    try:
        return msgspec.json.decode(body, type=_Name)
    except msgspec.MsgspecError:
        return None


async def _answers(connection: AbstractConnection, number: int) -> None:
    """Read so many answers; raises what any of them says is wrong."""
    for _ in range(number):
        await connection.read_response(disconnect_on_error=False)


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

    def __init__(self, installation: Installation) -> None:
        """Watch the SQLite file of an installation."""
        self.over = asyncio.Event()
        self._installation = installation
        self._file = sqlite3.connect(make_url(installation.settings.database_url).database or "")
        self._seen: list[tuple[float, dict[int, int]]] = []
        self._from = self._shown()

    def _shown(self) -> dict[int, int]:
        """Return the position of each partition up to which every read model shows everything."""
        return dict(self._file.execute(_SHOWN))

    async def run(self) -> None:
        """Look every millisecond whether the file has changed, until ``over``."""
        last = 0
        while not self.over.is_set():
            version = self._file.execute("PRAGMA data_version").fetchone()[0]
            if version != last:
                last = version
                shown = self._shown()
                self._seen.append((time.perf_counter(), shown))
            await asyncio.sleep(0.001)
        self._file.close()

    async def seen(self) -> dict[_Name, float]:
        """Return for each event that was recorded when it was shown."""
        times = {}
        for partition, start in self._from.items():
            position = start
            moments = iter(self._seen)
            when, shown = next(moments)
            while entries := await self._installation.ledger.read(partition, position, 2000):
                for entry in entries:
                    event = decode(entry.body)
                    while shown[partition] < entry.position:
                        when, shown = next(moments)
                    times[_Name(event.source, event.id)] = when
                position = entries[-1].position
        return times
