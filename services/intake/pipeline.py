"""The batches of one agency on their way, one behind another.

    reserve (k)    deliver (k - 1)    answer (k - 2)

These go on at the same time, so that one write to the server's disk serves all three. Each step is done for one batch
after the other, in the order in which the batches came, and a batch is answered once its own delivery is confirmed. A
batch that holds more than events for inboxes goes alone: those before it are answered first, and the next begins when
it is.

After a fault no batch takes another step, and what was not answered is read again from the beginning. What a death
leaves is what it has always left, of up to three batches in place of one: ids that are reserved, and events that may
be in their inboxes, of documents that are still where they were read, in their order.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from services.intake.admission import Batch, answer, deliver, reserve
from services.intake.context import IntakeContext
from services.ledger.edge import Submission
from services.platform.heartbeat import working
from services.runtime import metrics
from services.runtime.backoff import Patience


class AdmissionPipeline:
    """Admits what one agency sends, up to three batches at once."""

    def __init__(self, context: IntakeContext, agency: str, at_rest: Callable[[], None]) -> None:
        """Begin with nothing on its way; ``at_rest`` is called each time that nothing is any more."""
        self.agency, self._context, self._at_rest = agency, context, at_rest
        self._reserving, self._delivering, self._answering = asyncio.Lock(), asyncio.Lock(), asyncio.Lock()
        self._under_way: set[asyncio.Task[None]] = set()
        self._fault: Exception | None = None
        self.faults = 0
        """How many have stopped batches that were on their way."""
        self.patience = Patience()
        """How long to wait after a fault; renewed with each batch that is answered."""

    @property
    def busy(self) -> bool:
        """Whether batches are on their way."""
        return bool(self._under_way)

    async def admit(self, submissions: Sequence[Submission], faults: int) -> bool:
        """Send a batch on its way; returns as soon as the next may follow. False: the agency is not registered.

        ``faults`` is what it was when its stream was read from the beginning: behind a batch that was stopped since
        then no later one of its stream may go.

        Raises:
            Exception: what stopped this batch or one before it; its stream is to be read from the beginning.
        """
        async with self._reserving:
            with working():
                await self._stop_at_fault(faults)
                batch = await reserve(self._context, self.agency, submissions)
                if batch is None:
                    await self._rest()
                    return False
                if not batch.plain:
                    await self._rest()
                await self._delivering.acquire()
                task = asyncio.create_task(self._finish(batch, faults))
                self._under_way.add(task)
                task.add_done_callback(self._finished)
                if not batch.plain:
                    await self._rest()
                await self._stop_at_fault(faults)
                return True

    @asynccontextmanager
    async def halted(self) -> AsyncIterator[None]:
        """Let nothing be on its way meanwhile."""
        async with self._reserving:
            await self._rest()
            yield

    async def _finish(self, batch: Batch, faults: int) -> None:
        """Deliver a batch, whose turn it is, and answer it as soon as the one before it is answered."""
        with working():
            await self._take(deliver, batch, faults)
            async with self._answering:
                self._delivering.release()
                if await self._take(answer, batch, faults):
                    metrics.EVENTS.labels("admitted").inc(len(batch.answers))
                    self.patience.renew()

    async def _take(
        self, step: Callable[[IntakeContext, Batch], Awaitable[None]], batch: Batch, faults: int
    ) -> bool:
        """Take a step, unless a fault has stopped everything; tells whether it was taken."""
        if faults == self.faults:
            try:
                await step(self._context, batch)
            except Exception as error:  # noqa: BLE001 -- whoever sends the next batch meets it
                self._fault, self.faults = error, self.faults + 1
        return faults == self.faults

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not self._under_way:
            self._at_rest()

    async def _rest(self) -> None:
        """Wait until nothing is on its way."""
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def _stop_at_fault(self, faults: int) -> None:
        """Raise what has stopped the batches since there were so many faults, once nothing is on its way."""
        if self._fault is not None and faults != self.faults:
            await self._rest()
            raise self._fault
