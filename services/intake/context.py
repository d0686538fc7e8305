"""The intake context: everything the steps of admission work with."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import Iterable, Sequence

from redis.asyncio import Redis

from events.codes import Codes
from events.message import message
from services.installation.identity import InstallationError
from services.ledger.claim_routes import Routes
from services.ledger.edge import Edge
from services.ledger.installation_marks import Generation, note_generation
from services.ledger.partitions import partition_of
from services.ledger.protocol import Ledger
from services.ledger.quarantine_store import QuarantineStore
from services.ledger.refusals import Refusals
from services.ledger.registry import Registry
from services.ledger.reservations import Reservations
from services.platform.clock import Clock, wall_clock
from services.platform.newest_checkpoint import NewestCheckpoint
from services.runtime.bootstrap import Installation
from services.sealing.key_tables import KEY_BYTES
from services.sealing.keystore import KeyStore
from services.sealing.tokens import Tokens, is_token


def in_milliseconds(moment: dt.datetime) -> dt.datetime:
    """Return a moment in UTC, cut to the milliseconds that a reservation keeps."""
    return moment.astimezone(dt.UTC).replace(microsecond=moment.microsecond // 1000 * 1000)


class IntakeContext:
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
        owner: str = "",
        checkpoint: NewestCheckpoint | None = None,
    ) -> None:
        """Work on a core and an edge server, which may be one; the core has the functions.

        ``owner`` is the mark of the installation on whose core alone ids are reserved; any, if there is none. Receipts
        name the log by ``checkpoint``.
        """
        self.core, self.owner = core, owner
        self.ledger = ledger
        self.registry = Registry(core)
        self.reservations = Reservations(core, owner)
        self.routes = Routes(core)
        self.quarantine = QuarantineStore(core)
        self.edge = Edge(edge)
        self.one_server = edge is core
        self.refusals = Refusals(edge)
        self.keys = keys
        self.tokens = tokens
        self.codes = codes
        self.clock = clock
        self.checkpoint = checkpoint


def context_of(installation: Installation) -> IntakeContext:
    """Return the context of intake in an open installation."""
    return IntakeContext(
        installation.core,
        installation.edge,
        installation.ledger,
        installation.keys,
        installation.tokens,
        installation.rulebook.codes,
        installation.clock,
        str(installation.identity),
        NewestCheckpoint(installation.settings.log),
    )


class Keyring:
    """The keys that one batch needs, fetched in one transaction for all that are still missing."""

    def __init__(self, context: IntakeContext) -> None:
        """Begin empty."""
        self._context, self._store = context, context.keys
        self._keys: dict[str, bytes] = {}
        self.erased: set[str] = set()
        """Persons met so far who were erased: what is sealed under their names is sealed with a key that nobody
        keeps."""

    async def fetch_ahead(self, persons: Iterable[str]) -> None:
        """Fetch the keys of persons whose events are not yet known to be new.

        A key that was destroyed is not made again for them: a repeat of an old document needs none. Where an id turns
        out to be taken for another content, a new person is left with a key that seals nothing.
        """
        missing = self._missing(persons)
        if not missing:
            return
        stored, destroyed = await asyncio.to_thread(self._found_and_destroyed, missing)
        self._keys |= stored
        if destroyed:
            await self.meet(sorted(destroyed))
        await self._make([name for name in missing if name not in stored and name not in destroyed])

    async def meet(self, persons: Iterable[str]) -> None:
        """Look who of these persons was erased."""
        if missing := await self._look(persons):
            self.erased |= await asyncio.to_thread(self._store.were_erased, missing)

    async def fetch(self, names: Iterable[str]) -> None:
        """Make sure of these keys: each exists, is on disk, and the ledger knows that it needs their generation.

        For somebody who was erased there is one of the moment, which is on no disk.

        Raises:
            InstallationError: a person whom the ledger knows has no key, and it was not destroyed.
        """
        await self._make(await self._look(names))

    async def _look(self, names: Iterable[str]) -> list[str]:
        """Take the keys there are; returns the names that have none."""
        if missing := self._missing(names):
            self._keys |= await asyncio.to_thread(self._store.get, missing)
        return [name for name in missing if name not in self._keys]

    def _missing(self, names: Iterable[str]) -> list[str]:
        return sorted({name for name in names if name not in self._keys})

    def _found_and_destroyed(self, names: Sequence[str]) -> tuple[dict[str, bytes], set[str]]:
        """Return the keys there are, and which of the other names had one that was destroyed."""
        stored = self._store.get(names)
        others = [name for name in names if name not in stored]
        return stored, self._store.were_destroyed(others) if others else set()

    async def _make(self, new: Sequence[str]) -> None:
        if not new:
            return
        await self._refuse_known(new)
        created, generation = await asyncio.to_thread(self._created, new)
        self._keys |= created | {name: os.urandom(KEY_BYTES) for name in new if name not in created}
        await note_generation(self._context.core, generation, self._context.owner)

    def _created(self, names: Sequence[str]) -> tuple[dict[str, bytes], Generation]:
        return self._store.get_or_create(names), Generation(*self._store.generation())

    def __getitem__(self, name: str) -> bytes:
        """Return a key that was fetched."""
        return self._keys[name]

    async def _refuse_known(self, names: Sequence[str]) -> None:
        """A person about whom something is decided had a key: whoever has none now has an older key store."""
        ledger = self._context.ledger
        by_partition: dict[int, list[str]] = {}
        for name in names:
            if is_token(name):
                by_partition.setdefault(partition_of(name, ledger.partitions), []).append(name)
        recorded = [
            name
            for partition, persons in by_partition.items()
            for name, state in zip(persons, await ledger.states(partition, persons), strict=True)
            if state is not None
        ]
        lost = (
            set(recorded) - await asyncio.to_thread(self._store.were_destroyed, recorded)
            if recorded
            else set()
        )
        if lost:
            raise InstallationError(message("mismatch.lacks-keys", count=len(lost)))
