"""The service ``console``: pages for people over HTTP."""

from __future__ import annotations

import asyncio
import errno
import socket

import structlog

from services.console.application import application
from services.ledger.function_library import load_functions
from services.runtime.bootstrap import Installation
from services.runtime.health import once_listening
from services.runtime.serving import Server, configured, listen, serve_until

_FINISHING_SECONDS = 10

log = structlog.get_logger()


async def run(installation: Installation, stop: asyncio.Event) -> None:
    """Answer until ``stop``; what is in hand then is finished. A taken port is said once, and tried again."""
    settings = installation.settings
    if not settings.console_port:
        log.warning("console.not-listening", port=0, setting="KELAMBU_CONSOLE_PORT")
        await stop.wait()
        return

    def not_free(error: OSError) -> None:
        of_port = error.errno in (errno.EADDRINUSE, errno.EACCES)
        setting = "KELAMBU_CONSOLE_PORT" if of_port else "KELAMBU_CONSOLE_HOST"
        log.warning("console.not-listening", port=settings.console_port, setting=setting)

    listening = await once_listening(
        lambda: listen(settings.console_host, settings.console_port), not_free, stop
    )
    if listening is not None:
        with listening:
            await load_functions(installation.core)
            await serve(installation, stop, listening)


async def serve(installation: Installation, stop: asyncio.Event, listening: socket.socket) -> None:
    """Answer on a socket that listens already."""
    with application(installation) as app:
        config = configured(app, _FINISHING_SECONDS)
        log.info("console.listening", port=listening.getsockname()[1])
        await serve_until(stop, Server(config), listening)
