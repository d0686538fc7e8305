"""What the log follows: every partition of the ledger, and the audit trail, each behind the last that was taken."""

from __future__ import annotations

from collections.abc import Mapping

from events.message import MessageError, message
from projections.checkpoint import Checkpoint, DivergedError
from services.ledger.trail import TrailStore, hash_of
from services.notary.leaves import TRAIL, ledger_stream, partition_of


class TrailDivergedError(DivergedError):
    """The audit trail does not hold the record that was seen at a checkpoint."""

    def __init__(self, checkpoint: Checkpoint, *, ahead: bool) -> None:
        """Keep where; ``ahead``: the trail ends before the checkpoint."""
        what = "checkpoint.older-trail" if ahead else "checkpoint.other-trail"
        MessageError.__init__(self, message(what, position=checkpoint.position))
        self.partition, self.checkpoint, self.ahead = -1, checkpoint, ahead


def streams_of(partitions: int) -> list[str]:
    """Return the streams of an installation, in the order of a checkpoint's lines."""
    return [*map(ledger_stream, range(partitions)), TRAIL]


def heads_of_ledger(heads: Mapping[str, Checkpoint]) -> dict[int, Checkpoint]:
    """Return of the heads of streams those of partitions, by partition."""
    by_partition = ((partition_of(stream), head) for stream, head in heads.items())
    return {partition: head for partition, head in by_partition if partition is not None}


async def follow_trail(trail: TrailStore, seen: Checkpoint) -> list[tuple[int, bytes]]:
    """Return some hundred records behind the one that was seen, each with its position.

    Raises:
        TrailDivergedError: the trail does not hold what was seen.
    """
    entries: list[tuple[int, bytes]] = []
    async for page in trail.pages(max(0, seen.position - 1)):
        entries = page
        break
    if not seen.position:
        return entries
    if not entries:
        raise TrailDivergedError(seen, ahead=True)
    if hash_of(entries[0][1]) != seen.hash:
        raise TrailDivergedError(seen, ahead=False)
    return entries[1:]
