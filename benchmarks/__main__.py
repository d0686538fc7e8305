"""``uv run python -m benchmarks``: measure everything, print a table, write ``benchmarks/results/latest.json``."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import uvloop
from rich.console import Console

from benchmarks import gateway, latency, lives, mix, offline, peer, stations, together
from benchmarks.report import LATEST, Figure, Report, machine, read, show, show_ratios, write
from services.platform.garbage_collection import collect_seldom
from services.simulation import AgencyMessage

GROUPS = ("replay", "stations", "lives", "together", "year", "visible", "gateway")
LONG = "growth"
"""All stages with ten and a hundred times the claims: only where it is asked for."""


def main() -> int:
    """Measure what was asked for; exit code 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=(*GROUPS, LONG), default=GROUPS, help="measure only these"
    )
    parser.add_argument("--participants", type=int, default=mix.PARTICIPANTS)
    parser.add_argument("--claims", type=int, default=mix.CLAIMS)
    parser.add_argument("--out", type=Path, help="where to write JSON; with --only nowhere by default")
    parser.add_argument("--show", action="store_true", help="print the latest figures, measure nothing")
    parser.add_argument(
        "--compare", type=Path, metavar="KEPT", help="print the ratios to a run that was kept"
    )
    asked = parser.parse_args()
    kept = read(asked.compare) if asked.compare else None
    if asked.show:
        if not LATEST.exists():
            parser.error(f"there is no {LATEST} yet: measure first")
        now = read(LATEST)
    else:
        now = _run(asked.only, asked.participants, asked.claims)
    show(now)
    if kept is not None:
        show_ratios(kept, now)
    out = asked.out or (LATEST if set(asked.only) >= set(GROUPS) else None)
    if out and not asked.show:
        write(now, out)
    return int(any(figure.met is False for figure in now.figures))


def _run(groups: Sequence[str], participants: int, claims: int) -> Report:
    console, load = Console(stderr=True), os.getloadavg()[0]
    with console.status("simulating what agencies send"):
        sent = mix.messages(participants, claims)
    collect_seldom()  # as the services and the offline replay do
    figures = []
    for figure in measured(sent, groups, console):
        console.print(f"{figure.name}: {figure.value:,.2f} {figure.unit}")
        figures.append(figure)
    return machine(mix.described(sent), load, figures)


def measured(sent: Sequence[AgencyMessage], groups: Sequence[str], console: Console) -> Iterator[Figure]:
    """Measure group by group; what is compared with a peer is measured in the same run."""
    if "replay" in groups:
        with console.status("replaying offline"):
            yield offline.measure("offline replay", sent)
            heavy = mix.messages(mix.PARTICIPANTS, mix.CLAIMS * mix.HEAVY)
            yield offline.measure(f"offline replay, {mix.HEAVY} times the claims", heavy)
    if "stations" in groups:
        with (
            console.status("pyeventsourcing"),
            tempfile.TemporaryDirectory(prefix="kelambu-bench-") as folder,
        ):
            beside = peer.measure(Path(folder))
        yield beside
        with console.status("each station by itself"):
            yield from uvloop.run(_all(stations.measure(sent, beside)))
    if "lives" in groups:
        with console.status("long lives"):
            yield from uvloop.run(_all(lives.measure()))
    if "together" in groups:
        with console.status("all stages at once, and nothing to do"):
            yield from uvloop.run(_all(together.stages(sent)))
    if "year" in groups:
        with console.status("a large part of a nation's year"):
            yield from uvloop.run(_all(together.year(mix.messages(*mix.LARGE))))
    if "visible" in groups:
        with console.status("publish to visible"):
            yield from uvloop.run(_all(latency.visible()))
    if "gateway" in groups:
        with console.status("over HTTP"):
            yield from uvloop.run(_all(gateway.measure(sent)))
    if LONG in groups:
        for times in mix.GROWTH:
            with console.status(f"{times} times the claims"):
                more = mix.messages(mix.PARTICIPANTS, mix.CLAIMS * times)
                yield offline.measure(f"offline replay, {times} times the claims", more)
                yield uvloop.run(together.all_stages(f"all stages, {times} times the claims", more))


async def _all(figures: AsyncIterator[Figure]) -> list[Figure]:
    return [figure async for figure in figures]


if __name__ == "__main__":
    sys.exit(main())
