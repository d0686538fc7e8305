"""``uv run python -m benchmarks.notary``: how fast the log grows, how soon an event is under a checkpoint, what that costs.

The cost is measured by turns, all stages with the notary beside them and without, so that whatever else the machine
does is in the figures of both; the ratio of the medians is what to believe.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median, quantiles

import msgspec
import uvloop
from msgspec import Struct

from benchmarks import mix
from benchmarks.latency import PACE, sent_at_pace
from benchmarks.place import SERVICES, gauge, opened_installation, running_services, submit
from benchmarks.report import Figure
from benchmarks.together import Taken, take_all
from projections.store import Store
from services.notary.leaves import LogEntry, ledger_stream
from services.notary.log import Log
from services.notary.writer import LogWriter
from services.simulation.regency import PARTNERS

BODY = b'{"specversion":"1.0","type":"kelambu.measured.v1","data":"%d %s"}'
STEP = 4_000
COST_GOAL, SEALED_GOAL = 1.05, 2.0


class _Recorded(Struct):
    recordedtime: dt.datetime


def appended(entries: int) -> Figure:
    """Write so many entries of about a kilobyte, durable at every full tile and step."""
    with tempfile.TemporaryDirectory(prefix="kelambu-bench-") as folder:
        writer = LogWriter(Path(folder) / "log")
        made = [LogEntry(ledger_stream(0), n + 1, BODY % (n, b"x" * 900)) for n in range(STEP)]
        began = time.perf_counter()
        for _ in range(entries // STEP):
            writer.append(made)
            writer.flush()
        seconds = time.perf_counter() - began
        writer.close()
    return Figure(f"{entries:,} entries appended", seconds, "s", note=f"{entries / seconds:,.0f} entries/s")


async def sealed_soon() -> Figure:
    """Send 500 events a second and see how long after its recording each stands under a checkpoint that can be read."""
    before, sent = mix.paced()
    async with opened_installation() as installation:
        store = Store(installation.settings.database_url)
        with running_services(installation, (*SERVICES, "notary")):
            await submit(installation, before)
            await gauge(installation).settle(store)
            seen, over = dict[str, list[tuple[int, float]]](), asyncio.Event()
            start = await installation.heads()
            watching = asyncio.ensure_future(_watched(Log(installation.settings.log), seen, over))
            await sent_at_pace(installation, sent, PACE)
            await gauge(installation).settle(store)
            await asyncio.sleep(2)
            over.set()
            await watching
        store.close()
        waits = []
        for partition, position in enumerate(start):
            entries = await installation.ledger.read(partition, position, 1_000_000)
            waits += _waits({one.position: one.body for one in entries}, seen[ledger_stream(partition)])
    cuts = quantiles(waits, n=100)
    note = f"p50 {cuts[49]:.3f} s, most {max(waits):.3f} s, {len(waits):,} events"
    return Figure("recorded to under a checkpoint, p99", cuts[98], "s", SEALED_GOAL, at_most=True, note=note)


async def _watched(log: Log, seen: dict[str, list[tuple[int, float]]], over: asyncio.Event) -> None:
    last = -1
    while not over.is_set():
        if (given := log.checkpoint()) is not None and given.size != last:
            last, now = given.size, time.time()
            for stream, head in given.heads.items():
                seen.setdefault(stream, []).append((head.position, now))
        await asyncio.sleep(0.01)


def _waits(bodies: Mapping[int, bytes], seen: list[tuple[int, float]]) -> list[float]:
    waits, marks = [], iter(seen)
    head, moment = next(marks)
    for position, body in sorted(bodies.items()):
        while head < position:
            head, moment = next(marks)
        recorded = msgspec.json.decode(body, type=_Recorded).recordedtime
        waits.append(moment - recorded.timestamp())
    return waits


async def cost(participants: int, claims: int, rounds: int) -> list[Figure]:
    """Run all stages without the notary and with it, by turns."""
    sent = mix.messages(participants, claims)
    without, beside = list[Taken](), list[Taken]()
    for _ in range(rounds):
        for runs, services in ((without, SERVICES), (beside, (*SERVICES, "notary"))):
            runs.append(await take_all(sent, PARTNERS, services))
    rates = [median(one.rate for one in runs) for runs in (without, beside)]
    micros = [median(one.micros for one in runs) for runs in (without, beside)]
    own = median(one.parts["notary"] / one.micros for one in beside)
    return [
        Figure(
            "all stages without the notary", rates[0], "agency events/s", note=f"{micros[0]:.0f} µs an event"
        ),
        Figure(
            "all stages with the notary", rates[1], "agency events/s", note=f"{micros[1]:.0f} µs an event"
        ),
        Figure("what the notary costs, of the rate", rates[0] / rates[1], "×", COST_GOAL, at_most=True),
        Figure(
            "what the notary costs, of processor time", micros[1] / micros[0], "×", COST_GOAL, at_most=True
        ),
        Figure("the notary's own part of it", own * 100, "%", note=str(beside[-1])),
    ]


async def _measured(asked: argparse.Namespace) -> None:
    _show(appended(asked.entries))
    _show(await sealed_soon())
    for figure in await cost(asked.participants, asked.claims, asked.rounds):
        _show(figure)


def _show(figure: Figure) -> None:
    print(f"{figure.name}: {figure.value:,.3f} {figure.unit}  {figure.note}", flush=True)


def main() -> None:
    """Measure all of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.notary", description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--participants", type=int, default=10_000)
    parser.add_argument("--claims", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    uvloop.run(_measured(parser.parse_args()))


if __name__ == "__main__":
    main()
