"""Whether the log of everything recorded goes on after a recovery.

Where it cannot, it is kept beside, and another begins.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from redis.asyncio import Redis

from projections.checkpoint import Checkpoint, DivergedError, LedgerReader, confirm
from services.ledger.log_head import LogHead, LogHeads
from services.ledger.trail import TrailStore
from services.notary.checkpoint_text import LogCheckpoint, MalformedCheckpointError
from services.notary.leaves import TRAIL
from services.notary.log import DamagedLogError, Log
from services.notary.merkle import EMPTY_ROOT, leaf_hash, root_of
from services.notary.notes import NoteError
from services.notary.origins import last_set_aside, log_origin, number_of, set_aside
from services.notary.streams import follow_trail, heads_of_ledger
from services.notary.tiles import WIDTH
from services.platform.durability import sync


async def goes_on(directory: Path, core: Redis, ledger: LedgerReader) -> bool:
    """Whether server, ledger and audit trail hold everything that the log in this directory has given out, and it is all there."""
    head = await LogHeads(core).read()
    checkpoint = await asyncio.to_thread(_last_checkpoint, directory)
    if checkpoint is None:
        return not head.size
    if checkpoint.origin != head.origin or checkpoint.size > head.size:
        return False
    partitions = range(ledger.partitions)
    heads = {p: at for p, at in heads_of_ledger(checkpoint.heads).items() if p in partitions}
    try:
        await confirm(ledger, heads)
        await follow_trail(TrailStore(core), checkpoint.heads.get(TRAIL, Checkpoint()))
        return await asyncio.to_thread(_is_whole, Log(directory), head)
    except (DivergedError, DamagedLogError):
        return False


async def begin_another(directory: Path, core: Redis, installation: str) -> None:
    """Keep the log that was written under its number, and begin the next; what was given out of it is not touched."""
    heads = LogHeads(core)
    head, checkpoint = await heads.read(), await asyncio.to_thread(_last_checkpoint, directory)
    numbers = (number_of(head.origin), number_of(checkpoint.origin) if checkpoint else 0)
    number = max(last_set_aside(directory) + 1, *numbers)
    await asyncio.to_thread(_put_aside, directory, number)
    await heads.begin(log_origin(installation, number + 1))


def _is_whole(log: Log, head: LogHead) -> bool:
    """Whether every entry and every leaf hash is there, and they give the root that the server knows."""
    hashes = list(map(leaf_hash, log.entries(0, head.size)))
    for first in range(0, head.size, WIDTH):
        leaves = hashes[first : first + WIDTH]
        if log.tile(0, first // WIDTH, len(leaves)) != leaves:
            return False
    return log.root(head.size) == root_of(hashes) == (head.root or EMPTY_ROOT)


def _put_aside(directory: Path, number: int) -> None:
    if directory.is_dir():
        directory.rename(set_aside(directory, number))
        sync(directory.parent)


def _last_checkpoint(directory: Path) -> LogCheckpoint | None:
    """Return the last checkpoint; None also where it cannot be read, since then nothing can go on from it."""
    try:
        return Log(directory).checkpoint()
    except (MalformedCheckpointError, NoteError, OSError):
        return None
