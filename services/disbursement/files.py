"""The batch files on disk: each is written once, never replaced, and the directory holds nothing else.

A file that was sent to the bank is evidence. So a name that is taken is taken: the same bytes are there already, or
disbursement stops and says so. The directory is compared with the ledger before anything leaves.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from services.disbursement.batch import HEADER, lines, trailer
from services.ledger.payments import Batch

_BATCH = re.compile(r"p(\d\d)-([1-9]\d*)\.csv", re.ASCII)
_DRAFT = re.compile(r"\.p(\d\d)-\d+\.csv\..*", re.ASCII)

Signature = tuple[int, int, int]
"""Inode, size and time of change: as long as they are the same, nobody has written to the file."""


class BatchFileError(Exception):
    """The directory holds what the ledger did not let leave; the message says which file, and what to do."""


def path_of(directory: Path, batch: Batch) -> Path:
    """Where the batch's file stands."""
    return directory / f"{batch.label}.csv"


def write(path: Path, content: bytes) -> None:
    """Put the file in place so that it is there in full or not at all, for its owner alone (mode 0600).

    It is durable when this returns. A file that is there already with these bytes is left as it is.

    Raises:
        BatchFileError: it is there with other bytes, which nobody replaces.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # a name that is taken stays as it is
        except FileExistsError:
            if path.read_bytes() != content:
                raise BatchFileError(_replaced(path)) from None
    finally:
        with suppress(FileNotFoundError):
            Path(draft).unlink()
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def named(directory: Path) -> list[str]:
    """Return the names of all files that look like those for the bank; none where there is no directory."""
    with suppress(FileNotFoundError):
        return sorted(path.name for path in directory.iterdir() if path.suffix.lower() == ".csv")
    return []


def place_of(name: str) -> tuple[int, int] | None:
    """Return partition and number of the batch that a file has its name from; None if it is no batch's."""
    found = _BATCH.fullmatch(name)
    return (int(found[1]), int(found[2])) if found else None


def unknown(directory: Path, names: Iterable[str]) -> BatchFileError:
    """Say that these files are there and the ledger knows no batch of their names."""
    listed = sorted(names)
    others = f" and {len(listed) - 1} more" if len(listed) > 1 else ""
    return BatchFileError(
        f"{directory / listed[0]}{others}: the ledger knows no such batch. The ledger is an older copy, or the file "
        "is not its own. Put the right ledger back, or `kelambu recover`; move the file away only if it never went to "
        "the bank"
    )


def fault_of(path: Path, batch: Batch) -> str | None:
    """Say what differs between a file and the batch that left, None where nothing does; no key is needed to see it."""
    if not path.exists():
        return "is missing; disbursement writes it again when it starts"
    content, head, tail = path.read_bytes(), lines([HEADER]), trailer(batch)
    if not content.startswith(head) or not content.endswith(tail) or len(content) < len(head) + len(tail):
        return "has another header or other totals than the batch"
    if hashlib.sha256(content[len(head) : len(content) - len(tail)]).hexdigest() != batch.sha256:
        return "has other rows than those that left"
    return None


def differing(path: Path, fault: str) -> BatchFileError:
    """Say that a file is not the one that left."""
    return BatchFileError(
        f"{path} {fault}: somebody changed it, or it is another installation's. Put the right file back, or move it away "
        "and it is written as it left"
    )


def signature(path: Path) -> Signature | None:
    """Return what changes when somebody writes to the file; None where there is none."""
    with suppress(FileNotFoundError):
        found = path.stat()
        return found.st_ino, found.st_size, found.st_mtime_ns
    return None


def clear_drafts(directory: Path, partition: int | None = None) -> None:
    """Remove what a crash left of files of a partition, or of all, that were being written; they are written anew."""
    with suppress(FileNotFoundError):
        for path in directory.iterdir():
            draft = _DRAFT.fullmatch(path.name)
            if draft and partition in (None, int(draft[1])):
                path.unlink(missing_ok=True)


def _replaced(path: Path) -> str:
    return (
        f"{path} is there already with other orders than those that leave now: the ledger is an older copy, or another "
        "installation's. Nothing was replaced. Put the right ledger back, or `kelambu recover`"
    )
