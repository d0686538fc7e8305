"""The routes of the gateway."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from litestar import Litestar, Response, asgi, get
from litestar.types import ASGIApp, ControllerRouterHandler, HTTPScope, Receive, Scope, Send

from services.bootstrap import House
from services.gateway.door import Door
from services.gateway.events import PATH, Events
from services.gateway.gathering import Gathering
from services.gateway.rates import Rates
from services.gateway.threshold import answer_for, watched
from services.http import Health, readiness
from services.identity.directory import Directory
from services.intake.desk import Desk
from services.ledger.credentials import Credentials

PUBLISHED = Path(__file__).parent / "published"
"""The contract as it is served: ``openapi.json``, ``asyncapi.json`` and the pages under ``docs``."""


def application(house: House) -> ASGIApp:
    """Return the gateway of a house."""
    desk = Desk(house.core, house.edge, house.ledger, house.keys, house.tokens, house.rulebook.codes)
    settings = house.settings
    rates = Rates(settings.rate, settings.burst, settings.gateways)
    door = Door(Directory(Credentials(house.core)), rates, desk.clock)
    events = Events(door, Gathering(desk))

    @asgi(PATH, copy_scope=False)
    async def take(scope: Scope, receive: Receive, send: Send) -> None:
        await events(cast("HTTPScope", scope), receive, send)

    routes: list[ControllerRouterHandler] = [take, *_health(house)]
    app = Litestar(
        routes, openapi_config=None, logging_config=None, exception_handlers={Exception: answer_for}
    )
    return watched(app)


def _health(house: House) -> Sequence[ControllerRouterHandler]:
    @get("/health/live")
    async def live() -> Health:
        return Health(ok=True, parts={})

    @get("/health/ready")
    async def ready() -> Response[Health]:
        health = await readiness(house)
        return Response(health, status_code=200 if health.ok else 503)

    return live, ready
