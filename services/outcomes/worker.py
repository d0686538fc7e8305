"""Outcomes as a service: follows the ledger and tells each agency what became of the claims that it filed.

What is told is noted afterwards. Whoever is killed in between tells it again; partition and position of an
outcome show an agency that it has read it before. A lease says who does it; two at once would only repeat.
"""

from __future__ import annotations

import asyncio

import structlog

from projections.checkpoint import Checkpoint, Checkpoints, DivergedError, confirm, proceed, reached
from services import halts, metrics
from services.assignment import Assignment, own_name
from services.bootstrap import House
from services.faults import MACHINE_FAULTS, Patience, pause
from services.heartbeat import beat
from services.ledger.edge import Edge
from services.ledger.protocol import LedgerError
from services.ledger.routes import Routes
from services.ledger.told import Told
from services.outcomes.telling import outcomes_of, tell

BATCH = 500
"""Events of one partition in one step."""
_BLOCK_MS = 250
_CORRUPTED_PAUSE = 30.0

log = structlog.get_logger()


async def run(house: House, stop: asyncio.Event) -> None:
    """Tell agencies until ``stop``, if no other worker does; the batch in hand is finished."""

    async def own(_: int, leave: asyncio.Event) -> None:
        await Herald(house).run(leave)

    await Assignment(house.core, "outcomes", 1, own, holder=own_name()).run(stop)


class Herald:
    """Tells what stands in the ledger of every partition, from where it was told last."""

    def __init__(self, house: House) -> None:
        """Know nothing yet; positions are read when the first step begins."""
        self._ledger, self._told = house.ledger, Told(house.core)
        self._routes, self._edge = Routes(house.core), Edge(house.edge)
        self._data = house.settings.data

    async def run(self, leave: asyncio.Event) -> None:
        """Take steps until ``leave``; a fault of the machine is waited out, and the step done again."""
        patience, at = Patience(), dict[int, Checkpoint]()
        while not leave.is_set():
            beat()
            try:
                await confirm(self._ledger, at)
                at = await self._told.seen(self._ledger.partitions)
                while not leave.is_set():
                    beat()
                    at |= await self.step(at, _BLOCK_MS)
                    halts.resume(self._data, "outcomes")
                    patience.renew()
            except DivergedError as error:
                halts.halt(self._data, "outcomes", halts.diverged(error))
                await pause(leave, halts.PAUSE_SECONDS)
            except LedgerError:
                log.exception("outcomes.stopped", seconds=_CORRUPTED_PAUSE)
                await pause(leave, _CORRUPTED_PAUSE)
            except MACHINE_FAULTS:
                metrics.FAULTS.labels("outcomes").inc()
                log.exception("batch.stopped", seconds=patience.seconds)
                await patience.wait(leave)

    async def step(self, after: Checkpoints, block_ms: int = 0) -> dict[int, Checkpoint]:
        """Tell what follows these checkpoints, and note it; returns the checkpoints that were reached.

        Raises:
            DivergedError: the ledger does not hold what was seen there; nothing was told.
        """
        found = await proceed(self._ledger, after, BATCH, block_ms)
        for entries in found.values():
            metrics.EVENTS.labels("told").inc(await tell(self._routes, self._edge, outcomes_of(entries)))
        noted = reached(found)
        await self._told.note(noted)
        return noted
