"""The projector: keeps the read models up with the ledger."""

from __future__ import annotations

import asyncio

import structlog

from projections.catalogue import PROJECTIONS
from projections.runner import BrokenLedgerError, Runner
from projections.store import Store
from services import metrics
from services.adjudication.assignment import pause
from services.adjudication.parking import MACHINE_FAULTS
from services.bootstrap import House
from services.ledger.protocol import LedgerError

_BLOCK_MS = 250
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 5.0
_CORRUPTED_PAUSE = 30.0

log = structlog.get_logger()


async def run(house: House, stop: asyncio.Event) -> None:
    """Apply the ledger's events to every read model until ``stop``; the batch in hand is finished.

    Raises ``OutdatedError`` when the store serves a later version of a read model than this program knows.
    """
    store = Store(house.settings.database_url)
    try:
        runner = Runner(store, house.ledger, PROJECTIONS)
        wait = _FIRST_PAUSE
        while not stop.is_set():
            try:
                metrics.EVENTS.labels("projected").inc(await runner.step(block_ms=_BLOCK_MS))
                wait = _FIRST_PAUSE
                continue
            except (BrokenLedgerError, LedgerError) as error:
                wait = _CORRUPTED_PAUSE
                log.error("projector.stopped", seconds=wait, exc_info=error)
            except MACHINE_FAULTS as error:
                metrics.FAULTS.labels("projector").inc()
                log.error("batch.stopped", seconds=wait, exc_info=error)
            await pause(stop, wait)
            wait = min(2 * wait, _LONGEST_PAUSE)
    finally:
        store.close()
