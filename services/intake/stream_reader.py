"""One read over the streams of all agencies, however many there are."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol, TypeAlias, cast

import structlog
from faststream._internal.endpoint.subscriber.call_item import CallsCollection
from faststream.middlewares import AckPolicy
from faststream.redis import RedisBroker, StreamSub
from faststream.redis.message import FAKE_CONSUMER, BatchStreamMessage, RedisBatchStreamMessage
from faststream.redis.subscriber.config import RedisSubscriberConfig, RedisSubscriberSpecificationConfig
from faststream.redis.subscriber.specification import StreamSubscriberSpecification
from faststream.redis.subscriber.usecases import LogicSubscriber, StreamBatchSubscriber
from redis.asyncio import Redis
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as TooLate

from services.runtime import metrics
from services.runtime.backoff import Patience, pause, unless
from services.runtime.machine_faults import MACHINE_FAULTS

BATCH = 1000
"""Documents of one stream that one read takes, and that are admitted in one go, at most."""
POLL_MS = 2500
"""How long a read waits for a document before it asks again, in milliseconds.

It must be less than the socket timeout of redis-py (5 s), after which a connection is given up.
"""
_FULL_MS = 20
"""The same, where a stream is not read because enough of it waits to be admitted."""
_LEFT_OUT_SECONDS = 30.0
"""How long a stream is left out that could not be read."""
_PATIENCE = 1.0
"""Seconds until a server that does not answer is asked again, at most."""
_STREAMS_IN_FULL = 32
"""Of so many streams one read takes whole batches; of more of them accordingly less of each."""
_GATHERED_SECONDS, _SHORTEST_GATHERING, _LONGEST_GATHERING = 0.0001, 0.005, 0.05
"""How long the next read is put off for each entry of a read, in seconds; at least, and at most."""

Entry: TypeAlias = tuple[bytes, dict[bytes, bytes]]
Reply: TypeAlias = Sequence[tuple[bytes, Sequence[Entry]]]

log = structlog.get_logger()


class Consumer(Protocol):
    """Whoever takes the entries of one stream."""

    stream: str
    agency: str
    admitting: asyncio.Task[None] | None
    """What ends once the entries that it took are on their way; None if all are."""
    drops: int
    """How often it has dropped what was read, so that what was asked for before is not for it."""

    @property
    def behind(self) -> str | None:
        """The id of the entry behind which the next read begins; None while none is wanted."""

    def take(self, entries: Sequence[Entry], drops: int) -> None:
        """Take entries that were asked for when it had dropped so often; returns at once."""


class StreamReader:
    """Reads for all its consumers on one server, one command at a time, and hands each the entries of its stream.

    A stream that cannot be read, or not in time, is left out for a while, so that it keeps nobody else waiting.
    """

    def __init__(self, broker: RedisBroker, client: Redis) -> None:
        """Read by the client of a broker, for nobody yet. Reading begins with ``start``."""
        self._client = client
        self._consumers: dict[str, Consumer] = {}
        self._asked: Mapping[str, tuple[Consumer, int]] = {}
        self._left_out: dict[str, float] = {}
        """Streams that could not be read, and when each is tried again, on the clock that only runs forward."""
        self._found, self._most = 0, BATCH
        self._changed, self._stopped = asyncio.Event(), asyncio.Event()
        self._patience = Patience(longest=_PATIENCE)
        self._subscriber = _StreamsSubscriber(broker, self._read)
        self._subscriber(self._hand_over)

    async def start(self) -> None:
        """Begin to read."""
        await self._subscriber.start()

    async def stop(self) -> None:
        """Read no more."""
        self._stopped.set()
        await self._subscriber.stop()

    def add(self, consumer: Consumer) -> None:
        """Read for this consumer too, from now on."""
        self._consumers[consumer.stream] = consumer
        self._changed.set()

    def remove(self, consumer: Consumer) -> None:
        """Read for this consumer no more; what is being read for it is not handed over."""
        if self._consumers.get(consumer.stream) is consumer:
            del self._consumers[consumer.stream]

    async def _read(self, _: str) -> Reply:
        """Wait for entries of any stream; return none where a consumer came meanwhile, or the server is at fault."""
        await self._gather()
        self._changed.clear()
        now = time.monotonic()
        self._left_out = {stream: again for stream, again in self._left_out.items() if again > now}
        wanted = {stream: one for stream, one in self._consumers.items() if stream not in self._left_out}
        places = {stream: behind for stream, one in wanted.items() if (behind := one.behind) is not None}
        self._asked = {stream: (wanted[stream], wanted[stream].drops) for stream in places}
        waits = POLL_MS if len(places) == len(wanted) else _FULL_MS
        if self._left_out:
            waits = min(waits, math.ceil((min(self._left_out.values()) - now) * 1000))
        if not places:
            await pause(self._changed, waits / 1000)
            return ()
        count = max(1, self._most * _STREAMS_IN_FULL // max(_STREAMS_IN_FULL, len(places)))
        reply: Reply | None = ()
        try:
            reply = await unless(self._changed, self._entries(places, count, waits))
        except TooLate as error:
            self._most //= 10
            return await (self._after(error) if self._most else self._read_each(places))
        except ResponseError:
            return await self._read_each(places)
        except MACHINE_FAULTS as error:
            return await self._after(error)
        self._patience.renew()
        self._found, self._most = sum(len(entries) for _, entries in reply or ()), min(2 * self._most, BATCH)
        return reply or ()

    async def _gather(self) -> None:
        """Let entries gather while some are being admitted, for as long as these take, or until one consumer has no more.

        A read costs the same however much it brings.
        """
        if under_way := [task for one in self._consumers.values() if (task := one.admitting)]:
            longest = min(max(_SHORTEST_GATHERING, self._found * _GATHERED_SECONDS), _LONGEST_GATHERING)
            await asyncio.wait(under_way, timeout=longest, return_when=asyncio.FIRST_COMPLETED)

    async def _read_each(self, places: Mapping[str, str]) -> Reply:
        """Read each stream by itself, since all together could not be read; leave out those that cannot."""
        found: list[tuple[bytes, Sequence[Entry]]] = []
        for stream, behind in places.items():
            try:
                found += await self._entries({stream: behind}, 1)
            except MACHINE_FAULTS as error:
                if not await self._answers():
                    return await self._after(error)
                self._left_out[stream] = time.monotonic() + _LEFT_OUT_SECONDS
                consumer, _ = self._asked[stream]
                with suppress(OSError):  # what is found must not be lost for a line that cannot be written
                    log.warning(
                        "stream.unread", agency=consumer.agency, seconds=_LEFT_OUT_SECONDS, exc_info=error
                    )
        self._most = BATCH
        return found

    async def _answers(self) -> bool:
        try:
            await self._client.ping()
        except MACHINE_FAULTS:
            return False
        return True

    async def _after(self, error: Exception) -> Reply:
        """Wait, since the server is at fault."""
        metrics.FAULTS.labels("intake").inc()
        self._most = max(1, self._most)
        with suppress(OSError):
            log.warning("streams.unread", seconds=round(self._patience.seconds, 2), exc_info=error)
        await self._patience.wait(self._stopped)
        return ()

    async def _entries(self, asked: Mapping[str, str], count: int, block: int | None = None) -> Reply:
        return cast("Reply", await self._client.xread(dict(asked), count, block))  # type: ignore[arg-type]

    async def _hand_over(self, read: tuple[str, Sequence[Entry]]) -> None:
        stream, entries = read
        consumer, drops = self._asked[stream]
        if self._consumers.get(stream) is consumer:
            consumer.take(entries, drops)


class _StreamsSubscriber(StreamBatchSubscriber):
    """FastStream's batch subscriber, of as many streams as ``read`` returns entries of."""

    def __init__(self, broker: RedisBroker, read: Callable[[str], Awaitable[Reply]]) -> None:
        outer, calls = broker.config.broker_config, CallsCollection[object]()
        stream = StreamSub("outboxes", batch=True, last_id="0-0")
        config = RedisSubscriberConfig(
            _outer_config=outer, stream_sub=stream, no_reply=True, _ack_policy=AckPolicy.MANUAL
        )
        described = RedisSubscriberSpecificationConfig(
            title_=None, description_=None, include_in_schema=False
        )
        super().__init__(
            config, StreamSubscriberSpecification(outer, described, calls, stream_sub=stream), calls
        )
        self.add_call(parser_=_parse, decoder_=_decode, dependencies_=())
        self._read_streams = read

    async def start(self) -> None:
        """Begin to read, each time by ``read``."""
        await LogicSubscriber.start(self, self._read_streams)


async def _parse(message: BatchStreamMessage) -> RedisBatchStreamMessage:
    """Take the entries as they are: FastStream's own parser would read the JSON, and leniently."""
    entries = list(zip(message["message_ids"], message["data"], strict=True))
    body = (message["channel"], entries)
    return RedisBatchStreamMessage(raw_message=message, body=body, consumer=FAKE_CONSUMER, group=None)


async def _decode(message: RedisBatchStreamMessage) -> object:
    return message.body
