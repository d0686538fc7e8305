"""Reading the audit trail again and again: only what was appended since is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from services.audit_trail.entries import TrailEntry
from services.audit_trail.trail import read
from services.sealing.own_key import SealingHolder


class TrailReader:
    """Keeps the records that it has read; the trail only grows. For one event loop."""

    def __init__(self, holder: SealingHolder) -> None:
        """Read the trail of this installation."""
        self._holder, self._known = holder, list[TrailEntry]()
        self._reading = asyncio.Lock()

    async def entries(self) -> Sequence[TrailEntry]:
        """Return every record, oldest first. Raises ``CorruptedError`` where one is missing, or is none."""
        async with self._reading:
            self._known += await read(self._holder, len(self._known))
            return tuple(self._known)
