"""Which checkpoints the book is held against.

Those that the log keeps of itself, and those that somebody kept elsewhere. A checkpoint counts once a key has signed
it. Those of the log are judged by the installation's own keys; one from outside by the keys that whoever brings it
trusts. Without any it is judged by our own, which whoever holds the installation could have exchanged: that is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from events.message import Message, message
from services.ledger.log_head import LogHead
from services.notary.checkpoint_text import LogCheckpoint, MalformedCheckpointError, read_checkpoint
from services.notary.key_files import SigningKeysError
from services.notary.log import CHECKPOINT, CONTRADICTING, WITNESSED, Log
from services.notary.notes import Note, NoteError, VerifierKey, read_note
from services.notary.origins import number_of, set_aside
from services.notary.signatures import verified
from services.notary.signing_keys import read_keys
from services.notary.witness_requests import read_handed_out
from services.verification.discrepancies import AuditFinding
from services.verification.log_against_ledger import KnownCheckpoint, finding

_OWN = (CHECKPOINT, WITNESSED, CONTRADICTING)


class OutsideCheckpoint(Struct, frozen=True):
    """A checkpoint that somebody kept elsewhere, as it was handed out, by the name of its file."""

    name: str
    content: bytes


class LogEvidence(Struct, frozen=True, kw_only=True):
    """Where the log stands and its keys are, what was kept elsewhere, and the keys that are trusted for that."""

    log: Path
    keys: Path
    outside: tuple[OutsideCheckpoint, ...] = ()
    trusted: tuple[VerifierKey, ...] = ()


class KnownCheckpoints:
    """The checkpoints that count, and what speaks against others."""

    def __init__(self, evidence: LogEvidence) -> None:
        """Read and judge them."""
        self._evidence = evidence
        self.log = Log(evidence.log)
        self.checkpoints: list[KnownCheckpoint] = []
        self.findings: list[AuditFinding] = []
        self.skipped: list[Message] = []
        self.newest = newest = self._of_log()
        for one in evidence.outside:
            self._take(one, newest)
        if newest is None and not evidence.outside:
            self.skipped.append(message("audit.log-none"))
        elif not evidence.outside:
            self.skipped.append(message("audit.log-own"))
        elif not evidence.trusted:
            self.skipped.append(message("audit.log-own-keys"))

    def against(self, head: LogHead, unsealed: int) -> list[AuditFinding]:
        """Hold the log against its head on the core server, read later: it is never behind, and has the same root.

        ``unsealed`` is what was found later still to be recorded behind the newest checkpoint: the head is not beyond
        that.
        """
        newest, parameters = self.newest, {"size": head.size}
        if newest is None:
            return [finding(message("audit.log-headless", **parameters))] if head.size else []
        if head.size < newest.size or head.origin != newest.origin:
            return [finding(message("audit.log-head-behind", newest=newest.size, **parameters))]
        if head.size == newest.size and head.root != newest.root:
            return [finding(message("audit.log-head-other", **parameters))]
        if head.size > newest.size + unsealed:
            return [finding(message("audit.log-head-beyond", recorded=newest.size + unsealed, **parameters))]
        return []

    def _of_log(self) -> LogCheckpoint | None:
        """Take the checkpoints that the log keeps; returns the newest."""
        newest: LogCheckpoint | None = None
        for name in (*_OWN, *_checkpoint_files(self._evidence.log)):
            if not (file := self._evidence.log / name).is_file():
                continue
            try:
                note = read_note(file.read_bytes())
                checkpoint = read_checkpoint(note.text)
                own = self._own_keys(checkpoint.origin)
                verified(note, own)
            except (NoteError, MalformedCheckpointError, OSError) as fault:
                what = message("audit.log-unsigned", name=name, why=_why(fault))
                self.findings.append(finding(what))
                continue
            if name not in (WITNESSED, CONTRADICTING):
                self.findings += _strangers(name, note, own)
            if name == CHECKPOINT:
                newest = checkpoint
            if newest and (checkpoint.origin != newest.origin or checkpoint.size > newest.size):
                what = message("audit.log-beyond", name=name, size=checkpoint.size, newest=newest.size)
                self.findings.append(finding(what))
            if not any(one.checkpoint == checkpoint for one in self.checkpoints):
                self.checkpoints.append(KnownCheckpoint(name, checkpoint))
        return newest

    def _take(self, outside: OutsideCheckpoint, newest: LogCheckpoint | None) -> None:
        try:
            note = read_handed_out(outside.content)
            checkpoint = read_checkpoint(note.text)
            own = self._own_keys(checkpoint.origin)
            verified(note, self._evidence.trusted or own)
        except (NoteError, MalformedCheckpointError) as fault:
            what = message("audit.log-unsigned", name=outside.name, why=_why(fault))
            self.findings.append(finding(what))
            return
        if not _knows(own, note):
            self.findings.append(finding(message("audit.log-replaced-keys", name=outside.name)))
        if newest is None:
            what = message("audit.log-gone", name=outside.name, size=checkpoint.size)
            self.findings.append(finding(what))
        elif checkpoint.origin != newest.origin:
            self.findings.append(self._of_another(outside.name, checkpoint.origin, newest.origin))
            return
        elif checkpoint.size > newest.size:
            what = message("audit.log-beyond", name=outside.name, size=checkpoint.size, newest=newest.size)
            self.findings.append(finding(what))
        self.checkpoints.append(KnownCheckpoint(outside.name, checkpoint, outside=True))

    def _of_another(self, name: str, origin: str, ours: str) -> AuditFinding:
        """Say that a checkpoint is of another log, and where that is kept if it is an earlier one of this installation."""
        place, parameters = set_aside(self._evidence.log, number_of(origin)), {"name": name, "origin": origin}
        if origin.rpartition("/")[0] == ours.rpartition("/")[0] and place.is_dir():
            return finding(message("audit.log-set-aside", **parameters, ours=ours, place=place))
        return finding(message("audit.log-origin", **parameters, ours=ours))

    def _own_keys(self, origin: str) -> list[VerifierKey]:
        """Return the keys that sign checkpoints of a log of ours, or did; none where they cannot be read."""
        try:
            return [key.verifier(origin) for key in read_keys(self._evidence.keys) if key.use == "log"]
        except SigningKeysError:
            return []


def _strangers(name: str, note: Note, own: Sequence[VerifierKey]) -> Iterator[AuditFinding]:
    """Name each signature of a checkpoint that the notary signs alone which none of its keys has made.

    Its line was changed.
    """
    own_names = {(key.name, key.key_id) for key in own}
    for one in note.signatures:
        if (one.name, one.key_id) not in own_names:
            yield finding(message("audit.log-stranger", name=name, signer=f"{one.name}+{one.key_id.hex()}"))


def _knows(keys: Sequence[VerifierKey], note: Note) -> bool:
    """Whether one of these keys has signed a note."""
    try:
        return bool(verified(note, keys))
    except NoteError:
        return False


def _checkpoint_files(log: Path) -> Iterator[str]:
    folder = log / "checkpoints"
    sizes = [int(file.name) for file in folder.iterdir() if file.name.isdigit()] if folder.is_dir() else []
    return (f"checkpoints/{size}" for size in sorted(sizes))


def _why(fault: Exception) -> Message | str:
    return getattr(fault, "message", str(fault))
