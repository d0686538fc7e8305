"""Fixtures for every room: ``valkey`` and ``redis7`` are clients of emptied servers, ``redis`` is each in turn.

Hypothesis draws the same examples in each run, unless ``--hypothesis-profile=random`` is given.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import AsyncIterator, Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings
from redis.asyncio import Redis

from services.runtime.embedded_server import EmbeddedServer
from tests.servers import STORES, emptied, started

os.environ["KELAMBU_CONSOLE_PORT"] = (
    "0"  # two tests may run ``up`` at a time; who asks for the console starts one
)
os.environ.pop("COLUMNS", None)  # the terminal of whoever runs the tests, or what xdist puts in its place

settings.register_profile(
    "random",
    deadline=None,  # how fast the machine is says nothing about the code
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=False,
    print_blob=True,
)
settings.register_profile("fixed", settings.get_profile("random"), derandomize=True)
settings.load_profile("fixed")  # so that red says that a change broke something


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """Undo what a command that ran in this process set for its logs: their stream ends with its test."""
    hooks, handlers = (sys.excepthook, threading.excepthook), logging.root.handlers[:]
    yield
    if structlog.is_configured():
        sys.excepthook, threading.excepthook = hooks
        logging.root.handlers[:] = handlers
        logging.captureWarnings(capture=False)
        structlog.contextvars.clear_contextvars()
        structlog.reset_defaults()


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[EmbeddedServer]:
    """The embedded Valkey, one for the whole session."""
    with started("valkey") as server:
        yield server


@pytest.fixture(scope="session")
def redis7_server() -> Iterator[EmbeddedServer]:
    """Debian's Redis 7.0, one for the whole session; skips where there is none."""
    with started("redis7") as server:
        yield server


@pytest.fixture
async def valkey(valkey_server: EmbeddedServer) -> AsyncIterator[Redis]:
    """A client of the embedded Valkey, which is empty."""
    async with emptied(valkey_server) as client:
        yield client


@pytest.fixture
async def redis7(redis7_server: EmbeddedServer) -> AsyncIterator[Redis]:
    """A client of Redis 7.0, which is empty."""
    async with emptied(redis7_server) as client:
        yield client


@pytest.fixture(params=STORES)
async def redis(request: pytest.FixtureRequest) -> AsyncIterator[Redis]:
    """A client of each server in turn, which is empty."""
    async with emptied(request.getfixturevalue(f"{request.param}_server")) as client:
        yield client
