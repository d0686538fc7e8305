"""An HTTP server that ends when whoever runs it says so."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Literal

import uvicorn

_TICK_SECONDS = 1.0


def listen(host: str, port: int) -> socket.socket:
    """Listen on an address; raises ``OSError`` if that cannot be."""
    return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)


def configured(
    app: Callable[..., Awaitable[None]],
    finishing_seconds: int,
    *,
    http: type[asyncio.Protocol] | Literal["auto"] = "auto",
    backlog: int = 2048,
    idle_seconds: int = 5,
) -> uvicorn.Config:
    """Return how an application is served: no log of its own, nothing said of the server, answers in hand finished.

    ``idle_seconds`` is how long a connection may be open without a request.
    """
    return uvicorn.Config(
        app,
        http=http,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=backlog,
        timeout_keep_alive=idle_seconds,
        timeout_graceful_shutdown=finishing_seconds,
    )


class Server(uvicorn.Server):
    """Leaves the signals to whoever runs it, and sleeps but for a moment a second while nobody asks."""

    def __init__(self, config: uvicorn.Config) -> None:
        """Serve nothing yet."""
        super().__init__(config)
        self._ended = asyncio.Event()

    def end(self) -> None:
        """Take no further requests; the answers in hand are finished."""
        self.should_exit = True
        self._ended.set()

    async def main_loop(self) -> None:
        """Renew the date of the answers until the end."""
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), _TICK_SECONDS)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve_until(stop: asyncio.Event, server: Server, listening: socket.socket) -> None:
    """Answer on a socket until ``stop``, or until the server has ended; the answers in hand are finished."""
    serving = asyncio.ensure_future(server.serve([listening]))
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    server.end()
    await serving
