"""The routes of the gateway."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import cast

from litestar import Litestar, asgi
from litestar.types import ASGIApp, ControllerRouterHandler, HTTPScope, Receive, Scope, Send

from services.gateway.access_control import AccessControl
from services.gateway.claims import Claims, claim_routes
from services.gateway.contract import contract_routes
from services.gateway.micro_batch import MicroBatch
from services.gateway.middleware import answer_for, watched
from services.gateway.post_events import PATH, Events
from services.gateway.rate_limit import Rates
from services.gateway.receipt_routes import quarantine_routes
from services.gateway.transparency_log import log_routes
from services.identity.authentication import Directory
from services.intake.context import context_of
from services.ledger.credentials import Credentials
from services.platform.newest_checkpoint import NewestCheckpoint
from services.runtime.bootstrap import Installation
from services.runtime.health import health_routes


@contextmanager
def application(installation: Installation) -> Iterator[ASGIApp]:
    """Open the gateway of an installation."""
    with closing(Claims(installation)) as claims:
        yield watched(
            Litestar(
                routes(installation, claims),
                openapi_config=None,
                logging_config=None,
                exception_handlers={Exception: answer_for},
            )
        )


def routes(installation: Installation, claims: Claims) -> Sequence[ControllerRouterHandler]:
    """Return every route."""
    context = context_of(installation)
    settings = installation.settings
    rates = Rates(settings.rate, settings.burst, settings.gateways)
    authentication = AccessControl(Directory(Credentials(installation.core)), rates, context.clock)
    micro_batch = MicroBatch(context)
    checkpoint = NewestCheckpoint(settings.log)
    events = Events(authentication, micro_batch, checkpoint)

    @asgi(PATH, copy_scope=False)
    async def take(scope: Scope, receive: Receive, send: Send) -> None:
        await events(cast("HTTPScope", scope), receive, send)

    return [
        take,
        *quarantine_routes(context, authentication, micro_batch, checkpoint),
        *log_routes(installation, checkpoint, authentication),
        *claim_routes(claims, authentication),
        *contract_routes(),
        *health_routes(installation),
    ]
