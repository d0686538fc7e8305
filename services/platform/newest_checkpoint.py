"""The newest checkpoint of the log of everything recorded, read from its file as others need it.

At any rate, at no cost.
"""

from __future__ import annotations

import time
from pathlib import Path

from msgspec import Struct

LOOKS_EVERY = 1.0
"""Seconds between two looks at the file."""


class KnownLog(Struct, frozen=True):
    """The log of everything recorded, as far as it was known: its name, how many entries it had, its root in base64.

    Whoever keeps it can show later that it was so: a log that does not continue it is a second history.
    """

    origin: str
    size: int
    root: str


class NewestCheckpoint:
    """What the notary has signed last. The file is looked at once a second, and read where it is another."""

    def __init__(self, directory: Path) -> None:
        """Read the checkpoints of the log in this directory; there may be none yet."""
        self._file = directory / "checkpoint"
        self._next_look = 0.0
        self._file_state: tuple[int, int] | None = None
        self._note = b""
        self._log: KnownLog | None = None

    @property
    def note(self) -> bytes:
        """The signed note; empty where there is none yet."""
        self._look()
        return self._note

    @property
    def log(self) -> KnownLog | None:
        """What it says of the log; None where there is none yet."""
        self._look()
        return self._log

    def _look(self) -> None:
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + LOOKS_EVERY
        try:
            status = self._file.stat()
            file_state = status.st_ino, status.st_mtime_ns
            if file_state == self._file_state:
                return
            note = self._file.read_bytes()
            origin, size, root = note.decode().split("\n")[:3]
            log = KnownLog(origin, int(size), root)
        except (OSError, ValueError):
            return  # nothing yet, or nothing that can be passed on: what was known is known still
        self._file_state, self._note, self._log = file_state, note, log
