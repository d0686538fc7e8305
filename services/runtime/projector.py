"""The projector: keeps the read models up with the ledger."""

from __future__ import annotations

import asyncio

from projections.catalogue import PROJECTIONS
from projections.read_model_builds import OutdatedError
from projections.runner import BrokenLedgerError, Runner
from projections.store import DamagedError, Store
from services.installation.identity import InstallationError
from services.ledger.protocol import LedgerError
from services.runtime import metrics
from services.runtime.backoff import pause, unless
from services.runtime.bootstrap import Installation
from services.runtime.worker_loop import Worker, idle_ms, keep_working

_GATHERED_SECONDS, _LONGEST_GATHERING = 0.001, 0.05
"""How long the next step is put off for each event of a step, in seconds, and at most."""


def gathering(applied: int) -> float:
    """Return how many seconds the next step is put off after one of so many events, so that more are in it.

    A step costs some milliseconds before its first event: where few events come each is shown at once, where many come
    they cost a processor up to nearly a half less.
    """
    return min(applied * _GATHERED_SECONDS, _LONGEST_GATHERING)


async def run(installation: Installation, stop: asyncio.Event) -> None:
    """Apply the ledger's events to every read model until ``stop``; the batch in hand is finished.

    Where the ledger is not the one that was followed, or the read models cannot be used, nothing is written and it is
    said why; the store is opened anew after every fault.
    """
    worker = Worker(
        service="projector",
        data=installation.settings.data,
        halting=(DamagedError, InstallationError, OutdatedError),
        corrupted=(BrokenLedgerError, LedgerError),
    )
    projector = Projector(installation)
    try:
        await keep_working(worker, lambda: projector.step(stop), stop, projector.forget)
    finally:
        projector.forget()


class Projector:
    """Applies batches to the read models, which it opens when it begins."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._idle_ms = idle_ms(installation.settings.silence)
        self._opened: tuple[Store, Runner] | None = None

    async def step(self, stop: asyncio.Event) -> None:
        """Apply the next batch and let more gather, or wait for one; neither longer than until ``stop``."""
        if self._opened is None:
            store = self._installation.read_models()
            try:
                self._opened = store, Runner(store, self._installation.ledger, PROJECTIONS)
            except BaseException:
                store.close()
                raise
        _, runner = self._opened
        if applied := await runner.step():
            metrics.EVENTS.labels("projected").inc(applied)
            if not runner.has_backlog:
                await pause(stop, gathering(applied))
        else:
            await unless(stop, runner.wait(self._idle_ms))

    def forget(self) -> None:
        """Close the read models."""
        if self._opened is not None:
            self._opened[0].close()
        self._opened = None
