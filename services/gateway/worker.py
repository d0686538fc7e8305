"""The service ``gateway``: answers agencies over HTTP. Several processes share one port; each is whole in itself."""

from __future__ import annotations

import asyncio
import errno
import socket

import structlog

from services.gateway.application import application
from services.gateway.connections import IDLE_SECONDS, Connection, watch
from services.ledger.function_library import load_functions
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation
from services.runtime.health import once_listening
from services.runtime.serving import Server, configured

FINISHING_SECONDS = 10
_BACKLOG = 2048

log = structlog.get_logger()


async def run(installation: Installation, stop: asyncio.Event) -> None:
    """Answer until ``stop``; what is in hand then is finished. A taken port is said once, and tried again."""
    if not installation.settings.gateway_port:
        log.warning("gateway.not-listening", port=0, setting="KELAMBU_GATEWAY_PORT")
        await stop.wait()
        return

    def taken(error: OSError) -> None:
        of_port = error.errno in (errno.EADDRINUSE, errno.EACCES)
        setting = "KELAMBU_GATEWAY_PORT" if of_port else "KELAMBU_GATEWAY_HOST"
        log.warning("gateway.not-listening", port=installation.settings.gateway_port, setting=setting)

    while listening := await once_listening(lambda: listen(installation.settings), taken, stop):
        with listening:
            await load_functions(installation.core)
            await serve(installation, stop, listening)


def listen(settings: Settings) -> socket.socket:
    """Listen on the address of the settings; raises ``OSError`` if it is taken.

    Several gateways share it. Another installation on the same address knows none of our keys and refuses everything.
    """
    host = settings.gateway_host
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With its protocol named asyncio sets TCP_NODELAY; else an answer's body waits 40 ms for the client's delayed ACK.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if settings.gateways > 1:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind((host, settings.gateway_port))
        bound.listen(_BACKLOG)
    except BaseException:
        bound.close()
        raise
    return bound


async def serve(installation: Installation, stop: asyncio.Event, bound: socket.socket) -> None:
    """Answer on a socket that listens already."""
    with application(installation) as app:
        config = configured(
            app, FINISHING_SECONDS, http=Connection, backlog=_BACKLOG, idle_seconds=IDLE_SECONDS
        )
        server = Server(config)
        serving = asyncio.ensure_future(server.serve([bound]))
        watching = asyncio.ensure_future(watch(server))
        log.info("gateway.listening", port=bound.getsockname()[1])
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait({serving, stopping, watching}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        server.end()
        await serving
        watching.cancel()
