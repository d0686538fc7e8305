"""Intake: admits the documents in the agencies' outboxes. Several workers share the agencies by leases."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from faststream.redis import RedisBroker
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from services.intake.consumer import AgencyConsumer, Readers
from services.intake.context import IntakeContext, context_of
from services.intake.stream_reader import StreamReader
from services.ledger.client import made_direct
from services.ledger.connection import ConnectionCheck
from services.ledger.credentials import Credentials
from services.ledger.function_library import load_functions
from services.ledger.registry import INTAKE, SHARDS, Agency, Registry, shard_of
from services.ledger.users import Users, good_passwords
from services.platform.clock import Clock, wall_clock
from services.platform.heartbeat import beat
from services.runtime import metrics
from services.runtime.backoff import pause
from services.runtime.bootstrap import Installation
from services.runtime.embedded_server import running
from services.runtime.machine_faults import MACHINE_FAULTS
from services.runtime.partition_leases import Assignment, own_name

TIDY_SECONDS = 60.0
ROUND_SECONDS = 1.0
USERS_SECONDS = 60.0
"""How long a password may stay good after it has expired, and users be missing on a server that lost them."""

log = structlog.get_logger()


async def run(installation: Installation, stop: asyncio.Event) -> None:
    """Admit the documents of this worker's share of the agencies until ``stop``; batches in hand are finished.

    An agency that is registered meanwhile is read within a second or two.
    """
    context = context_of(installation)
    core = installation.settings.redis_url or running(installation.settings.data) or ""
    edge = installation.settings.edge_url or core
    await load_functions(installation.edge)
    at_core_watch, at_edge_watch = installation.watches
    registrations = Registrations(context.registry)
    async with AsyncExitStack() as stack:
        at_edge = await stack.enter_async_context(reading(edge, at_edge_watch))
        at_core = at_edge
        if not context.one_server:
            at_core = await stack.enter_async_context(reading(core, at_core_watch))
        readers = Readers(at_edge, at_core)

        async def own(shard: int, leave: asyncio.Event) -> None:
            user_keeper = (
                EdgeUserKeeper(installation.core, installation.edge, installation.clock)
                if shard == 0
                else None
            )
            await Shard(context, readers, registrations, shard, user_keeper).run(leave)

        await Assignment(installation.core, INTAKE, SHARDS, own, holder=own_name()).run(stop)


@asynccontextmanager
async def reading(url: str, watch: ConnectionCheck) -> AsyncIterator[StreamReader]:
    """Read streams of a server meanwhile, over connections that ``watch`` sees as it sees those of the installation."""
    async with RedisBroker(url, apply_types=False, logger=None) as broker:  # type: ignore[arg-type]
        client = await broker.connect()
        made_direct(client.connection_pool)
        client.connection_pool.connection_kwargs["redis_connect_func"] = watch.connected
        reader = StreamReader(broker, client)
        await broker.start()
        try:
            await reader.start()
            yield reader
        finally:
            await reader.stop()


class Registrations:
    """The agencies as every shard of this process sees them, read once a round for all."""

    def __init__(self, registry: Registry) -> None:
        """Have read nothing yet."""
        self._registry, self._reading = registry, asyncio.Lock()
        self._found: Sequence[Agency] = ()
        self._again_at = 0.0

    async def now(self) -> Sequence[Agency]:
        """Return those that were registered half a round ago, or later."""
        async with self._reading:
            if time.monotonic() >= self._again_at:
                self._found = await self._registry.agencies()
                self._again_at = time.monotonic() + ROUND_SECONDS / 2
        return self._found


class EdgeUserKeeper:
    """Keeps the edge users of the agencies as the registry has their passwords.

    Looks every round whether a password was set or revoked; and now and then at the users themselves.
    """

    def __init__(self, core: Redis, edge: Redis, clock: Clock = wall_clock) -> None:
        """Know nothing yet."""
        self._credentials, self._users, self._clock = Credentials(core), Users(edge), clock
        self._changes, self._again_at = -1, 0.0

    async def look(self) -> None:
        """Make the users right, if it is time or something has changed."""
        changes = await self._credentials.changes()
        if changes == self._changes and time.monotonic() < self._again_at:
            return
        credentials = await self._credentials.all()
        if any(one.kind == "redis" for one in credentials):
            try:
                await self._users.apply(good_passwords(credentials, self._clock()))
            except ResponseError as error:
                log.warning("users.not-applied", exc_info=error)
        self._changes, self._again_at = changes, time.monotonic() + USERS_SECONDS


class Shard:
    """The agencies of one shard, each with its consumer.

    Whoever has the first shard keeps the users of the edge for all.
    """

    def __init__(
        self,
        context: IntakeContext,
        readers: Readers,
        registrations: Registrations,
        shard: int,
        user_keeper: EdgeUserKeeper | None = None,
    ) -> None:
        """Begin with no agency; each round looks into the registry."""
        self._context, self._readers, self._registrations = context, readers, registrations
        self._shard, self._user_keeper = shard, user_keeper
        self._consumers: dict[str, AgencyConsumer] = {}
        self._tidy_at = 0.0

    async def run(self, leave: asyncio.Event) -> None:
        """Read what the agencies send until ``leave``."""
        try:
            while not leave.is_set():
                beat()
                try:
                    await self._round()
                except MACHINE_FAULTS as error:
                    metrics.FAULTS.labels("intake").inc()
                    log.warning("registry.unreachable", seconds=ROUND_SECONDS, exc_info=error)
                    await self._close()  # a consumer that met the same fault would pause for seconds
                await pause(leave, ROUND_SECONDS)
        finally:
            await self._close()

    async def _round(self) -> None:
        if self._user_keeper:
            await self._user_keeper.look()
        for agency in await self._registrations.now():
            if shard_of(agency.name) == self._shard and agency.name not in self._consumers:
                consumer = AgencyConsumer(self._context, self._readers, agency.name)
                self._consumers[agency.name] = consumer
                consumer.start()
        if time.monotonic() >= self._tidy_at:
            self._tidy_at = time.monotonic() + TIDY_SECONDS
            for consumer in self._consumers.values():
                await consumer.tidy()
            await self._forget()

    async def _forget(self) -> None:
        """Let the edge drop what was deleted; clear personal text must not stay in its file."""
        try:
            await self._context.edge.forget()
        except ResponseError as error:
            log.warning("edge.not-rewritten", exc_info=error)

    async def _close(self) -> None:
        consumers = list(self._consumers.values())
        self._consumers.clear()
        await asyncio.gather(*(consumer.stop() for consumer in consumers))
