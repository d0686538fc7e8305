"""How long something took and what it cost: the processor time of this process and of the server.

And what a disk's sync takes.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from msgspec import Struct
from redis.asyncio import Redis

_SYNCS = 200
_APPENDED = b"x" * 500


class Cost(Struct, frozen=True):
    """What ``number`` events took: seconds as they passed, and those of the processor here and in the server."""

    number: int
    seconds: float
    client: float
    server: float

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.number / self.seconds

    @property
    def micros(self) -> float:
        """Microseconds of a processor that an event costs, client and server."""
        return (self.client + self.server) / self.number * 1e6

    def __str__(self) -> str:
        """Say what an event costs."""
        client, server = (part / self.number * 1e6 for part in (self.client, self.server))
        return f"an event costs {client:,.0f} µs of the process and {server:,.0f} of the server"


class Clock:
    """Runs from ``started`` on."""

    def __init__(self, client: Redis, server: float) -> None:
        """Use ``started``."""
        self._client, self._server = client, server
        self._process, self._began = time.process_time(), time.perf_counter()

    @classmethod
    async def started(cls, client: Redis) -> Clock:
        """Start now; ``client`` is the server's whose time counts."""
        return cls(client, await server_seconds(client))

    async def stopped(self, number: int) -> Cost:
        """Return what the ``number`` events since the start have cost."""
        seconds, process = time.perf_counter() - self._began, time.process_time() - self._process
        return Cost(number, seconds, process, await server_seconds(self._client) - self._server)


async def server_seconds(client: Redis) -> float:
    """Return the processor time that the server has used so far."""
    info = await client.info("cpu")
    return float(info["used_cpu_user"]) + float(info["used_cpu_sys"])


class Syncs(Struct, frozen=True):
    """What it takes to append 500 bytes to a file and sync it, in milliseconds: no durable step is faster."""

    p50: float
    p99: float

    def __str__(self) -> str:
        """Say both, to stand beside a latency."""
        return f"the disk's own fsync: p50 {self.p50:.1f}, p99 {self.p99:.1f} ms"


def syncs(folder: Path) -> Syncs:
    """Append and sync some hundred times in a folder."""
    taken = []
    with (folder / "fsync").open("wb", buffering=0) as file:
        for _ in range(_SYNCS):
            began = time.perf_counter()
            file.write(_APPENDED)
            os.fdatasync(file.fileno())
            taken.append((time.perf_counter() - began) * 1000)
    return Syncs(part_of(taken, 0.5), part_of(taken, 0.99))


def part_of(values: list[float], part: float) -> float:
    """Return the value below which that part of them lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]
