"""Everything at once on one machine: agencies that send, every service as a process, the server."""

from __future__ import annotations

import itertools
import time
from collections.abc import AsyncIterator, Sequence

from msgspec import Struct

from benchmarks.clock import server_seconds
from benchmarks.idle import idle
from benchmarks.mix import EVEN_PARTNERS, even
from benchmarks.place import SERVICES, gauge, intake, opened_installation, running_services, spent, submit
from benchmarks.report import Figure
from projections.store import Store
from services.ledger import keys
from services.runtime.bootstrap import Installation
from services.simulation import AgencyMessage
from services.simulation.regency import PARTNERS, Partner

STAGES_GOAL = 12_000
YEAR_EVENTS, YEAR_SECONDS = 3_600_000, 300
"""Agency events of a year of the whole country, and in how many seconds they are to be taken on two cores."""
DELIVERED_AT_ONCE = 2_000


class Taken(Struct, frozen=True):
    """How many events a second were taken, and the microseconds of a processor that each process spent on one."""

    rate: float
    parts: dict[str, float]

    @property
    def micros(self) -> float:
        """What an event costs all of them together."""
        return sum(self.parts.values())

    def __str__(self) -> str:
        """Say what an event costs."""
        parts = ", ".join(f"{part} {each:.0f}" for part, each in self.parts.items())
        return f"an event costs {self.micros:.0f} µs: {parts}"


async def stages(sent: Sequence[AgencyMessage]) -> AsyncIterator[Figure]:
    """Send everything as fast as it is taken while every service works.

    Ends when all of it can be read, and is idle then.
    """
    yield await all_stages("all stages, one agency sends nearly all", sent)
    yield await all_stages("all stages, 24 agencies with even shares", even(sent), EVEN_PARTNERS)
    async with opened_installation() as installation:
        async with intake(installation):
            await submit(installation, sent)
        arrivals = await _emptied(installation)
        with running_services(installation, SERVICES[1:]):
            began = time.perf_counter()
            for start in range(0, len(arrivals), DELIVERED_AT_ONCE):
                await installation.ledger.deliver(arrivals[start : start + DELIVERED_AT_ONCE])
            await _settled(installation)
            rate = len(arrivals) / (time.perf_counter() - began)
        yield Figure("all stages without intake", rate, "agency events/s", note="from the inboxes on")
        for figure in await idle(installation):
            yield figure


async def year(sent: Sequence[AgencyMessage]) -> AsyncIterator[Figure]:
    """Measure all stages on a large part of a nation's year and say how long the whole takes at that speed."""
    measured = await all_stages(f"all stages, {len(sent):,} events", sent)
    yield measured
    note = f"{YEAR_EVENTS:,} agency events, extrapolated from {len(sent):,}"
    yield Figure("a nation's year", YEAR_EVENTS / measured.value, "s", YEAR_SECONDS, at_most=True, note=note)


async def all_stages(
    name: str,
    sent: Sequence[AgencyMessage],
    partners: Sequence[Partner] = PARTNERS,
    services: Sequence[str] = SERVICES,
) -> Figure:
    """Return how many events are taken in a second, and what each process spends on one."""
    taken = await take_all(sent, partners, services)
    return Figure(name, taken.rate, "agency events/s", STAGES_GOAL, note=str(taken))


async def take_all(
    sent: Sequence[AgencyMessage], partners: Sequence[Partner], services: Sequence[str]
) -> Taken:
    """Send everything to services that run as processes; ends when all of it can be read."""
    async with opened_installation(partners) as installation:
        with running_services(installation, services) as pids:
            server = await server_seconds(installation.core)
            before = {service: spent(pid) for service, pid in pids.items()}
            process, began = time.process_time(), time.perf_counter()
            await submit(installation, sent)
            fed = time.process_time() - process
            await _settled(installation)
            seconds = time.perf_counter() - began
            used = {
                "feeder": fed,
                **{service: spent(pid) - before[service] for service, pid in pids.items()},
                "server": await server_seconds(installation.core) - server,
            }
    return Taken(len(sent) / seconds, {part: each / len(sent) * 1e6 for part, each in used.items()})


async def _settled(installation: Installation) -> None:
    store = Store(installation.settings.database_url)
    await gauge(installation).settle(store)
    store.close()


async def _emptied(installation: Installation) -> list[tuple[int, bytes, bytes]]:
    """Take everything out of the inboxes, to be delivered again; the partitions in turn, as intake would."""
    partitions = range(installation.ledger.partitions)
    inboxes = [await installation.ledger.inbox(partition, "0-0", 10_000_000) for partition in partitions]
    for partition in partitions:
        await installation.core.delete(keys.inbox(partition))
    turns = itertools.zip_longest(*inboxes)
    return [(p, one.body, one.tag) for turn in turns for p, one in enumerate(turn) if one is not None]
