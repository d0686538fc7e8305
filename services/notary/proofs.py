"""The proof that entries stand in the log, in the format C2SP ``tlog-proof``: anybody can check it, at any time, alone."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence

from msgspec import Struct

from events.message import message
from services.notary.checkpoint_text import LogCheckpoint
from services.notary.leaves import LogEntry
from services.notary.log import CHECKPOINT, WITNESSED, Log
from services.texts.errors import TextError


class NotSealedError(TextError):
    """Something was recorded and does not stand under a checkpoint yet."""


class OtherEntryError(TextError):
    """The log has another entry where the ledger has an event."""


class SealedEntries(Struct, frozen=True):
    """Entries of a log by their leaf index, and the checkpoint under which all of them stand, with its signatures."""

    entries: tuple[tuple[int, LogEntry], ...]
    checkpoint: LogCheckpoint
    note: str


def sealed(log: Log, logged: Sequence[LogEntry]) -> SealedEntries:
    """Return where these stand in the log, under the checkpoint that witnesses cosigned if it covers them, else the newest.

    Raises:
        NotSealedError: no checkpoint covers all of them yet; the first that none covers is named.
        OtherEntryError: the log has something else there than the ledger.
        DamagedLogError, MalformedCheckpointError: the log cannot be read.
    """
    indices = [log.index_of(one.stream, one.position) for one in logged]
    size = 0
    for name in (WITNESSED, CHECKPOINT):
        if (published := log.published(name)) is None:
            continue
        size = published.checkpoint.size
        sealed_indices = [index for index in indices if index is not None and index < size]
        if len(sealed_indices) == len(indices):
            entries = tuple(zip(sealed_indices, logged, strict=True))
            _compare(log, entries)
            return SealedEntries(entries, published.checkpoint, published.note)
    late = next(one for index, one in zip(indices, logged, strict=True) if index is None or index >= size)
    raise NotSealedError(message("evidence.not-sealed", stream=late.stream, position=late.position))


def _compare(log: Log, entries: Iterable[tuple[int, LogEntry]]) -> None:
    for index, one in entries:
        if log.entry(index).encoded() != one.encoded():
            key = "evidence.other-entry"
            raise OtherEntryError(message(key, index=index, stream=one.stream, position=one.position))


def inclusion_proof(log: Log, index: int, size: int, note: str, extra: bytes = b"") -> bytes:
    """Return the proof that the entry of this leaf index is among the first ``size``, of which ``note`` is the checkpoint.

    ``extra`` stands in it for whoever reads it, and is proven by nothing but itself: with the entry the proof is
    complete. Raises ``DamagedLogError``.
    """
    lines = ["c2sp.org/tlog-proof@v1"]
    if extra:
        lines.append(f"extra {_in_base64(extra)}")
    lines.append(f"index {index}")
    lines += map(_in_base64, log.inclusion_proof(index, size))
    return "".join(f"{line}\n" for line in [*lines, ""]).encode() + note.encode()


def _in_base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
