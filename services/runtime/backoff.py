"""Waiting that a stop ends: before what failed is tried again (backoff), and for what is still to come."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any, TypeVar

from services.platform.heartbeat import rest

T = TypeVar("T")

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


async def unless(stop: asyncio.Event, reading: Coroutine[Any, Any, T]) -> T | None:
    """Return what is read; None when ``stop`` comes first. Only what changes nothing may be given up so."""
    waiting = asyncio.ensure_future(reading), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        return waiting[0].result() if waiting[0].done() else None
    finally:
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
