"""Backoff: how long a service waits before it tries again what failed."""

from __future__ import annotations

import asyncio
import contextlib

from services.platform.heartbeat import rest

_FIRST, _LONGEST = 0.05, 5.0


class Patience:
    """How long to wait before the next attempt, in seconds: twice as long after each fault in a row."""

    def __init__(self, first: float = _FIRST, longest: float = _LONGEST) -> None:
        """Begin with ``first``; never wait longer than ``longest``."""
        self._first, self._longest = first, longest
        self.seconds = first

    def renew(self) -> None:
        """Begin anew, since something has succeeded."""
        self.seconds = self._first

    async def wait(self, stop: asyncio.Event) -> None:
        """Wait, but not longer than until ``stop``."""
        await pause(stop, self.seconds)
        self.seconds = min(2 * self.seconds, self._longest)


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait, but not longer than until ``stop``."""
    rest()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
