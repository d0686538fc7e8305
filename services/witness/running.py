"""A witness as a process: it answers on its address until it is stopped."""

from __future__ import annotations

import asyncio
import signal
import socket

import structlog

from services.gateway.connections import IDLE_SECONDS, Connection, watch
from services.runtime.serving import Server, configured, serve_until
from services.witness.application import application
from services.witness.cosigning import Witness

log = structlog.get_logger()


async def serve(witness: Witness, listening: socket.socket) -> None:
    """Answer on a socket until SIGTERM or SIGINT; what is in hand then is finished."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    config = configured(application(witness), 5, http=Connection, idle_seconds=IDLE_SECONDS)
    server = Server(config)
    watching = asyncio.ensure_future(watch(server))
    log.info("witness.listening", port=listening.getsockname()[1])
    try:
        await serve_until(stop, server, listening)
    finally:
        watching.cancel()
    log.info("witness.stopped")
