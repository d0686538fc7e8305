"""What a benchmark says: figures with their goals, as a table for people and JSON for programs."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.table import Table

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


class Report(Struct, frozen=True):
    """All figures of one run, and the machine that they are about."""

    machine: str
    cores: int
    python: str
    server: str
    mix: str
    load: float
    """Processes that wanted a processor when the run began, by the system's one-minute average."""
    figures: list[Figure]


def machine(mix: str, load: float, figures: list[Figure]) -> Report:
    """Put figures beside what they were measured on."""
    server = find_server()
    return Report(
        machine=_processor(),
        cores=os.cpu_count() or 1,
        python=platform.python_version(),
        server=f"{server.name} {'.'.join(map(str, server.version))}",
        mix=mix,
        load=load,
        figures=figures,
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
    console.print(
        f"{report.machine}, {report.cores} cores · Python {report.python} · {report.server}, fsync always · "
        f"load {report.load:.1f} when it began"
    )
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


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.2f}"
