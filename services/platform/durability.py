"""What is on disk when a call returns, whatever happens to the machine then."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def private_file(path: Path, *, new: bool = False) -> Iterator[BinaryIO]:
    """Write a file from its beginning, for its owner alone (mode 0600); it is durable at the end.

    Raises ``FileExistsError`` where it must be ``new`` and is there.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | (os.O_EXCL if new else os.O_TRUNC), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def replace_file(path: Path, content: bytes) -> None:
    """Put a file with this content in the place of another one, or of none.

    Only its owner may read it; it is durable when this returns.
    """
    draft = draft_of(path)
    with private_file(draft) as file:
        file.write(content)
    draft.replace(path)
    sync(path.parent)


def draft_of(path: Path) -> Path:
    """Return where a file is written before it takes its place."""
    return path.with_name(f"{path.name}.draft")


def sync(path: Path) -> None:
    """Make a file durable, or the names in a directory."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
