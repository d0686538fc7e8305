"""The wiring of a house: what every service and command works with, opened and closed in one place."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from msgspec import Struct
from redis.asyncio import Redis

from services.benefits.rulebook import Rulebook, named
from services.clock import Clock, clock_of, wall_clock
from services.embedded import ServerError, running
from services.ledger.connection import connect
from services.ledger.registry import Registry
from services.ledger.store import RedisLedger, create_or_open
from services.sealing.keystore import KeyStore
from services.sealing.tokens import Tokens
from services.settings import Settings

NOT_RUNNING = (
    "no server is running for this data directory: start the services with `kelambu up`, "
    "or name a running server in REDIS_URL"
)


class House(Struct, frozen=True):
    """An open house. ``core`` holds the ledger; ``edge`` the agencies' streams, often on the same server."""

    settings: Settings
    core: Redis
    edge: Redis
    ledger: RedisLedger
    registry: Registry
    keys: KeyStore
    tokens: Tokens
    rulebook: Rulebook
    clock: Clock = wall_clock


@asynccontextmanager
async def open_house(settings: Settings) -> AsyncIterator[House]:
    """Open the house at these settings, creating what is not there yet; everything is closed at the end.

    Without ``redis_url`` the embedded server of the data directory is used, if some process runs it.

    Raises:
        ServerError: no server is named and none is running here.
        UnsafeServerError: a server's settings would lose what was acknowledged.
        WrongPartitionsError: the ledger was created with another number of partitions.
        RulebookError: the rulebook that the settings name cannot be used.
        SimulatedClockError: the data directory has a simulated clock and is no sandbox.
    """
    url = settings.redis_url or running(settings.data)
    if url is None:
        raise ServerError(NOT_RUNNING)
    async with AsyncExitStack() as stack:
        core = await connect(url, unsafe=settings.unsafe)
        stack.push_async_callback(core.aclose)
        edge = core
        if settings.edge_url and settings.edge_url != url:
            edge = await connect(settings.edge_url, unsafe=settings.unsafe)
            stack.push_async_callback(edge.aclose)
        ledger = await create_or_open(core, settings.partitions)
        keys = KeyStore(settings.keys_url)
        stack.callback(keys.close)
        yield House(
            settings=settings,
            core=core,
            edge=edge,
            ledger=ledger,
            registry=Registry(core),
            keys=keys,
            tokens=Tokens.opened(keys),
            rulebook=named(settings.rulebook),
            clock=clock_of(settings.data),
        )
