"""One agency's outbox as a FastStream subscriber: batches are admitted in order until told to leave."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog
from faststream import AckPolicy
from faststream.redis import RedisBroker, StreamSub
from faststream.redis.message import FAKE_CONSUMER, BatchStreamMessage, RedisBatchStreamMessage

from services import metrics
from services.faults import MACHINE_FAULTS, Patience, pause
from services.intake.desk import Desk
from services.intake.steps import admit
from services.intake.sweep import sweep
from services.ledger import keys
from services.ledger.edge import Submission, submission

BATCH = 500
"""Documents admitted in one go, at most."""
POLL_MS = 1000
BEGINNING = "0-0"
_UNKNOWN_PAUSE = 1.0

log = structlog.get_logger()


class Outbox:
    """The reader of one agency's outbox.

    It has no consumer group and keeps no position: an entry is deleted once it has its receipt, so every read begins
    at the beginning of the stream. FastStream moves ``last_id`` on before the handler runs and does not mind if the
    handler fails, so the handler sets it back each time and lets no exception out.
    """

    def __init__(self, desk: Desk, broker: RedisBroker, agency: str, leave: asyncio.Event) -> None:
        """Subscribe; reading begins with ``start``."""
        self.agency = agency
        self._desk, self._leave = desk, leave
        self._patience = Patience()
        self._working = asyncio.Lock()
        stream = StreamSub(
            keys.outbox(agency), batch=True, max_records=BATCH, last_id=BEGINNING, polling_interval=POLL_MS
        )
        self._subscriber = broker.subscriber(
            stream=stream,
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
        """Finish the batch in hand and read no more."""
        await self._subscriber.stop()
        async with self._working:
            pass

    async def tidy(self) -> None:
        """Finish what crashes have left half done, and free an outbox that its agency has blocked."""
        async with self._working:
            await sweep(self._desk, self.agency)
            if await self._desk.edge.free(self.agency):
                log.warning("outbox.freed", agency=self.agency)

    async def _handle(self, submissions: Sequence[Submission]) -> None:
        async with self._working:
            try:
                answered = await admit(self._desk, self.agency, submissions)
            except Exception as error:  # noqa: BLE001 -- FastStream would go on to the next batch
                await self._give_up(error)
            else:
                self._patience.renew()
                metrics.EVENTS.labels("admitted").inc(answered)
                if not answered:
                    await pause(self._leave, _UNKNOWN_PAUSE)
            finally:
                self._subscriber.last_id = BEGINNING

    async def _give_up(self, error: Exception) -> None:
        """Say what happened and wait; the same documents will be read again."""
        metrics.FAULTS.labels("intake").inc()
        say = log.warning if isinstance(error, MACHINE_FAULTS) else log.error
        say("batch.stopped", agency=self.agency, seconds=round(self._patience.seconds, 2), exc_info=error)
        await self._patience.wait(self._leave)


async def _parse(message: BatchStreamMessage) -> RedisBatchStreamMessage:
    """Take the entries as they are: FastStream's own parser would read the JSON, and leniently."""
    entries = zip(message["message_ids"], message["data"], strict=True)
    body = [submission(entry, fields) for entry, fields in entries]
    return RedisBatchStreamMessage(raw_message=message, body=body, consumer=FAKE_CONSUMER, group=None)


async def _decode(message: RedisBatchStreamMessage) -> object:
    return message.body
