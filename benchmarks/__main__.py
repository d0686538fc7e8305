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

from benchmarks import gateway, mix, offline, peer, stations, together, wire
from benchmarks.report import LATEST, Figure, machine, read, show, write
from services.platform.garbage_collection import collect_seldom
from services.runtime.embedded_server import EmbeddedServer
from services.simulation import AgencyMessage

NO_PROGRAM = (
    "no redis-benchmark or valkey-benchmark that works on the PATH (Debian's package redis-tools): "
    "the bare server is left out, and everything else is measured"
)
GROUPS = ("replay", "stations", "together", "visible", "gateway")


def main() -> int:
    """Measure what was asked for; exit code 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=GROUPS, default=GROUPS, help="measure only these")
    parser.add_argument("--participants", type=int, default=mix.PARTICIPANTS)
    parser.add_argument("--claims", type=int, default=mix.CLAIMS)
    parser.add_argument("--out", type=Path, help="where to write JSON; with --only nowhere by default")
    parser.add_argument("--show", action="store_true", help="print the latest figures, measure nothing")
    asked = parser.parse_args()
    if asked.show:
        if not LATEST.exists():
            parser.error(f"there is no {LATEST} yet: measure first")
        show(read(LATEST))
        return 0
    console = Console(stderr=True)
    with console.status("simulating what agencies send"):
        sent = mix.messages(asked.participants, asked.claims)
    collect_seldom()  # as the services and the offline replay do
    figures, load = [], os.getloadavg()[0]
    for figure in measured(sent, asked.only, console):
        console.print(f"{figure.name}: {figure.value:,.2f} {figure.unit}")
        figures.append(figure)
    report = machine(mix.described(sent), load, figures)
    show(report)
    out = asked.out or (LATEST if set(asked.only) == set(GROUPS) else None)
    if out:
        write(report, out)
    return int(any(figure.met is False for figure in figures))


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
    if "together" in groups:
        with console.status("redis-benchmark"):
            bare = _bare_server()
        if bare is None:
            console.print(NO_PROGRAM)
        else:
            yield bare
        with console.status("all stages at once"):
            yield from uvloop.run(_all(together.stages(sent, bare)))
    if "visible" in groups:
        with console.status("publish to visible"):
            yield from uvloop.run(_all(together.visible(mix.messages(*mix.SMALL))))
    if "gateway" in groups:
        with console.status("over HTTP"):
            yield from uvloop.run(_all(gateway.measure(sent)))


def _bare_server() -> Figure | None:
    with tempfile.TemporaryDirectory(prefix="kelambu-bench-") as folder:
        server = EmbeddedServer.start(Path(folder))
        try:
            return wire.measure(server)
        finally:
            server.stop()


async def _all(figures: AsyncIterator[Figure]) -> list[Figure]:
    return [figure async for figure in figures]


if __name__ == "__main__":
    sys.exit(main())
