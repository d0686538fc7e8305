"""The projector: keeps the read models up with the ledger."""

from __future__ import annotations

import asyncio

import structlog

from projections.catalogue import PROJECTIONS
from projections.runner import BrokenLedgerError, Runner
from projections.store import Store
from services import metrics
from services.bootstrap import House
from services.faults import MACHINE_FAULTS, Patience, pause
from services.heartbeat import beat
from services.ledger.protocol import LedgerError

_BLOCK_MS = 250
_CORRUPTED_PAUSE = 30.0

log = structlog.get_logger()


async def run(house: House, stop: asyncio.Event) -> None:
    """Apply the ledger's events to every read model until ``stop``; the batch in hand is finished.

    Raises ``OutdatedError`` when the store serves a later version of a read model than this program knows.
    """
    store = Store(house.settings.database_url)
    try:
        runner = Runner(store, house.ledger, PROJECTIONS)
        patience = Patience()
        while not stop.is_set():
            beat()
            try:
                metrics.EVENTS.labels("projected").inc(await runner.step(block_ms=_BLOCK_MS))
            except (BrokenLedgerError, LedgerError):
                log.exception("projector.stopped", seconds=_CORRUPTED_PAUSE)
                await pause(stop, _CORRUPTED_PAUSE)
            except MACHINE_FAULTS:
                metrics.FAULTS.labels("projector").inc()
                log.exception("batch.stopped", seconds=patience.seconds)
                await patience.wait(stop)
            else:
                patience.renew()
    finally:
        store.close()
