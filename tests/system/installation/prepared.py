"""Two small installations, prepared once, and their parts put together in whatever way a person might."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from services.adjudication import worker as adjudication
from services.disbursement import worker as disbursement
from services.intake.admission import admit
from services.intake.context import context_of
from services.ledger.function_library import load_functions
from services.ledger.payments import Payments
from services.ledger.registry import FINDINGS, TYPES, Agency
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation, open_installation
from services.runtime.embedded_server import EmbeddedServer
from services.sealing.keystore import OWN_KEY
from tests import forked
from tests.lives import Life, heir

PARTITIONS = 2
PARTS: Mapping[str, tuple[str, ...]] = {
    "ledger": ("server",),
    "keys": ("keys",),
    "read models": ("read-models.db", "read-models.db-wal", "read-models.db-shm"),
    "batch files": ("batches",),
    "edge": ("edge",),
}
"""Name of a part to what it is below the data directory."""


def settings_of(data: Path, server: EmbeddedServer | None, edge: EmbeddedServer | None) -> Settings:
    chosen = {
        "KELAMBU_PARTITIONS": str(PARTITIONS),
        "KELAMBU_HTTP_PORT": "0",
        "KELAMBU_GATEWAY_PORT": "0",
    }
    if server is not None:
        chosen["REDIS_URL"] = server.url
    if edge is not None:
        chosen["EDGE_URL"] = edge.url
    return Settings.read(chosen, data)


@asynccontextmanager
async def opened(data: Path, *, own_edge: bool = False) -> AsyncIterator[Installation]:
    """Open the installation of a directory with the server, and the edge where it has its own, that stand in it."""
    with ExitStack() as servers:
        server = EmbeddedServer.start(data)
        servers.callback(server.stop)
        edge = EmbeddedServer.start(data / "edge") if own_edge else None
        if edge is not None:
            servers.callback(edge.stop)
        async with open_installation(settings_of(data, server, edge)) as installation:
            yield installation


async def admitted(installation: Installation, *lives: Life) -> None:
    """Admit everything about these persons as intake does."""
    context = context_of(installation)
    await load_functions(installation.edge)
    for life in lives:
        for document, line in zip(life.documents, life.lines(), strict=True):
            agency = str(document["source"]).removeprefix("/agencies/")
            await installation.registry.add(Agency(name=agency, types=TYPES, findings=FINDINGS))
            await context.edge.submit(agency, [line])
            assert await admit(context, agency, await context.edge.outbox(agency))


async def paid(installation: Installation, *lives: Life) -> None:
    """Let these persons die, their heirs' orders leave, and the read models tell it."""
    payments, stop = Payments(installation.core), asyncio.Event()
    await admitted(installation, *lives)
    services = asyncio.gather(adjudication.run(installation, stop), disbursement.run(installation, stop))
    async with asyncio.timeout(180):
        for partition in range(installation.ledger.partitions):
            while True:
                head = await installation.ledger.head(partition)
                seen = await payments.progress(partition)
                waiting = await installation.ledger.inbox(partition, head.inbox, 1)
                # What was committed between the looks moved the head.
                done = not waiting and head.position == seen.to == seen.proposed
                if done and await installation.ledger.head(partition) == head:
                    break
                await installation.ledger.follow({partition: head.position}, 1, 50)
    stop.set()
    await services
    store = installation.read_models()
    try:
        await Runner(store, installation.ledger, PROJECTIONS).catch_up()
    finally:
        store.close()


def dead(number: int) -> Life:
    """A person of a NIK of their own whose heirs are owed Rp42.000.000."""
    claim = f"C-{number}"
    return (
        Life(f"160601010170{number:04d}").insured().filed(claim).died(claim=claim).heirs(heir(), claim=claim)
    )


def together(place: Path, parts: Mapping[str, Path]) -> Path:
    """Put copies of parts together in a directory; each is named with the installation that it is taken from."""
    place.mkdir(parents=True)
    for part, source in parts.items():
        for name in PARTS[part]:
            if (source / name).is_dir():
                shutil.copytree(source / name, place / name)
            elif (source / name).exists():
                shutil.copy2(source / name, place / name)
    return place


def copy_of(source: Path, place: Path) -> Path:
    """Copy a whole installation."""
    return together(place, dict.fromkeys(PARTS, source))


def content(place: Path) -> dict[str, bytes]:
    """Every file that no start may replace: keys, read models, batch files."""
    found: dict[str, bytes] = {}
    for name in ("keys", "batches"):
        for file in sorted((place / name).glob("*")) if (place / name).is_dir() else []:
            if not file.name.endswith("-shm"):
                found[str(file.relative_to(place))] = file.read_bytes()
    return found


def environment(**settings: str) -> dict[str, str]:
    """Return the environment of a command over a directory that it is told."""
    own = {"KELAMBU_LOG_FORMAT": "json", "KELAMBU_HTTP_PORT": "0", "KELAMBU_GATEWAY_PORT": "0"}
    own |= {"KELAMBU_LANG": "en", "KELAMBU_PARTITIONS": str(PARTITIONS), "REDIS_URL": "", "EDGE_URL": ""}
    return os.environ | own | settings


def start(data: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command of ``kelambu`` on a directory until it ends by itself."""
    command = (*forked.KELAMBU, *arguments, "--data", str(data))
    done = forked.run(command, environment(**settings))
    return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())


PREPARED = ("ours", "theirs", "older", "edged", "edged_too")


class Prepared(NamedTuple):
    """Directories of installations that stand still.

    Two of different origin, an earlier copy of the first, and two more with an edge server.
    """

    ours: Path
    theirs: Path
    older: Path
    edged: Path
    edged_too: Path


async def prepare(place: Path) -> None:
    """Make the directories that ``Prepared`` names."""
    ours, theirs, older, *edged = (place / name for name in PREPARED)
    async with opened(ours) as installation:
        await paid(installation, dead(1))
        installation.keys.get_or_create([OWN_KEY])  # as whoever records in the audit trail does
    copy_of(ours, older)
    async with opened(ours) as installation:
        await paid(installation, dead(2))
    async with opened(theirs) as installation:
        await paid(installation, dead(3))
    for number, one in enumerate(edged, 1):
        async with opened(one, own_edge=True) as installation:
            await paid(installation, dead(number))
