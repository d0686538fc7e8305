"""A small ledger with its audit trail and its log, and a notary that can be stopped anywhere."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from redis.asyncio import Redis

from services.ledger.log_head import LogHeads
from services.ledger.store import create_or_open
from services.ledger.trail import TrailStore
from services.notary import merkle
from services.notary.checkpoint_publisher import Notary
from services.notary.checkpoint_text import LogCheckpoint
from services.notary.leaves import read_leaf
from services.notary.log import Log
from services.notary.notes import ED25519, VerifierKey
from services.notary.origins import log_origin
from services.notary.signatures import Signer
from services.notary.streams import streams_of
from tests.memory_ledger import MemoryLedger
from tests.stores.ledger.steps import NOON, append, event

PARTITIONS = 2


class OneKey:
    """The keys of a log: one."""

    def __init__(self, origin: str, private: Ed25519PrivateKey) -> None:
        self._signer = Signer(origin, ED25519, private)

    def signers(self) -> list[Signer]:
        """What signs."""
        return [self._signer]

    def verifier_keys(self) -> list[VerifierKey]:
        """What is known."""
        return [self._signer.key]


class SmallInstallation:
    """Two partitions and a trail; the server keeps trail and head."""

    def __init__(self, client: Redis, directory: Path) -> None:
        self.directory = directory
        self.ledger = MemoryLedger(PARTITIONS)
        self.trail, self.heads = TrailStore(client), LogHeads(client)
        self.given: dict[int, LogCheckpoint] = {}
        self._private = Ed25519PrivateKey.generate()
        self._events = 0

    @classmethod
    async def create(cls, client: Redis, directory: Path) -> SmallInstallation:
        """On an emptied server."""
        await create_or_open(client, PARTITIONS)
        return cls(client, directory)

    async def open(self, directory: Path | None = None) -> Notary:
        """A notary of the log, as a process has one after its start."""
        streams = streams_of(PARTITIONS)
        place = directory or self.directory
        return await Notary.open(place, self.heads, streams, self.keys, log_origin("one", 1))

    def keys(self, origin: str) -> OneKey:
        """The key, under the name of a log."""
        return OneKey(origin, self._private)

    async def record(self, *counts: int, records: int = 0) -> None:
        """So many events in each partition, and records of the trail."""
        for partition, count in enumerate(counts):
            self._events += count
            said = [event(f"{self._events}-{number}") for number in range(count)]
            await append(self.ledger, *said, partition=partition)
        if records:
            head = await self.trail.head()
            bodies = [b"record %d" % (head.position + number) for number in range(1, records + 1)]
            await self.trail.append(head, NOON, bodies)

    async def caught_up(self, notary: Notary) -> LogCheckpoint:
        """Let it take and seal everything."""
        while await notary.take(self.ledger, self.trail):
            await notary.seal()
        await notary.seal()
        return self.look()

    def look(self) -> LogCheckpoint:
        """The newest checkpoint, as a reader from outside has it: it contradicts none that was given out."""
        given = Log(self.directory).checkpoint()
        assert given is not None
        assert self.given.setdefault(given.size, given) == given
        return given

    async def check(self) -> None:
        """The log holds each event once in its order, and every checkpoint ever given out is the beginning of the last."""
        log, last = Log(self.directory), self.look()
        leaves = list(log.entries(0, last.size))
        entries = [read_leaf(leaf) for leaf in leaves]
        assert log.root(last.size) == last.root == merkle.root_of([merkle.leaf_hash(leaf) for leaf in leaves])
        for partition in range(PARTITIONS):
            stored = await self.ledger.read(partition, 0, 100_000)
            told = [(one.position, one.body) for one in entries if one.stream == f"ledger/{partition}"]
            assert told == [(one.position, one.body) for one in stored]
        records = [one async for page in self.trail.pages() for one in page]
        assert [(one.position, one.body) for one in entries if one.stream == "trail"] == records
        for index, entry in enumerate(entries):
            assert log.index_of(entry.stream, entry.position) == index
        for earlier in self.given.values():
            proof = log.consistency_proof(earlier.size, last.size)
            assert merkle.consistency_is_proven(earlier.size, last.size, proof, earlier.root, last.root)
        assert last.heads == heads_of(entries)

    def copied(self, to: Path) -> Path:
        """The directory of the log as it stands, elsewhere."""
        shutil.copytree(self.directory, to)
        return to


def heads_of(entries: Sequence[object]) -> dict[str, object]:
    """Where each stream stands after these entries."""
    from projections.checkpoint import Checkpoint
    from services.notary.leaves import LogEntry

    found: dict[str, object] = dict.fromkeys(streams_of(PARTITIONS), Checkpoint())
    for entry in entries:
        assert isinstance(entry, LogEntry)
        found[entry.stream] = entry.seen
    return found
