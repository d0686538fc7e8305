"""Waiting for something to read ends with it, or when the worker is told to stop."""

from __future__ import annotations

import asyncio

from services.runtime.worker_loop import unless


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
