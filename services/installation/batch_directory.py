"""The batch directory: the files for the bank, and beside them its mark, a file of one line."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from services.installation.identity import legible
from services.platform.durability import sync

MARK = ".installation"


def batch_files(directory: Path) -> list[str]:
    """Return the names of all files that look like those for the bank; none where there is no directory."""
    with suppress(FileNotFoundError):
        return sorted(path.name for path in directory.iterdir() if path.suffix.lower() == ".csv")
    return []


def owner_of(directory: Path) -> str | None:
    """Return the mark of a batch directory, None where there is none that can be read."""
    try:
        return legible((directory / MARK).read_text(errors="replace").strip()) or None
    except FileNotFoundError:
        return None


def mark_directory(directory: Path, owner: str) -> None:
    """Give a batch directory its mark, durably; it is made where there is none."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(prefix=f"{MARK}.", dir=directory)
    with os.fdopen(descriptor, "w") as file:
        file.write(owner + "\n")
        file.flush()
        os.fsync(file.fileno())
    Path(draft).rename(directory / MARK)
    sync(directory)
    sync(directory.parent)
