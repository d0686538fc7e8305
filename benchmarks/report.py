"""What a benchmark says.

Figures with their goals, as a table for people and JSON for programs, and beside those of another run.
"""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.table import Table

import services
from services.runtime.embedded_server import find_server

LATEST = Path(__file__).parent / "results" / "latest.json"


class Figure(Struct, frozen=True, omit_defaults=True):
    """One measured value. ``goal`` is the least it should be, or the most where ``at_most``."""

    name: str
    value: float
    unit: str
    goal: float | None = None
    at_most: bool = False
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is none."""
        if self.goal is None:
            return None
        return self.value <= self.goal if self.at_most else self.value >= self.goal


class Report(Struct, frozen=True, kw_only=True):
    """All figures of one run, and the commit and the machine that they are about."""

    commit: str
    """The short hash of the code that was measured; with ``+`` where its tree held changes besides."""
    machine: str
    cores: int
    python: str
    server: str
    mix: str
    load: tuple[float, float]
    """Processes that wanted a processor when the run began and when it ended, by the system's one-minute average."""
    figures: list[Figure]

    def about(self) -> str:
        """Say what was measured where."""
        began, ended = self.load
        return (
            f"{self.commit} · {self.machine}, {self.cores} cores · Python {self.python} · {self.server}, "
            f"fsync always · load {began:.1f} when it began, {ended:.1f} when it ended"
        )


def machine(mix: str, began: float, figures: list[Figure]) -> Report:
    """Put figures beside what they were measured on; ``began`` is the load before."""
    server = find_server()
    return Report(
        commit=_commit(),
        machine=_processor(),
        cores=os.cpu_count() or 1,
        python=platform.python_version(),
        server=f"{server.name} {'.'.join(map(str, server.version))} with {server.allocator}",
        mix=mix,
        load=(began, os.getloadavg()[0]),
        figures=figures,
    )


def _commit() -> str:
    def git(*arguments: str) -> str:
        told = subprocess.run(
            ["git", *arguments],
            cwd=Path(services.__file__).resolve().parent,
            capture_output=True,
            text=True,
            check=False,
        )
        return told.stdout.strip()

    return (
        git("rev-parse", "--short", "HEAD") + "+" * bool(git("status", "--porcelain", "-uno")) or "no commit"
    )


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def write(report: Report, path: Path) -> None:
    """Write the report as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")


def read(path: Path) -> Report:
    """Read a report that ``write`` wrote."""
    return msgspec.json.decode(path.read_bytes(), type=Report)


def show(report: Report) -> None:
    """Print the report as a table."""
    console = Console()
    console.print(report.about())
    console.print(f"Events: {report.mix}")
    table = Table()
    for column in ("figure", "value", "unit", "goal", ""):
        table.add_column(column, no_wrap=column != "figure", justify="right" if column == "value" else "left")
    for figure in report.figures:
        sign = "≤" if figure.at_most else "≥"
        goal = "" if figure.goal is None else f"{sign} {_number(figure.goal)}"
        met = {None: "", True: "[green]met[/]", False: "[red]missed[/]"}[figure.met]
        name = f"{figure.name}\n[dim]{figure.note}[/]" if figure.note else figure.name
        table.add_row(name, _number(figure.value), figure.unit, goal, met)
    console.print(table)


def show_ratios(kept: Report, now: Report) -> None:
    """Print each figure that both runs have, and how many times what it was it is now."""
    console = Console()
    for name, run in (("then", kept), ("now", now)):
        console.print(f"{name}: {run.about()}")
    table = Table()
    for column in ("figure", "then", "now", "unit", "now / then"):
        table.add_column(column, no_wrap=column != "figure", justify="left" if "u" in column else "right")
    for before, after in pairs(kept.figures, now.figures):
        ratio = f"{after.value / before.value:.2f}" if before.value else ""
        table.add_row(after.name, _number(before.value), _number(after.value), after.unit, ratio)
    console.print(table)


def pairs(kept: Sequence[Figure], now: Sequence[Figure]) -> Iterator[tuple[Figure, Figure]]:
    """Yield the figures of the same name and unit in two runs, in the order of the later one."""
    kept_figures = {(figure.name, figure.unit): figure for figure in kept}
    for figure in now:
        if before := kept_figures.get((figure.name, figure.unit)):
            yield before, figure


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.2f}"
