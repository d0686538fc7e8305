"""What an installation takes while nobody sends anything: ``kelambu up`` on a filled ledger."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

from msgspec.structs import replace

from benchmarks.place import processes, spent
from benchmarks.report import Figure
from services.runtime.bootstrap import Installation

MEGABYTES, PERCENT = 500, 3
SETTLING_SECONDS, SECONDS = 15, 30
UP = "from services.cli import main; main(['up'])"


async def idle(installation: Installation) -> list[Figure]:
    """Run every service beside the server of an installation and look at all the processes."""
    settings = replace(
        installation.settings, http_port=free_port(), gateway_port=free_port(), console_port=free_port()
    )
    server = int((await installation.core.info("server"))["process_id"])
    with processes({"supervisor": ("-c", UP)}, settings, b'"installation.up"') as pids:
        await asyncio.sleep(SETTLING_SECONDS)
        every = [*_with_children(pids["supervisor"]), server]
        before = sum(map(spent, every))
        await asyncio.sleep(SECONDS)
        percent = (sum(map(spent, every)) - before) / SECONDS * 100
        held = {pid: _megabytes(pid) for pid in every}
    parts = f"{len(held)} processes, of that the server {held[server]:,.0f}"
    return [
        Figure("idle installation, memory", sum(held.values()), "MB", MEGABYTES, at_most=True, note=parts),
        Figure("idle installation, processor", percent, "% of a core", PERCENT, at_most=True),
    ]


def _with_children(pid: int) -> list[int]:
    told = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in told for each in _with_children(int(child)))]


def _megabytes(pid: int) -> float:
    """Return the proportional set size of a process: what it shares is divided among those that share it."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1000


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])
