"""The projector: keeps the read models up with the ledger."""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog

from events.message import Message, message
from projections.builds import OutdatedError
from projections.catalogue import PROJECTIONS
from projections.checkpoint import DivergedError
from projections.runner import BrokenLedgerError, Runner
from projections.store import DamagedError
from services import halts, metrics
from services.bootstrap import House
from services.faults import MACHINE_FAULTS, Patience, pause
from services.heartbeat import beat
from services.installation.identity import InstallationError
from services.ledger.protocol import LedgerError
from services.texts.errors import message_of

_BLOCK_MS = 250
_CORRUPTED_PAUSE = 30.0
_NAME = "projector"

log = structlog.get_logger()


async def run(house: House, stop: asyncio.Event) -> None:
    """Apply the ledger's events to every read model until ``stop``; the batch in hand is finished.

    Where the ledger is not the one that was followed, or the read models cannot be used, nothing is written and it is
    said why; the store is opened anew after every fault.
    """
    data, patience = house.settings.data, Patience()
    while True:
        try:
            await _follow(house, stop, patience)
        except DivergedError as error:
            await _halt(data, message("read-model.diverged", reason=halts.diverged(error)), stop)
        except (DamagedError, InstallationError, OutdatedError) as error:
            await _halt(data, message_of(error), stop)
        except (BrokenLedgerError, LedgerError):
            log.exception("projector.stopped", seconds=_CORRUPTED_PAUSE)
            await pause(stop, _CORRUPTED_PAUSE)
        except MACHINE_FAULTS:
            metrics.FAULTS.labels("projector").inc()
            log.exception("batch.stopped", seconds=patience.seconds)
            await patience.wait(stop)
        if stop.is_set():
            return


async def _follow(house: House, stop: asyncio.Event, patience: Patience) -> None:
    store = house.read_models()
    try:
        runner = Runner(store, house.ledger, PROJECTIONS)
        while not stop.is_set():
            beat()
            metrics.EVENTS.labels("projected").inc(await runner.step(block_ms=_BLOCK_MS))
            halts.resume(house.settings.data, _NAME)
            patience.renew()
    finally:
        store.close()


async def _halt(data: Path, reason: Message, stop: asyncio.Event) -> None:
    halts.halt(data, _NAME, reason)
    await pause(stop, halts.PAUSE_SECONDS)
