"""How long something took, and what it cost: the processor time of this process and of the server."""

from __future__ import annotations

import time

from redis.asyncio import Redis


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

    async def stopped(self, number: int) -> tuple[float, str]:
        """Return the seconds since the start, and the cost of each of ``number`` events in words."""
        seconds, process = time.perf_counter() - self._began, time.process_time() - self._process
        server = await server_seconds(self._client) - self._server
        cost = (
            f"{process / number * 1e6:,.0f} µs of this process and {server / number * 1e6:,.0f} of the server"
        )
        return seconds, f"an event costs {cost}"


async def server_seconds(client: Redis) -> float:
    """Return the processor time that the server has used so far."""
    info = await client.info("cpu")
    return float(info["used_cpu_user"]) + float(info["used_cpu_sys"])
