"""Where a benchmark runs: an installation on a server and a directory of its own, with the agencies of the regency."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from services.cli.commands.agency import register
from services.cli.demo.settling import Gauge
from services.cli.demo.year import waves
from services.intake.worker import run as take_in
from services.ledger.edge import Edge
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation, open_installation
from services.runtime.embedded_server import EmbeddedServer, end_with
from services.simulation import AgencyMessage
from services.simulation.regency import PARTNERS

SERVICES = ("intake", "adjudication", "disbursement", "projector")
"""What an event passes on its way, each a process of its own."""

AHEAD = 4_000
"""How many documents are sent at once, and may be left when the next are."""
LOOK_SECONDS = 0.02
"""How long between two looks at the outboxes; looking costs the server a few dozen commands."""


@asynccontextmanager
async def opened_installation() -> AsyncIterator[tuple[Installation, EmbeddedServer]]:
    """Open an installation that has its agencies and nothing else; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="kelambu-bench-") as folder:
        data = Path(folder)
        server = EmbeddedServer.start(data)
        try:
            settings = Settings.read({"KELAMBU_HTTP_PORT": "0", "KELAMBU_LOG_FORMAT": "json"}, data)
            async with open_installation(settings.with_server(server.url)) as installation:
                for one in PARTNERS:
                    await register(installation, one.name, one.types, one.findings, one.account)
                yield installation, server
        finally:
            server.stop()


@contextmanager
def running_services(installation: Installation, names: Sequence[str] = SERVICES) -> Iterator[None]:
    """Run services as ``kelambu run`` does, each in a process of its own; begins when all work."""
    logs = {name: installation.settings.data / f"{name}.log" for name in names}
    processes = []
    try:
        for name, log in logs.items():
            with log.open("wb") as output:
                process = subprocess.Popen(
                    [sys.executable, "-m", "services.runtime.run", name],
                    env=os.environ | installation.settings.environment(),
                    stdout=output,
                    stderr=output,
                    preexec_fn=end_with(os.getpid()),  # noqa: PLW1509 -- only one system call is made there
                )
            processes.append(process)
        for process, log in zip(processes, logs.values(), strict=True):
            while b'"service.started"' not in log.read_bytes():
                if process.poll() is not None:
                    raise RuntimeError(log.read_text())
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


async def submit(installation: Installation, sent: Sequence[AgencyMessage]) -> None:
    """Put messages into their agencies' outboxes, never far ahead of intake; returns once all are taken up.

    What different agencies say about one claim keeps its order, as in a real year, where hours lie between.
    """
    edge, look = Edge(installation.edge), gauge(installation)
    for wave in waves(sent):
        for start in range(0, len(wave), AHEAD):
            outboxes: dict[str, list[bytes]] = {}
            for message in wave[start : start + AHEAD]:
                outboxes.setdefault(message.agency, []).append(message.body)
            for agency, documents in outboxes.items():
                await edge.submit(agency, documents)
            ahead = AHEAD if start + AHEAD < len(wave) else 0
            while await look.sent() > ahead:  # noqa: ASYNC110 -- another process empties them
                await asyncio.sleep(LOOK_SECONDS)


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
