"""Outcomes as a service: follows the ledger and notifies each agency of what became of the claims that it filed.

What was sent is noted afterwards. Whoever is killed in between sends it again; partition and position of an
outcome show an agency that it has read it before. A lease says who does it; two at once would only repeat.
"""

from __future__ import annotations

import asyncio

from projections.checkpoint import Checkpoint, Checkpoints, confirm, proceed, reached
from services.ledger.claim_routes import Routes
from services.ledger.edge import Edge
from services.ledger.outcome_checkpoints import OutcomeCheckpoints
from services.ledger.protocol import LedgerError
from services.outcomes.notification import outcomes_of, tell
from services.platform.freed_memory import give_back
from services.platform.newest_checkpoint import NewestCheckpoint
from services.runtime import metrics
from services.runtime.backoff import unless
from services.runtime.bootstrap import Installation
from services.runtime.partition_leases import Assignment, own_name
from services.runtime.worker_loop import Worker, idle_ms, keep_working

BATCH = 500
"""Events of one partition in one step."""


async def run(installation: Installation, stop: asyncio.Event) -> None:
    """Tell agencies until ``stop``, if no other worker does; the batch in hand is finished."""

    async def own(_: int, leave: asyncio.Event) -> None:
        await OutcomeNotifier(installation).run(leave)

    await Assignment(installation.core, "outcomes", 1, own, holder=own_name()).run(stop)


class OutcomeNotifier:
    """Notifies agencies of the outcomes in every partition, from the last checkpoint on."""

    def __init__(self, installation: Installation) -> None:
        self._ledger, self._checkpoints = installation.ledger, OutcomeCheckpoints(installation.core)
        self._routes, self._edge = Routes(installation.core), Edge(installation.edge)
        self._checkpoint = NewestCheckpoint(installation.settings.log)
        self._at: dict[int, Checkpoint] = {}
        self._confirmed = self._had_backlog = False
        self._idle_ms = idle_ms(installation.settings.silence)
        self._worker = Worker(service="outcomes", data=installation.settings.data, corrupted=LedgerError)

    async def run(self, leave: asyncio.Event) -> None:
        """Take steps until ``leave``; a fault of the machine is waited out, and the step done again."""
        await keep_working(self._worker, lambda: self._next(leave), leave, self._forget)

    async def _next(self, leave: asyncio.Event) -> None:
        if not self._confirmed:
            await confirm(self._ledger, self._at)
            self._at = await self._checkpoints.seen(self._ledger.partitions)
            self._confirmed = True
        if positions := await self.step(self._at):
            self._had_backlog |= any(
                to.position - self._at[p].position >= BATCH for p, to in positions.items()
            )
            self._at |= positions
        else:
            if self._had_backlog:
                give_back()
                self._had_backlog = False
            await unless(leave, proceed(self._ledger, self._at, 1, self._idle_ms))

    def _forget(self) -> None:
        self._confirmed = False

    async def step(self, after: Checkpoints) -> dict[int, Checkpoint]:
        """Tell what follows these checkpoints, and note it; returns the checkpoints that were reached.

        Raises:
            DivergedError: the ledger does not hold what was seen there; nothing was sent.
        """
        by_partition = await proceed(self._ledger, after, BATCH)
        for entries in by_partition.values():
            outcomes, log = outcomes_of(entries), self._checkpoint.log
            metrics.EVENTS.labels("told").inc(await tell(self._routes, self._edge, outcomes, log))
        noted = reached(by_partition)
        await self._checkpoints.note(noted)
        return noted
