"""The entries of the log: each an event or a record of the audit trail as it is stored, with its place."""

from __future__ import annotations

import hashlib

from msgspec import Struct

from events.message import message
from projections.checkpoint import Checkpoint
from services.texts.errors import TextError

TRAIL = "trail"
"""The stream of the audit trail."""
MAX_BYTES = 65_535
"""Bytes of the longest entry: C2SP ``tlog-tiles`` has its length in two."""
_DIGEST = b"sha256:"
"""Before the SHA-256 in hexadecimal that stands for a longer body. What is stored is JSON and never begins so."""


class MalformedLeafError(TextError):
    """What stands in the log is no entry."""


class LogEntry(Struct, frozen=True, gc=False):
    """What stands at a position of a stream: ``ledger/PARTITION`` or ``trail``.

    ``body`` is as stored on the server, or the hash of it where an entry cannot hold it.
    """

    stream: str
    position: int
    body: bytes

    @property
    def seen(self) -> Checkpoint:
        """The checkpoint of whoever has seen this and everything before it in its stream."""
        return Checkpoint(self.position, self._digest())

    @property
    def too_long(self) -> bool:
        """Whether the leaf has the hash of the body in place of the body."""
        return len(self._leaf(self.body)) > MAX_BYTES

    def encoded(self) -> bytes:
        """Return the leaf: stream, position and body, or ``sha256:`` and the hash of a body that is too long for it."""
        leaf = self._leaf(self.body)
        return leaf if len(leaf) <= MAX_BYTES else self._leaf(_DIGEST + self._digest().encode())

    def _leaf(self, body: bytes) -> bytes:
        return b"%s\n%d\n%s" % (self.stream.encode(), self.position, body)

    def _digest(self) -> str:
        if self.body.startswith(_DIGEST):
            return self.body.removeprefix(_DIGEST).decode("ascii", "replace")
        return hashlib.sha256(self.body).hexdigest()


def ledger_stream(partition: int) -> str:
    """Return the name of the stream of a partition."""
    return f"ledger/{partition}"


def partition_of(stream: str) -> int | None:
    """Return the partition of a stream of the ledger; None for the audit trail."""
    return None if stream == TRAIL else int(stream.removeprefix("ledger/"))


def read_leaf(leaf: bytes) -> LogEntry:
    """Read a leaf. Raises ``MalformedLeafError`` where it is none."""
    stream, _, rest = leaf.partition(b"\n")
    position, newline, body = rest.partition(b"\n")
    entry = LogEntry(stream.decode("ascii", "replace"), int(position) if position.isdigit() else 0, body)
    if not newline or entry.encoded() != leaf or not _is_stream(entry.stream):
        raise MalformedLeafError(message("log.no-entry"))
    return entry


def _is_stream(name: str) -> bool:
    return name == TRAIL or (name.startswith("ledger/") and name[7:].isdigit())
