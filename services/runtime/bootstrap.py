"""The wiring of an installation: what every service and command works with, opened and closed in one place."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager

from msgspec import Struct
from redis.asyncio import Redis

from events.message import message
from projections.store import Store
from services.benefits.reading.folder import named
from services.benefits.reading.kept import readable
from services.benefits.rulebook import Rulebook
from services.installation.identity import InstallationIdentity
from services.installation.mismatches import EVERYTHING, Part
from services.installation.opening import Gate, belonging
from services.ledger import keys as places
from services.ledger.connection import ConnectionCheck, connect
from services.ledger.registry import Registry
from services.ledger.rulebooks import kept
from services.ledger.store import RedisLedger, create_or_open
from services.platform.clock import Clock, clock_of, wall_clock
from services.platform.settings import Settings
from services.runtime.embedded_server import ServerError, running
from services.sealing.keystore import KeyStore
from services.sealing.tokens import Tokens


class Installation(Struct, frozen=True):
    """An open installation. ``core`` holds the ledger; ``edge`` the agencies' streams, often on the same server."""

    settings: Settings
    identity: InstallationIdentity
    core: Redis
    edge: Redis
    ledger: RedisLedger
    registry: Registry
    keys: KeyStore
    tokens: Tokens
    rulebook: Rulebook
    watches: tuple[ConnectionCheck, ConnectionCheck]
    """What sees every new connection to the core and to the edge."""
    clock: Clock = wall_clock

    def read_models(self) -> Store:
        """Open the read models to write; closed again where they belong to another installation."""
        return Store(self.settings.database_url, admits=Gate(self.identity, message("place.read-models")))

    async def heads(self) -> list[int]:
        """Return the position of the last event of each partition."""
        return [(await self.ledger.head(partition)).position for partition in range(self.ledger.partitions)]

    async def rulebooks(self) -> dict[str, Rulebook]:
        """Return the rulebook of this process and every kept one that it still reads as it was meant, by hash."""
        earlier = readable(await kept(self.core))
        return {book.hash: book for book in (*earlier.values(), self.rulebook)}


@asynccontextmanager
async def open_installation(
    settings: Settings, writes: Collection[Part] = EVERYTHING
) -> AsyncIterator[Installation]:
    """Open the installation at these settings; where there is nothing at all it is created.

    Everything is closed at the end. Its parts must belong together, now and on every new connection. ``writes``: which
    of the read models and the batch files this process writes.

    Without ``redis_url`` the embedded server of the data directory is used, if some process runs it.

    Raises:
        ServerError: no server is named and none is running here.
        UnsafeServerError: a server's settings would lose what was acknowledged.
        InstallationError: parts are missing, or belong to another installation or epoch.
        WrongPartitionsError: the ledger was created with another number of partitions.
        RulebookError: the rulebook that the settings name cannot be used.
        SimulatedClockError: the data directory has a simulated clock and is no sandbox.
    """
    url = settings.redis_url or running(settings.data)
    if url is None:
        raise ServerError(message("server.not-running"))
    async with AsyncExitStack() as stack:
        at_core = at_edge = ConnectionCheck(places.META)
        core = await connect(url, unsafe=settings.unsafe, watch=at_core)
        stack.push_async_callback(core.aclose)
        edge = core
        if settings.edge_url and settings.edge_url != url:
            at_edge = ConnectionCheck(places.EDGE_META)
            edge = await connect(settings.edge_url, unsafe=settings.unsafe, watch=at_edge)
            stack.push_async_callback(edge.aclose)
        identity = await belonging(settings, core, None if edge is core else edge, writes)
        at_core.admits = Gate(identity, message("place.core"))
        if at_edge is not at_core:
            at_edge.admits = Gate(identity, message("place.edge"))
        ledger = await create_or_open(core, settings.partitions, str(identity))
        keys = KeyStore(settings.keys_url, Gate(identity, message("place.keys")))
        stack.callback(keys.close)
        yield Installation(
            settings=settings,
            identity=identity,
            core=core,
            edge=edge,
            ledger=ledger,
            registry=Registry(core),
            keys=keys,
            tokens=Tokens.opened(keys),
            rulebook=named(settings.rulebook),
            clock=clock_of(settings.data),
            watches=(at_core, at_edge),
        )
