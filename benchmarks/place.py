"""Where a benchmark runs: a house on a server and a directory of its own, with the agencies of the regency."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from services.bootstrap import House, open_house
from services.cli.agencies import register
from services.cli.settling import Gauge
from services.embedded import EmbeddedServer, end_with
from services.ledger.edge import Edge
from services.ledger.payments import Payments
from services.settings import Settings
from services.simulation import Message
from services.simulation.regency import PARTNERS

SERVICES = ("intake", "adjudication", "disbursement", "projector")
"""What an event passes on its way, each a process of its own."""


@asynccontextmanager
async def opened_house() -> AsyncIterator[tuple[House, EmbeddedServer]]:
    """Open a house that has its agencies and nothing else; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="kelambu-bench-") as folder:
        data = Path(folder)
        server = EmbeddedServer.start(data)
        try:
            settings = Settings.read({"KELAMBU_HTTP_PORT": "0", "KELAMBU_LOG_FORMAT": "json"}, data)
            async with open_house(settings.with_server(server.url)) as house:
                for one in PARTNERS:
                    await register(house, one.name, one.types, one.findings, one.account)
                yield house, server
        finally:
            server.stop()


@contextmanager
def running_services(house: House) -> Iterator[None]:
    """Run every service as ``kelambu run`` does, each in a process of its own; returns when all work."""
    logs = {name: house.settings.data / f"{name}.log" for name in SERVICES}
    processes = []
    try:
        for name, log in logs.items():
            with log.open("wb") as output:
                process = subprocess.Popen(
                    [sys.executable, "-m", "services.run", name],
                    env=os.environ | house.settings.environment(),
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


async def submit(house: House, sent: Iterable[Message]) -> None:
    """Put messages into their agencies' outboxes, each agency's in order."""
    edge = Edge(house.edge)
    outboxes: dict[str, list[bytes]] = {}
    for message in sent:
        outboxes.setdefault(message.agency, []).append(message.body)
    for agency, documents in outboxes.items():
        await edge.submit(agency, documents)


def gauge(house: House) -> Gauge:
    """Return what tells how much is left to do."""
    return Gauge(house.ledger, Edge(house.edge), Payments(house.core), [one.name for one in PARTNERS])
