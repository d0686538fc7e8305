"""How far a consumer has followed the ledger, and with it whether it is still the same ledger.

A checkpoint is a position and the hash of the event that was seen there. Whoever goes on reads from that very event,
and what follows it counts only if the event is the one that was seen; so a server that is exchanged, falls back to an
older copy or holds another history is noticed with the next read, whatever happened in between.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from events.message import Message, MessageError, message


class LedgerEntry(Protocol):
    """One event as the ledger stores it."""

    @property
    def partition(self) -> int:
        """The partition that holds it."""
        ...

    @property
    def position(self) -> int:
        """Its position there, from 1, without gaps."""
        ...

    @property
    def body(self) -> bytes:
        """JSON of an ``events.catalogue.Event``."""
        ...


class LedgerReader(Protocol):
    """What those who follow it need of a ledger."""

    @property
    def partitions(self) -> int:
        """How many partitions there are."""
        ...

    async def follow(
        self, after: Mapping[int, int], limit: int, block_ms: int
    ) -> Mapping[int, Sequence[LedgerEntry]]:
        """Per partition up to ``limit`` events after a position.

        Waits up to ``block_ms`` when there is none anywhere.
        """
        ...


class Checkpoint(Struct, frozen=True):
    """Everything up to ``position`` was seen, and last an event whose body has the SHA-256 ``hash``."""

    position: int = 0
    hash: str = ""
    """In hexadecimal; empty where nothing was seen."""

    @classmethod
    def of(cls, entry: LedgerEntry) -> Checkpoint:
        """Return the checkpoint of whoever has seen ``entry`` and everything before it."""
        return cls(entry.position, hashlib.sha256(entry.body).hexdigest())


class DivergedError(MessageError):
    """The ledger does not hold the event that was seen at a checkpoint: it is an older copy, or another history."""

    def __init__(
        self, partition: int, checkpoint: Checkpoint, *, ahead: bool, who: str | Message = ""
    ) -> None:
        """Keep where; ``ahead``: the ledger ends before the checkpoint. ``who`` has seen it."""
        place = {"partition": partition, "position": checkpoint.position}
        if who:
            what = "checkpoint.older-copy" if ahead else "checkpoint.other-history"
            super().__init__(message(what, **place, who=who))
        else:
            what = "checkpoint.older-copy-than-seen" if ahead else "checkpoint.other-history-than-seen"
            super().__init__(message(what, **place))
        self.partition, self.checkpoint, self.ahead = partition, checkpoint, ahead


Checkpoints = Mapping[int, Checkpoint]
"""By partition."""


async def proceed(
    reader: LedgerReader, after: Checkpoints, limit: int, block_ms: int = 0
) -> dict[int, Sequence[LedgerEntry]]:
    """Return up to ``limit`` next events of each partition in ``after`` that has any.

    Waits up to ``block_ms`` for the first when there is none. What was waited for only wakes: it is read again from the
    checkpoints on, so that nothing is ever taken from a ledger that was not compared.

    Raises:
        DivergedError: the ledger does not hold what was seen.
    """
    by_partition = await _next(reader, after, limit)
    if by_partition or not block_ms:
        return by_partition
    if await reader.follow({partition: seen.position for partition, seen in after.items()}, 1, block_ms):
        by_partition = await _next(reader, after, limit)
    return by_partition


async def confirm(reader: LedgerReader, seen: Checkpoints) -> None:
    """Raise ``DivergedError`` unless the ledger holds what was seen at each checkpoint."""
    await _next(reader, seen, 0)


def reached(by_partition: Mapping[int, Sequence[LedgerEntry]]) -> dict[int, Checkpoint]:
    """Return the checkpoints of a follower that has taken these events."""
    return {partition: Checkpoint.of(entries[-1]) for partition, entries in by_partition.items() if entries}


async def _next(reader: LedgerReader, after: Checkpoints, limit: int) -> dict[int, Sequence[LedgerEntry]]:
    from_there = {partition: max(0, seen.position - 1) for partition, seen in after.items()}
    by_partition = await reader.follow(from_there, limit + 1, 0)
    following = {}
    for partition, seen in after.items():
        entries = by_partition.get(partition, ())
        if seen.position:
            if not entries:
                raise DivergedError(partition, seen, ahead=True)
            if Checkpoint.of(entries[0]) != seen:
                raise DivergedError(partition, seen, ahead=False)
            entries = entries[1:]
        if entries := entries[:limit]:
            following[partition] = entries
    return following
