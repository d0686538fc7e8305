"""Judging a checkpoint: it is cosigned if the log's key has signed it and its tree grew from the last one that was cosigned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

import structlog
from msgspec import Struct

from events.message import Message
from services.notary.cosignatures import TreeHead, read_tree_head
from services.notary.merkle import consistency_is_proven
from services.notary.notes import Note, NoteError, NoteSignature
from services.notary.signatures import Signer, verified
from services.notary.witness_requests import WitnessRequest, read_request
from services.witness.store import RefusedCheckpoint, WitnessedLog, WitnessStore

Verdict: TypeAlias = Literal[
    "cosigned", "malformed", "shrinking", "unknown-log", "untrusted", "elsewhere", "fork", "unproven"
]
"""``shrinking``: the old size is above the size; ``elsewhere``: the last checkpoint has another size than the old one;
``fork``: of this size another tree was cosigned; ``unproven``: the proof does not lead from the last tree to this
one."""

log = structlog.get_logger()


class WitnessAnswer(Struct, frozen=True):
    """What became of a request. ``size`` is that of the last checkpoint that was cosigned.

    ``why`` says what is malformed.
    """

    verdict: Verdict
    size: int = 0
    signatures: tuple[NoteSignature, ...] = ()
    why: Message | None = None


class Witness:
    """Judges checkpoints with its store, its keys and a clock in seconds since 1970."""

    def __init__(self, store: WitnessStore, signers: Sequence[Signer], seconds: Callable[[], int]) -> None:
        """Cosign with each of these keys."""
        self._store, self._signers, self._seconds = store, tuple(signers), seconds

    def judge(self, data: bytes) -> WitnessAnswer:
        """Judge a request; the checkpoint is on disk before its cosignatures are returned.

        Raises:
            WitnessStoreError: the store does not work.
        """
        try:
            request = read_request(data)
            head = read_tree_head(request.note.text)
        except NoteError as error:
            return WitnessAnswer("malformed", why=error.message)
        return self.judge_request(request, head)

    def judge_request(self, request: WitnessRequest, head: TreeHead) -> WitnessAnswer:
        """Judge a request that was read; ``head`` is that of its checkpoint."""
        if self._store.log(head.origin) is None:
            return WitnessAnswer("unknown-log")
        try:
            trusted = verified(request.note, self._store.keys(head.origin))
        except NoteError:
            return WitnessAnswer("untrusted")
        if request.old_size > head.size:
            return WitnessAnswer("shrinking")
        note = Note(request.note.text, tuple(trusted.values()))
        with self._store.changing():
            last = self._store.log(head.origin) or WitnessedLog(head.origin)
            verdict, seconds = _verdict(request, head, last), self._seconds()
            if verdict == "cosigned":
                signatures = tuple(signer.sign(note.text, seconds) for signer in self._signers)
                self._store.confirm(head, str(note.with_signatures(signatures)), seconds)
                return WitnessAnswer(verdict, head.size, signatures)
            request_text = str(WitnessRequest(request.old_size, request.proof, note))
            new = verdict != "elsewhere" and self._store.refuse(
                head, verdict, last.size, request_text, seconds
            )
        if new:
            log.critical("witness.refused", origin=head.origin, code=verdict, size=head.size, known=last.size)
        return WitnessAnswer(verdict, last.size)

    def last(self, origin: str) -> str:
        """Return the last checkpoint of a log that was confirmed, with its signatures and ours.

        Empty where there is none.
        """
        with self._store.looking():
            log = self._store.log(origin)
        return log.note if log else ""

    def logs(self) -> list[WitnessedLog]:
        """Return every log that is known."""
        with self._store.looking():
            return self._store.logs()

    def refused(self) -> list[RefusedCheckpoint]:
        """Return what was refused."""
        with self._store.looking():
            return self._store.refused()

    def now(self) -> int:
        """Return the time, in seconds since 1970."""
        return self._seconds()


def _verdict(request: WitnessRequest, head: TreeHead, last: WitnessedLog) -> Verdict:
    if head.size == last.size and head.root != last.root:
        return "fork"
    if request.old_size != last.size:
        return "elsewhere"
    proven = consistency_is_proven(last.size, head.size, request.proof, last.root, head.root)
    return "cosigned" if proven else "unproven"
