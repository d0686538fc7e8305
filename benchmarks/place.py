"""Where a benchmark runs: an installation on a server and a directory of its own, with the agencies of the regency."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from services.cli.commands.agency import register
from services.cli.demo.settling import Gauge
from services.cli.demo.year import waves
from services.intake.worker import run as take_in
from services.ledger import keys
from services.ledger.edge import Edge
from services.platform.child_processes import end_with
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation, open_installation
from services.runtime.embedded_server import EmbeddedServer
from services.simulation import AgencyMessage
from services.simulation.regency import PARTNERS, Partner

SERVICES = ("intake", "adjudication", "disbursement", "projector")
"""What an event passes on its way, each a process of its own."""

AHEAD = 4_000
"""How many documents are sent at once, and may be left when the next are."""
LOOK_SECONDS = 0.02
"""How long between two looks at the outboxes, which cost the server a command for each agency."""
TICKS = os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def opened_installation(partners: Sequence[Partner] = PARTNERS) -> AsyncIterator[Installation]:
    """Open an installation that has its agencies and nothing else; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="kelambu-bench-") as folder:
        data = Path(folder)
        server = EmbeddedServer.start(data)
        try:
            settings = Settings.read({"KELAMBU_HTTP_PORT": "0", "KELAMBU_LOG_FORMAT": "json"}, data)
            async with open_installation(settings.with_server(server.url)) as installation:
                for one in partners:
                    await register(installation, one.name, one.types, one.findings, one.account)
                yield installation
        finally:
            server.stop()


@contextmanager
def processes(
    commands: Mapping[str, Sequence[str]], settings: Settings, ready: bytes
) -> Iterator[dict[str, int]]:
    """Run Python with these arguments, each in a process; begins with their ids when all have logged ``ready``."""
    environment = os.environ | settings.environment()
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # as `./kelambu` does: compiling leaves memory behind
    logs = {name: settings.data / f"{name}.log" for name in commands}
    started: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            with logs[name].open("wb") as output:
                started[name] = subprocess.Popen(
                    [sys.executable, *command],
                    env=environment,
                    stdout=output,
                    stderr=output,
                    preexec_fn=end_with(os.getpid()),  # noqa: PLW1509 -- only one system call is made there
                )
        for name, process in started.items():
            while ready not in logs[name].read_bytes():
                if process.poll() is not None:
                    raise RuntimeError(logs[name].read_text())
        yield {name: process.pid for name, process in started.items()}
    finally:
        for process in started.values():
            process.terminate()
        for process in started.values():
            process.wait()


@contextmanager
def running_services(installation: Installation, names: Sequence[str] = SERVICES) -> Iterator[dict[str, int]]:
    """Run services as ``kelambu run`` does, each in a process of its own; begins with their ids when all work."""
    commands = {name: ("-m", "services.runtime.run", name) for name in names}
    with processes(commands, installation.settings, b'"service.started"') as pids:
        yield pids


def spent(pid: int) -> float:
    """Return the seconds of a processor that a process of this machine has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


async def submit(installation: Installation, sent: Sequence[AgencyMessage]) -> None:
    """Put messages into their agencies' outboxes, never far ahead of intake; returns once all are taken up.

    What different agencies say about one claim keeps its order, as in a real year, where hours lie between.
    """
    edge = Edge(installation.edge)
    for wave in waves(sent):
        for start in range(0, len(wave), AHEAD):
            for agency, documents in by_agency(wave[start : start + AHEAD]).items():
                await edge.submit(agency, documents)
            await taken_up(installation, AHEAD if start + AHEAD < len(wave) else 0)


async def taken_up(installation: Installation, ahead: int = 0) -> None:
    """Return once no more than ``ahead`` documents are in the outboxes; an empty one is not looked at again."""
    waiting = [keys.outbox(partner.name) for partner in PARTNERS]
    while True:
        async with installation.edge.pipeline(transaction=False) as pipe:
            for outbox in waiting:
                pipe.xlen(outbox)
            lengths = await pipe.execute()
        if sum(lengths) <= ahead:
            return
        waiting = [outbox for outbox, length in zip(waiting, lengths, strict=True) if length]
        await asyncio.sleep(LOOK_SECONDS)


def by_agency(sent: Sequence[AgencyMessage]) -> dict[str, list[bytes]]:
    """Return the documents that each agency sends, in order."""
    documents: dict[str, list[bytes]] = {}
    for message in sent:
        documents.setdefault(message.agency, []).append(message.body)
    return documents


@asynccontextmanager
async def intake(installation: Installation) -> AsyncIterator[None]:
    """Run intake in this process."""
    stop = asyncio.Event()
    working = asyncio.ensure_future(take_in(installation, stop))
    yield
    stop.set()
    await working


def gauge(installation: Installation) -> Gauge:
    """Return what tells how much is left to do."""
    return Gauge(installation, [one.name for one in PARTNERS])
