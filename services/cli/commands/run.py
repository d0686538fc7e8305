"""``run``: one service."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from msgspec.structs import replace

from services.platform.settings import Settings
from services.runtime.run import run_service

Service = Literal[
    "gateway", "console", "intake", "adjudication", "disbursement", "outcomes", "projector", "notary", "http"
]


def run(service: Service, /, *, unsafe: bool = False, data: Path | None = None) -> int:
    """Run one service until Ctrl-C or SIGTERM; it finishes what it has in hand.

    It needs the server that REDIS_URL names, or the one that `kelambu up` runs for the data directory.
    """
    return run_service(service, settings_of(data, unsafe=unsafe))


def settings_of(data: Path | None, *, unsafe: bool) -> Settings:
    """Return the settings of a data directory; ``unsafe`` accepts a server that may lose what was acknowledged."""
    settings = Settings.read(data=data)
    return replace(settings, unsafe=settings.unsafe or unsafe)
