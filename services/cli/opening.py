"""Opening the installation for one command: on the server that runs, or on one that lives as long as the command."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from events.message import message
from services.cli.exit_codes import command_error
from services.cli.output import errors
from services.installation.mismatches import Part
from services.platform.permissions import close_to_others
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation, open_installation
from services.runtime.embedded_server import EmbeddedServer, running
from services.texts.language import said

T = TypeVar("T")


@asynccontextmanager
async def installation_at(
    data: Path | None, *, create: bool = False, writes: Collection[Part] = ()
) -> AsyncIterator[Installation]:
    """Open the installation of a data directory; ``create`` makes one where there is none.

    ``writes``: which of the read models and the batch files the command writes.

    Where no server is named and none runs, the embedded one is started on the directory's data and stopped again.
    """
    settings = Settings.read(data=data)
    close_to_others(settings)
    if settings.redis_url or running(settings.data):
        async with open_installation(settings, writes) as installation:
            yield installation
        return
    if not create and not (settings.data / "server").is_dir():
        raise command_error("installation.empty", "installation.name-another", place=settings.data)
    server = EmbeddedServer.start(settings.data)
    if server.torn is not None:
        errors().print(said(message("installation.torn", file=server.torn)))
    try:
        async with open_installation(settings.with_server(server.url), writes) as installation:
            yield installation
    finally:
        server.stop()


def with_installation(
    data: Path | None,
    work: Callable[[Installation], Awaitable[T]],
    *,
    create: bool = False,
    writes: Collection[Part] = (),
) -> T:
    """Do the work in the installation of a data directory."""

    async def run() -> T:
        async with installation_at(data, create=create, writes=writes) as installation:
            return await work(installation)

    return asyncio.run(run())
