"""The reader of one agency: its outbox on the edge, and what the gateway took from it over HTTP, on the core."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog
from faststream.redis import RedisBroker
from msgspec import Struct

from services.heartbeat import working
from services.intake.desk import IntakeContext
from services.intake.inlet import Entry, StreamConsumer
from services.intake.reception import opened
from services.intake.steps import admit
from services.intake.sweep import sweep
from services.ledger import keys
from services.ledger.edge import Submission, submission
from services.ledger.reservations import taken

log = structlog.get_logger()


class Brokers(Struct, frozen=True):
    """The connections on which inlets wait; they may lead to one server."""

    edge: RedisBroker
    core: RedisBroker


class AgencyConsumer:
    """Both inlets of an agency; one batch at a time is under way."""

    def __init__(self, desk: IntakeContext, brokers: Brokers, agency: str, leave: asyncio.Event) -> None:
        """Subscribe; reading begins with ``start``."""
        self.agency = agency
        self._desk = desk
        self._working = asyncio.Lock()
        self._inlets = (
            StreamConsumer(brokers.edge, keys.outbox(agency), agency, self._sent, leave),
            StreamConsumer(brokers.core, keys.taken(agency), agency, self._received, leave),
        )

    async def start(self) -> None:
        """Begin to read."""
        for inlet in self._inlets:
            await inlet.start()

    async def stop(self) -> None:
        """Finish the batch in hand and read no more."""
        await asyncio.gather(*(inlet.stop() for inlet in self._inlets))
        async with self._working:
            pass

    async def tidy(self) -> None:
        """Finish what crashes have left half done, and free an outbox that its agency has blocked."""
        async with self._working:
            await sweep(self._desk, self.agency)
            if await self._desk.edge.free(self.agency):
                log.warning("outbox.freed", agency=self.agency)

    async def _sent(self, entries: Sequence[Entry]) -> int:
        return await self._admit([submission(entry, fields) for entry, fields in entries])

    async def _received(self, entries: Sequence[Entry]) -> int:
        return await self._admit(
            await opened(self._desk, self.agency, [taken(entry, fields) for entry, fields in entries])
        )

    async def _admit(self, submissions: Sequence[Submission]) -> int:
        async with self._working:
            with working():
                return await admit(self._desk, self.agency, submissions)
