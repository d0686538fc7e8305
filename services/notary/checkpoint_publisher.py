"""The notary: takes what follows in every partition and in the audit trail into the log, and signs checkpoints over it.

The order is always the same: entries and tiles are durable; the tree that was given out last is proven to be the
beginning of this one; the head on the core server moves from where it stood, which only one notary can do; then the
checkpoint is signed and published. So there is never a second history of one size, whoever dies where.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from typing import Protocol

from events.message import message
from projections.checkpoint import Checkpoint, LedgerReader, proceed
from services.ledger.log_head import LogHead, LogHeads
from services.ledger.trail import TrailStore
from services.notary.checkpoint_text import LogCheckpoint
from services.notary.kept_checkpoints import KeptCheckpoints
from services.notary.leaves import TRAIL, LogEntry, ledger_stream
from services.notary.log import DamagedLogError
from services.notary.merkle import EMPTY_ROOT, consistency_is_proven
from services.notary.notes import VerifierKey, read_note
from services.notary.signatures import Signer, is_signed_by, signed
from services.notary.streams import follow_trail, heads_of_ledger
from services.notary.writer import LogWriter, heads_in
from services.texts.errors import TextError

BATCH = 500
"""Events of one partition in one step."""
CLOSEST_SECONDS, FURTHEST_SECONDS = 0.2, 0.5
"""How long after a checkpoint the next may be given out at the soonest, and how long it may be made to wait at most."""
CHECKPOINT_SHARE = 0.1
"""Between these two, making checkpoints takes about this part of the time: on a busy machine they are further apart."""


def pause_after(seconds: float) -> float:
    """Return how long the next checkpoint waits after one that took so many seconds to make."""
    return min(max(seconds / CHECKPOINT_SHARE, CLOSEST_SECONDS), FURTHEST_SECONDS)


class BrokenLogError(TextError):
    """The log in its directory, its checkpoint and the head on the server do not belong together.

    Nothing was signed.
    """


class CheckpointKeys(Protocol):
    """The keys of a log at this moment."""

    def signers(self) -> list[Signer]:
        """Return what signs a checkpoint now."""
        ...

    def verifier_keys(self) -> list[VerifierKey]:
        """Return every key that signs checkpoints of this log, or did."""
        ...


class Notary:
    """Writes the log of one installation. Opened by ``open``; after an error it is closed, and another one opened."""

    def __init__(
        self,
        writer: LogWriter,
        heads: LogHeads,
        head: LogHead,
        origin: str,
        keys: CheckpointKeys,
    ) -> None:
        """Use ``open``."""
        self._writer, self._heads, self._keys = writer, heads, keys
        self._head, self._origin = head, origin
        self._published: LogCheckpoint | None = None
        self._kept = KeptCheckpoints(writer.directory)
        self._streams: dict[str, Checkpoint] = {}
        self._due = 0.0
        self.behind = False
        """Whether more of some stream followed than was taken in one step."""

    @classmethod
    async def open(
        cls,
        directory: Path,
        heads: LogHeads,
        streams: Sequence[str],
        keys_of: Callable[[str], CheckpointKeys],
        origin: str,
    ) -> Notary:
        """Go on with the log of a directory, or begin it under ``origin``. ``keys_of`` gives the keys for an origin.

        Raises:
            LogInUseError: another process writes it.
            BrokenLogError: the directory is not that of the head on the server, or was changed.
            DamagedLogError: something of it is missing.
        """
        writer = LogWriter(directory)
        try:
            head = await heads.read()
            origin = head.origin or origin
            notary = cls(writer, heads, head, origin, keys_of(origin))
            await asyncio.to_thread(notary._go_on, streams)
        except BaseException:
            writer.close()
            raise
        return notary

    def close(self) -> None:
        """Let go of the directory."""
        self._writer.close()

    @property
    def size(self) -> int:
        """How many entries the last checkpoint covers."""
        return self._published.size if self._published else 0

    @property
    def pause_seconds(self) -> float:
        """How long it is until the next checkpoint may be given out."""
        return max(0.0, self._due - time.monotonic())

    async def take(self, ledger: LedgerReader, trail: TrailStore) -> int:
        """Append what follows in partitions and trail; returns how many entries that was.

        ``seal`` puts them under a checkpoint.

        Raises:
            DivergedError: the ledger or the trail does not hold what stands in the log.
        """
        seen = heads_of_ledger(self._streams)
        by_partition = await proceed(ledger, seen, BATCH)
        records = await follow_trail(trail, self._streams[TRAIL])
        taken = [
            [LogEntry(stream, entry.position, entry.body) for entry in by_partition[partition]]
            for partition in sorted(by_partition)
            for stream in [ledger_stream(partition)]
        ]
        if records:
            taken.append([LogEntry(TRAIL, position, body) for position, body in records])
        self.behind = any(len(entries) >= BATCH for entries in taken)
        if taken:
            await asyncio.to_thread(self._writer.append, [*chain.from_iterable(taken)])
            self._streams |= {entries[-1].stream: entries[-1].seen for entries in taken}
        return sum(map(len, taken))

    async def seal(self) -> int:
        """Give out a checkpoint over everything that was taken; returns how many entries it is the first to cover.

        Raises:
            BrokenLogError: the last checkpoint is not proven to be the beginning of this one.
            LogHeadConflictError: another notary was first.
        """
        covered = self._writer.size - self.size
        if self._published is not None and not covered:
            return 0
        began = time.monotonic()
        then = await asyncio.to_thread(self._proven)
        if then != self._head:
            await self._heads.move(self._head, then)
            self._head = then
        await asyncio.to_thread(self._publish)
        ended = time.monotonic()
        self._due = ended + pause_after(ended - began)
        return covered

    async def wait(self, ledger: LedgerReader, block_ms: int) -> None:
        """Return once something follows in a partition, or after this time; the audit trail does not wake."""
        positions = {partition: seen.position for partition, seen in heads_of_ledger(self._streams).items()}
        await ledger.follow(positions, 1, block_ms)

    def _go_on(self, streams: Sequence[str]) -> None:
        """Compare checkpoint, entries and head; then go on from the head."""
        writer, head = self._writer, self._head
        published = writer.log.published()
        checkpoint = published.checkpoint if published else None
        if checkpoint is not None and (checkpoint.origin != self._origin or checkpoint.size > head.size):
            raise BrokenLogError(message("log.server-behind", size=checkpoint.size, found=head.size))
        if published is not None and not self._is_ours(published.note):
            raise BrokenLogError(message("log.not-ours"))
        try:
            writer.load(head.size)
            if head.size and writer.root() != head.root:
                raise BrokenLogError(message("log.other-history", size=head.size))
            self._streams = dict.fromkeys(streams, Checkpoint()) | dict(
                checkpoint.heads if checkpoint else {}
            )
            since = writer.log.entries(checkpoint.size if checkpoint else 0, head.size)
            self._streams = heads_in(since, self._streams)
            writer.mend(self._streams)
            self._published = checkpoint
            self._proven()
        except DamagedLogError as error:
            raise BrokenLogError(message("log.behind", size=head.size, reason=error.message)) from error

    def _is_ours(self, text: str) -> bool:
        note, verifier_keys = read_note(text.encode()), self._keys.verifier_keys()
        return any(is_signed_by(key, note.text, one) for key in verifier_keys for one in note.signatures)

    def _proven(self) -> LogHead:
        """Make everything durable; return the head of the tree, once what was given out is proven to be its beginning."""
        writer = self._writer
        writer.flush()
        then = LogHead(self._origin, writer.size, writer.root())
        before = self._published
        old_size, old_root = (before.size, before.root) if before else (0, EMPTY_ROOT)
        proof = writer.log.consistency_proof(old_size, then.size)
        if not consistency_is_proven(old_size, then.size, proof, old_root, then.root):
            raise BrokenLogError(message("log.other-history", size=old_size))
        return then

    def _publish(self) -> None:
        head, now = self._head, time.time()
        checkpoint = LogCheckpoint(head.origin, head.size, head.root, dict(self._streams))
        self._writer.publish(str(signed(checkpoint.text(), self._keys.signers(), int(now))))
        self._kept.keep(checkpoint.size, now)
        self._published = checkpoint
