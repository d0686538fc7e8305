"""The consumer of one agency: its outbox on the edge, and what the gateway took from it over HTTP, on the core."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import structlog
from msgspec import Struct

from services.intake.admission import sweep
from services.intake.context import IntakeContext
from services.intake.http_reception import opened
from services.intake.pipeline import AdmissionPipeline
from services.intake.stream_reader import BATCH, Entry, StreamReader
from services.ledger import keys
from services.ledger.edge import Submission, submission
from services.ledger.reservations import taken
from services.runtime import metrics
from services.runtime.backoff import pause
from services.runtime.machine_faults import MACHINE_FAULTS

BEGINNING = "0-0"
_UNKNOWN_PAUSE = 1.0

log = structlog.get_logger()


class StreamConsumer:
    """Admits the entries of one stream of an agency, batch by batch, in order, until told to leave.

    It has no consumer group and keeps no position: an entry is deleted once its result is recorded. While batches are on
    their way, or entries wait, the next read begins behind them, else at the beginning of the stream. After a fault all
    that was read is dropped, and it is read from the beginning.
    """

    def __init__(
        self,
        stream: str,
        pipeline: AdmissionPipeline,
        read: Callable[[Sequence[Entry]], Awaitable[Sequence[Submission]]],
        leave: asyncio.Event,
    ) -> None:
        """Have nothing yet; entries are ``read`` for a pipeline."""
        self.stream, self.agency = stream, pipeline.agency
        self._pipeline, self._read, self._leave = pipeline, read, leave
        self._faults = pipeline.faults
        self._behind, self.drops = BEGINNING, 0
        self._waiting: list[Entry] = []
        self.admitting: asyncio.Task[None] | None = None
        """What admits the entries that wait; None where none do."""

    @property
    def behind(self) -> str | None:
        """The id of the entry behind which the next read begins; None while a whole batch waits."""
        return self._behind if len(self._waiting) < BATCH else None

    def take(self, entries: Sequence[Entry], drops: int) -> None:
        """Let entries wait until their turn comes, unless what was read before them was dropped meanwhile."""
        if drops != self.drops or self._leave.is_set():
            return
        self._waiting += entries
        self._behind = entries[-1][0].decode()
        if self.admitting is None:
            self.admitting = asyncio.create_task(self._admit_waiting())

    async def ended(self) -> None:
        """Return once the batch in hand is on its way, when it was told to leave."""
        if self.admitting is not None:
            await asyncio.wait([self.admitting])

    def begin_again(self) -> None:
        """Let the next read begin at the beginning of the stream, unless entries wait."""
        if self.admitting is None:
            self._behind = BEGINNING

    async def _admit_waiting(self) -> None:
        try:
            while self._waiting and not self._leave.is_set():
                batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
                await self._admit(batch)
        finally:
            self.admitting = None
            if not self._pipeline.busy:
                self.begin_again()

    async def _admit(self, batch: Sequence[Entry]) -> None:
        """Send a batch on its way, or drop it and all that was read behind it."""
        admitted = False
        try:
            admitted = await self._pipeline.admit(await self._read(batch), self._faults)
            if not admitted:
                await pause(self._leave, _UNKNOWN_PAUSE)
        except Exception as error:  # noqa: BLE001 -- the stream is read again, whatever it was
            await self._give_up(error)
        finally:
            if not admitted:
                self._waiting = []
                self._behind, self.drops = BEGINNING, self.drops + 1
                self._faults = self._pipeline.faults

    async def _give_up(self, error: Exception) -> None:
        """Say what happened and wait; the same documents will be read again, once nothing before them is on its way."""
        patience = self._pipeline.patience
        metrics.FAULTS.labels("intake").inc()
        say = log.warning if isinstance(error, MACHINE_FAULTS) else log.error
        with suppress(OSError):  # a full disk takes no line either, and must not end the work
            say("batch.stopped", agency=self.agency, seconds=round(patience.seconds, 2), exc_info=error)
        await patience.wait(self._leave)
        async with self._pipeline.halted():
            pass


class Readers(Struct, frozen=True):
    """What reads the streams on the edge and on the core; one and the same where they are one server."""

    edge: StreamReader
    core: StreamReader


class AgencyConsumer:
    """Both streams of an agency, whose batches go through one pipeline."""

    def __init__(self, context: IntakeContext, readers: Readers, agency: str) -> None:
        """Read nothing yet. Reading begins with ``start``."""
        self.agency = agency
        self._context = context
        self._pipeline = AdmissionPipeline(context, agency, self._begin_again)
        self._leave = asyncio.Event()
        sent = StreamConsumer(keys.outbox(agency), self._pipeline, self._sent, self._leave)
        received = StreamConsumer(keys.taken(agency), self._pipeline, self._received, self._leave)
        self._reads = ((readers.edge, sent), (readers.core, received))

    def start(self) -> None:
        """Begin to read."""
        for reader, consumer in self._reads:
            reader.add(consumer)

    async def stop(self) -> None:
        """Finish the batches that are on their way and read no more."""
        self._leave.set()
        for reader, consumer in self._reads:
            reader.remove(consumer)
            await consumer.ended()
        async with self._pipeline.halted():
            pass

    async def tidy(self) -> None:
        """Finish what crashes have left half done, and free an outbox that its agency has blocked."""
        async with self._pipeline.halted():
            await sweep(self._context, self.agency)
            if await self._context.edge.free(self.agency):
                log.warning("outbox.freed", agency=self.agency)

    def _begin_again(self) -> None:
        for _, consumer in self._reads:
            consumer.begin_again()

    async def _sent(self, entries: Sequence[Entry]) -> Sequence[Submission]:
        return [submission(entry, fields) for entry, fields in entries]

    async def _received(self, entries: Sequence[Entry]) -> Sequence[Submission]:
        return await opened(self._context, self.agency, [taken(entry, fields) for entry, fields in entries])
