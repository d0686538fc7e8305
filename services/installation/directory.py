"""The mark of the batch directory: a file of one line beside the batch files."""

from __future__ import annotations

import os
from pathlib import Path

from services.disbursement.files import sync_directory

MARK = ".installation"


def owner_of(directory: Path) -> str | None:
    """Return the mark of a batch directory, None where there is none."""
    try:
        return (directory / MARK).read_text().strip()
    except FileNotFoundError:
        return None


def mark_directory(directory: Path, owner: str) -> None:
    """Give a batch directory its mark, durably; it is made where there is none."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = directory / f"{MARK}.{os.getpid()}.tmp"
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(owner + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.rename(directory / MARK)
    sync_directory(directory)
    sync_directory(directory.parent)
