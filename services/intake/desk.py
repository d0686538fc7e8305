"""The desk of intake: everything its steps work with."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterable

from redis.asyncio import Redis

from events.codes import Codes
from services.bootstrap import House
from services.clock import Clock, wall_clock
from services.ledger.edge import Edge
from services.ledger.protocol import Ledger
from services.ledger.quarantine import QuarantineStore
from services.ledger.refusals import Refusals
from services.ledger.registry import Registry
from services.ledger.reservations import Reservations
from services.ledger.routes import Routes
from services.sealing.keystore import KeyStore
from services.sealing.tokens import Tokens


def in_milliseconds(moment: dt.datetime) -> dt.datetime:
    """Return a moment in UTC, cut to the milliseconds that a reservation keeps."""
    return moment.astimezone(dt.UTC).replace(microsecond=moment.microsecond // 1000 * 1000)


class Desk:
    """The rooms of the ledger that intake writes to, the key store, the tokens, the scheme's codes and the clock."""

    def __init__(
        self,
        core: Redis,
        edge: Redis,
        ledger: Ledger,
        keys: KeyStore,
        tokens: Tokens,
        codes: Codes,
        clock: Clock = wall_clock,
    ) -> None:
        """Work on a core and an edge server, which may be one; the core has the functions."""
        self.ledger = ledger
        self.registry = Registry(core)
        self.reservations = Reservations(core)
        self.routes = Routes(core)
        self.quarantine = QuarantineStore(core)
        self.edge = Edge(edge)
        self.refusals = Refusals(edge)
        self.keys = keys
        self.tokens = tokens
        self.codes = codes
        self.clock = clock


def desk_of(house: House) -> Desk:
    """Return the desk of an open house."""
    return Desk(
        house.core, house.edge, house.ledger, house.keys, house.tokens, house.rulebook.codes, house.clock
    )


class Keyring:
    """The keys that one batch needs, fetched in one transaction for all that are still missing."""

    def __init__(self, store: KeyStore) -> None:
        """Begin empty."""
        self._store = store
        self._keys: dict[str, bytes] = {}

    async def fetch(self, names: Iterable[str]) -> None:
        """Make sure of these keys: each exists and is on disk."""
        missing = {name for name in names if name not in self._keys}
        if missing:
            self._keys |= await asyncio.to_thread(self._store.get_or_create, sorted(missing))

    def __getitem__(self, name: str) -> bytes:
        """Return a key that was fetched."""
        return self._keys[name]
