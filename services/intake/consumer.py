"""The consumer of one agency: its outbox on the edge, and what the gateway took from it over HTTP, on the core."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

import structlog
from faststream import AckPolicy
from faststream.redis import RedisBroker, StreamSub
from faststream.redis.message import FAKE_CONSUMER, BatchStreamMessage, RedisBatchStreamMessage
from msgspec import Struct

from services.intake.admission import sweep
from services.intake.context import IntakeContext
from services.intake.http_reception import opened
from services.intake.pipeline import AdmissionPipeline
from services.ledger import keys
from services.ledger.edge import Submission, submission
from services.ledger.reservations import taken
from services.runtime import metrics
from services.runtime.backoff import pause
from services.runtime.machine_faults import MACHINE_FAULTS

BATCH = 1000
"""Documents admitted in one go, at most."""
POLL_MS = 2500
"""How long a reader waits for a document before it asks again, in milliseconds; a stop ends the wait.

It must be less than the socket timeout of redis-py (5 s): a wait that ends in a timeout is a fault to FastStream, which
then reads nothing for another 5 s.
"""
BEGINNING = "0-0"
_UNKNOWN_PAUSE = 1.0

Entry: TypeAlias = tuple[bytes, dict[bytes, bytes]]

log = structlog.get_logger()


class StreamConsumer:
    """The reader of one stream of an agency: batches are admitted in order until told to leave.

    It has no consumer group and keeps no position: an entry is deleted once its result is recorded. While batches are on
    their way the next read begins behind them, else at the beginning of the stream. FastStream moves ``last_id`` on
    before the handler runs and does not mind if the handler fails, so the handler sets it each time and lets no
    exception out.
    """

    def __init__(
        self,
        broker: RedisBroker,
        stream: str,
        pipeline: AdmissionPipeline,
        read: Callable[[Sequence[Entry]], Awaitable[Sequence[Submission]]],
        leave: asyncio.Event,
    ) -> None:
        """Subscribe to a stream, whose entries are ``read`` for a pipeline. Reading begins with ``start``."""
        self._pipeline, self._read, self._leave = pipeline, read, leave
        self._faults = pipeline.faults
        self._subscriber = broker.subscriber(
            stream=StreamSub(
                stream, batch=True, max_records=BATCH, last_id=BEGINNING, polling_interval=POLL_MS
            ),
            parser=_parse,
            decoder=_decode,
            ack_policy=AckPolicy.MANUAL,
            no_reply=True,
            persistent=False,
        )
        self._subscriber(self._handle)

    async def start(self) -> None:
        """Begin to read."""
        await self._subscriber.start()

    async def stop(self) -> None:
        """Read no more; the batch in hand may still be under way."""
        await self._subscriber.stop()

    def begin_again(self) -> None:
        """Let the next read begin at the beginning of the stream."""
        self._subscriber.last_id = BEGINNING

    async def _handle(self, entries: Sequence[Entry]) -> None:
        behind = BEGINNING
        try:
            if not await self._pipeline.admit(await self._read(entries), self._faults):
                await pause(self._leave, _UNKNOWN_PAUSE)
            elif self._pipeline.busy:
                behind = entries[-1][0].decode()
        except Exception as error:  # noqa: BLE001 -- FastStream would go on to the next batch
            await self._give_up(error)
        finally:
            self._subscriber.last_id, self._faults = behind, self._pipeline.faults

    async def _give_up(self, error: Exception) -> None:
        """Say what happened and wait; the same documents will be read again, once nothing before them is on its way."""
        patience = self._pipeline.patience
        metrics.FAULTS.labels("intake").inc()
        say = log.warning if isinstance(error, MACHINE_FAULTS) else log.error
        say("batch.stopped", agency=self._pipeline.agency, seconds=round(patience.seconds, 2), exc_info=error)
        await patience.wait(self._leave)
        async with self._pipeline.halted():
            pass


async def _parse(message: BatchStreamMessage) -> RedisBatchStreamMessage:
    """Take the entries as they are: FastStream's own parser would read the JSON, and leniently."""
    body = list(zip(message["message_ids"], message["data"], strict=True))
    return RedisBatchStreamMessage(raw_message=message, body=body, consumer=FAKE_CONSUMER, group=None)


async def _decode(message: RedisBatchStreamMessage) -> object:
    return message.body


class Brokers(Struct, frozen=True):
    """The connections on which consumers wait; they may lead to one server."""

    edge: RedisBroker
    core: RedisBroker


class AgencyConsumer:
    """Both streams of an agency, whose batches go through one pipeline."""

    def __init__(self, context: IntakeContext, brokers: Brokers, agency: str, leave: asyncio.Event) -> None:
        """Subscribe; reading begins with ``start``."""
        self.agency = agency
        self._context = context
        self._pipeline = AdmissionPipeline(context, agency, self._begin_again)
        self._consumers = (
            StreamConsumer(brokers.edge, keys.outbox(agency), self._pipeline, self._sent, leave),
            StreamConsumer(brokers.core, keys.taken(agency), self._pipeline, self._received, leave),
        )

    async def start(self) -> None:
        """Begin to read."""
        for consumer in self._consumers:
            await consumer.start()

    async def stop(self) -> None:
        """Finish the batches that are on their way and read no more."""
        await asyncio.gather(*(consumer.stop() for consumer in self._consumers))
        async with self._pipeline.halted():
            pass

    async def tidy(self) -> None:
        """Finish what crashes have left half done, and free an outbox that its agency has blocked."""
        async with self._pipeline.halted():
            await sweep(self._context, self.agency)
            if await self._context.edge.free(self.agency):
                log.warning("outbox.freed", agency=self.agency)

    def _begin_again(self) -> None:
        for consumer in self._consumers:
            consumer.begin_again()

    async def _sent(self, entries: Sequence[Entry]) -> Sequence[Submission]:
        return [submission(entry, fields) for entry, fields in entries]

    async def _received(self, entries: Sequence[Entry]) -> Sequence[Submission]:
        return await opened(self._context, self.agency, [taken(entry, fields) for entry, fields in entries])
