"""``uv run python -m benchmarks.recalculation``: the whole book recalculated, and judged by another rulebook.

The claims of generated lives are recorded as the decider records them, one partition after the other, and then timed,
on a process for each processor: every recorded event decided again and compared byte by byte, as ``kelambu verify``
does; and every claim judged by a rulebook with another amount, as ``kelambu whatif`` does. What generating takes is
not counted.
"""

from __future__ import annotations

import argparse
import datetime as dt
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from rich.console import Console
from rich.progress import track

from benchmarks.report import Figure, machine, show, write
from events.catalogue import AgencyEvent, Event, encode
from services.adjudication.decider import advance, decode_state, encode_state, initial
from services.adjudication.recalculation import Recalculation
from services.adjudication.replay import Replay
from services.benefits.reading.folder import LAW, files_of, load
from services.benefits.reading.rulebook_files import read_files
from services.benefits.rulebook import Rulebook
from services.ledger.protocol import Entry, StoredState
from services.simulation import agency_events
from services.whatif.whole_book import WhatIfQuestion, of_states

YEAR = 600_000
"""Claims of a year of the whole country."""
PARTITION = 5_000
"""Claims of one partition, which one process takes at a time."""
GOAL_SECONDS = 300
SEED = 7

T = TypeVar("T")
R = TypeVar("R")


class Done(Struct, frozen=True):
    """What a process has been through."""

    claims: int
    events: int
    differences: int
    seconds: float
    """Of processor time."""


class Recorder(Replay):
    """Decides like a replay and keeps what is to be recorded, position by position."""

    def __init__(self, rulebook: Rulebook) -> None:
        """Begin with an empty partition."""
        super().__init__(rulebook)
        self.bodies: list[bytes] = []
        self._recorded = dt.datetime.min.replace(tzinfo=dt.UTC)

    def _decide(self, person: str, event: AgencyEvent) -> None:
        self.record(person, event)

    def record(self, person: str, event: Event) -> None:
        """Record an event and what is said of it, if it may be; no earlier than what stands there."""
        self._recorded = max(self._recorded, event.time)
        placed = replace(
            event, person=person, partition=0, position=len(self.bodies) + 1, recordedtime=self._recorded
        )
        state, said = advance(self.states.get(person) or initial(), placed, self.rulebook)
        self.states[person] = state
        self.bodies += map(encode, said)


def generate(task: tuple[int, int, Path]) -> None:
    """Write the ledger of one partition, and the states that it comes to."""
    seed, claims, place = task
    book = Recorder(load())
    for message in agency_events(seed, 2 * claims, claims):
        book.take(message.body)
    place.mkdir()
    (place / "ledger").write_bytes(b"\n".join(book.bodies))
    states = [encode_state(state) for state in book.states.values()]
    (place / "states").write_bytes(msgspec.msgpack.encode(states))


def recalculate(place: Path) -> Done:
    """Decide every event of a partition again and compare what comes out with what stands there."""
    rulebook, began = load(), time.process_time()
    replay = Recalculation(0, 1, {rulebook.name: rulebook}, rulebook)
    with (place / "ledger").open("rb") as lines:
        for position, line in enumerate(lines, 1):
            replay.take(Entry(0, position, line.removesuffix(b"\n")))
    claims = sum(len(state.claims) for state in replay.states.values())
    return Done(claims, replay.position, len(replay.findings), time.process_time() - began)


def judge(place: Path) -> Done:
    """Judge every claim of a partition by a rulebook in which the death benefit is another."""
    rulebook, began = load(), time.process_time()
    states = msgspec.msgpack.decode((place / "states").read_bytes(), type=list[StoredState])
    part = of_states(map(decode_state, states), WhatIfQuestion(_other(), {rulebook.hash: rulebook}))
    return Done(part.judged, 0, len(part.changes), time.process_time() - began)


def _other() -> Rulebook:
    files = files_of(LAW)
    return read_files(
        {name: text.replace("value = 20_000_000,", "value = 25_000_000,") for name, text in files.items()}
    )


def main() -> int:
    """Measure; exit code 1 when the goal was missed or a recalculation came out otherwise."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recalculation", description=__doc__)
    parser.add_argument(
        "--claims", type=int, default=20_000, help=f"how many; {YEAR} for a year of the country"
    )
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, help="where to write JSON")
    asked = parser.parse_args()
    busy = os.getloadavg()[0]
    again, other, seconds = measured(asked.claims, asked.processes, Console(stderr=True))
    described = (
        f"{again.claims:,} claims (seed {SEED}…), {again.events:,} ledger events, {asked.processes} processes"
    )
    figures = list(_figures(again, other, seconds))
    report = machine(described, busy, figures)
    show(report)
    if asked.out:
        write(report, asked.out)
    return int(again.differences > 0 or any(figure.met is False for figure in figures))


def measured(claims: int, processes: int, console: Console) -> tuple[Done, Done, list[float]]:
    """Return what was recalculated, what was judged by the other rulebook, and the seconds of both."""
    size = min(PARTITION, -(-claims // processes))
    sizes = [size] * (claims // size) + [claims % size] * (claims % size > 0)
    seconds, again, other = [0.0, 0.0], Done(0, 0, 0, 0), Done(0, 0, 0, 0)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        together = 4 * processes
        for start in track(range(0, len(sizes), together), "partitions", console=console):
            with tempfile.TemporaryDirectory(prefix="kelambu-bench-") as folder:
                numbered = list(enumerate(sizes[start : start + together], start))
                places = [Path(folder) / str(number) for number, _ in numbered]
                tasks = [(SEED + number, size, Path(folder) / str(number)) for number, size in numbered]
                list(pool.map(generate, tasks))
                again = _sum(again, *_timed(pool, recalculate, places, seconds, 0))
                other = _sum(other, *_timed(pool, judge, places, seconds, 1))
    return again, other, seconds


def _timed(
    pool: ProcessPoolExecutor, work: Callable[[T], R], tasks: Sequence[T], seconds: list[float], index: int
) -> list[R]:
    began = time.perf_counter()
    done = list(pool.map(work, tasks))
    seconds[index] += time.perf_counter() - began
    return done


def _sum(*parts: Done) -> Done:
    return Done(*(sum(getattr(part, name) for part in parts) for name in Done.__struct_fields__))


def _figures(again: Done, other: Done, seconds: Sequence[float]) -> Iterator[Figure]:
    for name, done, took, note in (
        (
            "recalculated",
            again,
            seconds[0],
            f"{again.events / seconds[0]:,.0f} ledger events/s, {again.differences} differ",
        ),
        (
            "judged by another rulebook",
            other,
            seconds[1],
            f"{other.differences:,} come out otherwise, each explained",
        ),
    ):
        yield Figure(name, done.claims / took, "claims/s", note=note)
        cost = f"{done.seconds / done.claims * 1e6:,.0f} µs of processor time a claim"
        yield Figure(
            f"{YEAR:,} claims {name}", took * YEAR / done.claims, "s", GOAL_SECONDS, at_most=True, note=cost
        )


if __name__ == "__main__":
    sys.exit(main())
