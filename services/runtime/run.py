"""One service as a process: opens the installation, works until SIGTERM or Ctrl-C, finishes what it has in hand.

``python -m services.runtime.run NAME`` is what ``kelambu run NAME`` and the supervisor start.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import TypeAlias, cast

import structlog
import uvloop
from redis.exceptions import ConnectionError as Unreachable

from projections.checkpoint import DivergedError
from services.benefits.reading.law_file import RulebookError
from services.installation.identity import InstallationError
from services.installation.mismatches import Part
from services.ledger.connection import UnsafeServerError, UnusableServerError
from services.ledger.integrity import UnsoundLedgerError, check_soundness
from services.ledger.protocol import CorruptedError, WrongPartitionsError
from services.platform.clock import SimulatedClockError
from services.platform.garbage_collection import collect_seldom
from services.platform.heartbeat import give_signs
from services.platform.permissions import PRIVATE_UMASK, close_to_others
from services.platform.settings import Settings, SettingsError
from services.runtime import logging_setup
from services.runtime.backoff import Patience
from services.runtime.bootstrap import Installation, open_installation
from services.runtime.divergence import attend, until_confirmed
from services.runtime.embedded_server import ServerError
from services.runtime.partition_leases import own_name
from services.sealing.key_mark import DamagedKeysError
from services.texts.errors import in_english

Service: TypeAlias = Callable[[Installation, asyncio.Event], Awaitable[None]]

SERVICES = {
    "gateway": "services.gateway.worker",
    "console": "services.console.worker",
    "intake": "services.intake.worker",
    "adjudication": "services.adjudication.worker",
    "disbursement": "services.disbursement.worker",
    "outcomes": "services.outcomes.worker",
    "projector": "services.runtime.projector",
    "notary": "services.runtime.notary",
    "http": "services.runtime.health",
}
"""Name of a service to the module whose ``run(installation, stop)`` it is; in the order in which they are started."""

WRITES: Mapping[str, tuple[Part, ...]] = {"disbursement": ("batch files",), "projector": ("read models",)}
"""Which parts of the installation a service writes beside the servers and the keys."""

OK, ERROR = 0, 2

UNANSWERED = (Unreachable, ConnectionError, TimeoutError)
"""A server does not answer, or no longer."""

REFUSALS = (
    InstallationError,
    RulebookError,
    ServerError,
    SettingsError,
    SimulatedClockError,
    UnsafeServerError,
    UnusableServerError,
    DamagedKeysError,
    WrongPartitionsError,
    CorruptedError,
    UnsoundLedgerError,
)
"""What no restart mends; their messages name settings and files, and never a person."""

log = structlog.get_logger()


def run_service(name: str, settings: Settings) -> int:
    """Run a service until ``stop``; returns the exit code: 0 stopped by a signal, 2 it could not run."""
    logging_setup.configure(name, settings.log_format)
    if worker := own_name():
        structlog.contextvars.bind_contextvars(worker=worker)
    try:
        uvloop.run(_run(name, settings))
    except REFUSALS as error:
        log.critical("service.refused", reason=in_english(error))
        return ERROR
    except Exception:
        log.exception("service.failed")
        return ERROR
    log.info("service.stopped")
    return OK


async def _run(name: str, settings: Settings) -> None:
    loop = asyncio.get_running_loop()
    logging_setup.watch(loop)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if closed := close_to_others(settings):
        log.warning("files.closed", count=closed)
    service = cast("Service", importlib.import_module(SERVICES[name]).run)
    async with AsyncExitStack() as stack:
        signs = asyncio.ensure_future(give_signs(settings.silence))
        stack.callback(signs.cancel)
        installation = await _opened(stack, name, settings, stop)
        if installation is None:
            return
        collect_seldom()
        log.info("service.started")
        if name == "http":
            await _served(service, installation, stop)
        elif not settings.http_port:
            await _served(partial(_confirmed, name, service), installation, stop)
        else:
            await _observed(partial(_confirmed, name, service), installation, stop)


async def _opened(
    stack: AsyncExitStack, name: str, settings: Settings, stop: asyncio.Event
) -> Installation | None:
    """Open the installation as soon as its servers answer; None when ``stop`` comes first."""
    patience = Patience()
    while not stop.is_set():
        try:
            installation = await stack.enter_async_context(open_installation(settings, WRITES.get(name, ())))
            await check_soundness(installation.core, installation.ledger.partitions)
        except UNANSWERED:
            log.warning("server.awaited", seconds=patience.seconds)
            await patience.wait(stop)
        else:
            return installation
    return None


async def _served(service: Service, installation: Installation, stop: asyncio.Event) -> None:
    """Run a service until ``stop``; one that loses its server while it begins, begins again."""
    patience = Patience()
    while not stop.is_set():
        try:
            return await service(installation, stop)
        except UNANSWERED as error:
            log.warning("server.awaited", seconds=patience.seconds, exc_info=error)
            await patience.wait(stop)
    return None


async def _confirmed(name: str, service: Service, installation: Installation, stop: asyncio.Event) -> None:
    """Run a service while the ledger is the one that was followed; where it is not, wait until it is again."""
    while not stop.is_set():
        await until_confirmed(installation, name, stop)
        over = asyncio.Event()
        attending = asyncio.ensure_future(attend(installation, stop, over))
        try:
            await service(installation, over)
        except DivergedError as error:
            log.critical("ledger.diverged", reason=in_english(error))
        finally:
            attending.cancel()


async def _observed(service: Service, installation: Installation, stop: asyncio.Event) -> None:
    """Run a service, and beside it health and metrics; without these while their address is taken."""
    http = cast("Service", importlib.import_module(SERVICES["http"]).run)
    over = asyncio.Event()

    answering = asyncio.ensure_future(http(installation, over))
    try:
        await _served(service, installation, stop)
    finally:
        over.set()
        await answering


def main(arguments: Sequence[str]) -> int:
    """Run the service that is named, with the settings of the environment."""
    if len(arguments) != 1 or arguments[0] not in SERVICES:
        sys.stderr.write(f"usage: python -m services.runtime.run {{{','.join(SERVICES)}}}\n")
        return ERROR
    try:
        settings = Settings.read()
    except SettingsError as error:
        sys.stderr.write(f"kelambu: {error}\n")
        return ERROR
    return run_service(arguments[0], settings)


if __name__ == "__main__":
    os.umask(PRIVATE_UMASK)
    sys.exit(main(sys.argv[1:]))
