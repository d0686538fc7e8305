"""Waiting for something to read ends with it, or when the worker is told to stop, or before the worker is missed."""

from __future__ import annotations

import asyncio

from services.runtime.backoff import unless
from services.runtime.worker_loop import IDLE_MS, idle_ms


async def test_what_is_read_is_returned() -> None:
    """The answer comes although nobody stops."""

    async def read() -> str:
        return "read"

    assert await unless(asyncio.Event(), read()) == "read"


async def test_what_did_not_come_before_the_stop_is_given_up() -> None:
    """Nobody goes on waiting for it."""
    stop, begun, given_up = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def read() -> str:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            given_up.set()
        return "read"

    waiting = asyncio.ensure_future(unless(stop, read()))
    await begun.wait()
    stop.set()
    assert await waiting is None
    assert given_up.is_set()


def test_a_worker_without_work_looks_again_long_before_it_is_missed() -> None:
    """However short a silence the site has set, and never longer than a connection waits for an answer."""
    waits = {silence: idle_ms(silence) for silence in (1, 4, 8, 120, 3600)}
    assert waits == {1: IDLE_MS, 4: IDLE_MS, 8: 2000, 120: 2500, 3600: 2500}
