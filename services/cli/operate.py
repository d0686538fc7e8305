"""``up`` and ``run``: the services themselves."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Literal

from msgspec.structs import replace

from services.cli.failures import OK
from services.run import run_service
from services.settings import Settings
from services.supervisor import up as run_house

Service = Literal["gateway", "intake", "adjudication", "disbursement", "outcomes", "projector", "http"]


def up(*, unsafe: bool = False, data: Path | None = None) -> int:
    """Run every service, and a server too unless REDIS_URL names one, until Ctrl-C or SIGTERM.

    Agencies send to http://127.0.0.1:8601 (KELAMBU_GATEWAY_PORT), health and metrics are at
    http://127.0.0.1:8600 (KELAMBU_HTTP_PORT); logs go to stderr.
    """
    asyncio.run(run_house(_settings(data, unsafe=unsafe)))
    return OK


def run(
    service: Service,
    /,
    *,
    unsafe: bool = False,
    data: Path | None = None,
) -> int:
    """Run one service until Ctrl-C or SIGTERM; it finishes what it has in hand.

    It needs the server that REDIS_URL names, or the one that `kelambu up` runs for the data directory.
    """
    return run_service(service, _settings(data, unsafe=unsafe))


def _settings(data: Path | None, *, unsafe: bool) -> Settings:
    settings = Settings.read(data=data)
    return replace(settings, unsafe=settings.unsafe or unsafe)
