"""Health and metrics over HTTP, for whoever watches over the services. Nothing about any person is answered here."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import Literal, TypeAlias, cast

import structlog
import uvicorn
from litestar import Litestar, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import Struct
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from projections.checkpoint import DivergedError
from projections.store import DamagedError, Store
from services.installation.identity import InstallationError
from services.installation.opening import still_belonging
from services.ledger.connection import check_durability
from services.runtime import halts
from services.runtime.backoff import Patience
from services.runtime.bootstrap import Installation
from services.runtime.metrics import TEXT_FORMAT, exposition
from services.runtime.serving import Server, listen, serve_until
from services.sealing.key_mark import DamagedKeysError
from services.texts.catalogue import render

_PATIENCE_SECONDS = 5.0

log = structlog.get_logger()

Part: TypeAlias = Literal["ok", "no answer", "unsafe settings", "damaged", "foreign"]


class Health(Struct, frozen=True, omit_defaults=True):
    """Whether the parts that every service needs answer, and every service works; ``ok`` when all do."""

    ok: bool
    parts: dict[str, Part]
    halted: dict[str, str] = {}
    """Service, or SERVICE-pNN, to the reason for which it does not work and what to do."""
    foreign: tuple[str, ...] = ()
    """What does not belong to this installation any more, and what to do."""


async def run(installation: Installation, stop: asyncio.Event) -> None:
    """Answer on the address of the settings until ``stop``; the answers in hand are finished.

    While the address is taken, that is said once, and tried again.
    """
    settings = installation.settings

    def taken(_: OSError) -> None:
        log.warning("http.not-listening", port=settings.http_port, setting="KELAMBU_HTTP_PORT")

    listening = await once_listening(lambda: listen(settings.http_host, settings.http_port), taken, stop)
    if listening is not None:
        with listening:
            log.info("http.listening", port=listening.getsockname()[1])
            await serve(installation, stop, listening)


async def once_listening(
    listen: Callable[[], socket.socket], tell: Callable[[OSError], None], stop: asyncio.Event
) -> socket.socket | None:
    """Listen as soon as possible, logging once why it is not; None when ``stop`` comes first."""
    patience, reported = Patience(), False
    while not stop.is_set():
        try:
            return listen()
        except OSError as error:
            if not reported:
                tell(error)
            reported = True
            await patience.wait(stop)
    return None


async def serve(installation: Installation, stop: asyncio.Event, listening: socket.socket) -> None:
    """Answer on a socket that listens already."""
    config = uvicorn.Config(
        application(installation),
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=5,
    )
    await serve_until(stop, Server(config), listening)


def application(installation: Installation) -> ASGIApp:
    """Return the routes: ``/health/live``, ``/health/ready`` and ``/metrics``."""

    @get("/metrics")
    async def metrics() -> Response[bytes]:
        return Response(await exposition(installation), media_type=TEXT_FORMAT)

    app = Litestar([*health_routes(installation), metrics], openapi_config=None, logging_config=None)

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        await app(asked_as_get(scope), receive, send)

    return answered


def asked_as_get(scope: Scope) -> Scope:
    """Return a request as the routes see it: ``HEAD`` asks what ``GET`` does, and the server leaves the body out."""
    return cast("Scope", {**scope, "method": "GET"}) if scope.get("method") == "HEAD" else scope


def health_routes(installation: Installation) -> tuple[HTTPRouteHandler, HTTPRouteHandler]:
    """Return ``/health/live`` and ``/health/ready``."""

    @get("/health/live")
    async def live() -> Health:
        return Health(ok=True, parts={})

    @get("/health/ready")
    async def ready() -> Response[Health]:
        health = await readiness(installation)
        return Response(health, status_code=200 if health.ok else 503)

    return live, ready


async def readiness(installation: Installation) -> Health:
    """Ask every part that the services need; each gets a few seconds."""
    checks: dict[str, Callable[[], Awaitable[Part]]] = {
        "core": lambda: _server(installation.core, unsafe=installation.settings.unsafe),
        "edge": lambda: _server(installation.edge, unsafe=installation.settings.unsafe),
        "keys": lambda: asyncio.to_thread(_keys, installation),
        "read-models": lambda: asyncio.to_thread(_read_models, installation),
    }
    answers = await asyncio.gather(*(_within(check()) for check in checks.values()))
    parts = dict(zip(checks, answers, strict=True))
    strange = await _strange(installation)
    stopped = await asyncio.to_thread(halts.halted, installation.settings.data)
    answered = all(part == "ok" for part in parts.values())
    return Health(answered and not stopped and not strange, parts, stopped, tuple(strange))


async def _strange(installation: Installation) -> list[str]:
    """What does not belong to this installation; nothing where a part does not answer, which another check reports."""
    edge = None if installation.edge is installation.core else installation.edge
    try:
        look = still_belonging(installation.identity, installation.settings, installation.core, edge)
        return [render(one, "en") for one in await asyncio.wait_for(look, _PATIENCE_SECONDS)]
    except DamagedKeysError as error:
        return [str(error)]
    except DivergedError as error:
        return [render(halts.diverged(error), "en")]
    except (OSError, RedisError, SQLAlchemyError):
        return []


async def _within(check: Awaitable[Part]) -> Part:
    try:
        return await asyncio.wait_for(check, _PATIENCE_SECONDS)
    except DamagedError:
        return "damaged"
    except (DivergedError, InstallationError):
        return "foreign"
    except (OSError, RedisError, SQLAlchemyError):
        return "no answer"


async def _server(client: Redis, *, unsafe: bool) -> Part:
    await client.ping()
    return "ok" if unsafe or not await check_durability(client) else "unsafe settings"


def _keys(installation: Installation) -> Part:
    installation.keys.get(["secret:token"])
    return "ok"


def _read_models(installation: Installation) -> Part:
    with closing(Store(installation.settings.database_url)) as store:
        store.builds()
    return "ok"
