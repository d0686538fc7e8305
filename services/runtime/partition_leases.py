"""Who has which partition: every worker takes its share by leases, and gives up what is another's share.

A worker counts itself by holding one of the worker slots, of which there are as many as partitions. Its share is
the partitions divided by the slots held, rounded up. A worker that dies loses its leases when they run out.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.ledger.lease import Lease, holders_of, renewed
from services.platform.heartbeat import beat, rest

LEASE_MS = 5_000
ROUND_SECONDS = LEASE_MS / 1000 / 3
WORKER_NAME = "KELAMBU_WORKER"
"""Environment variable: name under which this process holds leases, so that it has them again after a restart."""

log = structlog.get_logger()


def own_name() -> str | None:
    """Return the name of this process, None when it has none."""
    return os.environ.get(WORKER_NAME) or None


class _Held:
    """A partition that this worker has, and the task that works in it."""

    def __init__(self, lease: Lease, leave: asyncio.Event, task: asyncio.Task[None]) -> None:
        self.lease, self.leave, self.task = lease, leave, task


class Assignment:
    """This worker's share of the partitions; ``work(partition, leave)`` runs in each until ``leave`` is set."""

    def __init__(
        self,
        client: Redis,
        name: str,
        partitions: int,
        work: Callable[[int, asyncio.Event], Awaitable[None]],
        *,
        holder: str | None = None,
    ) -> None:
        """Hold leases ``NAME-pNN`` as ``holder``, by default one that nobody else can be."""
        self._client, self._name, self._partitions, self._work = client, name, partitions, work
        self._place: Lease | None = None
        self._places = [Lease(client, f"{name}-worker-{n}", LEASE_MS, holder) for n in range(partitions)]
        self._holder = self._places[0].holder
        self._held: dict[int, _Held] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Take and give up partitions until ``stop``, then finish the work in hand and release everything.

        Raises what ``work`` raises; the other partitions are finished and released first.
        """
        try:
            while not stop.is_set():
                beat()
                try:
                    await self.balance()
                except (RedisError, OSError) as error:
                    log.warning("leases.unreachable", exc_info=error)
                await self._wait(stop)
        finally:
            rest()
            await self._leave_all()

    async def balance(self) -> None:
        """Renew what is held, then take or give up until the share is right."""
        held = list(self._held.items())
        places = [self._place] if self._place else []
        leases = [one.lease for _, one in held] + places
        ours, holders = await renewed(self._client, leases, [place.name for place in self._places])
        for (partition, _), still_ours in zip(held, ours, strict=False):
            if not still_ours:
                await self._give_up(partition)
        if not (places and ours[-1]):
            holders = await self._find_place()
        workers = len(set(holders) - {None})
        share = -(-self._partitions // workers) if self._place and workers else 0
        for partition in sorted(self._held)[share:]:
            await self._give_up(partition)
        for partition in range(self._partitions):
            if len(self._held) >= share:
                break
            if partition not in self._held:
                await self._take(partition)

    @property
    def held(self) -> list[int]:
        """The partitions that this worker has now."""
        return sorted(self._held)

    async def _find_place(self) -> list[str | None]:
        """Take a place if one is free; returns who has each."""
        self._place = None
        for place in self._places:
            if await place.acquire():
                self._place = place
                break
        return await holders_of(self._client, [place.name for place in self._places])

    async def _take(self, partition: int) -> None:
        lease = Lease(self._client, f"{self._name}-p{partition:02d}", LEASE_MS, self._holder)
        if await lease.acquire():
            leave = asyncio.Event()
            task = asyncio.ensure_future(self._work(partition, leave))
            self._held[partition] = _Held(lease, leave, task)

    async def _give_up(self, partition: int) -> None:
        held = self._held.pop(partition)
        held.leave.set()
        await held.task
        await held.lease.release()

    async def _wait(self, stop: asyncio.Event) -> None:
        """Wait for the next round, for ``stop``, or for work that has ended by itself."""
        stopping = asyncio.ensure_future(stop.wait())
        tasks = {held.task for held in self._held.values()}
        done, _ = await asyncio.wait(
            {stopping, *tasks}, timeout=ROUND_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        stopping.cancel()
        for task in done & tasks:
            task.result()

    async def _leave_all(self) -> None:
        held = list(self._held.values())
        self._held.clear()
        for one in held:
            one.leave.set()
        ended = await asyncio.gather(*(one.task for one in held), return_exceptions=True)
        leases = [one.lease for one in held] + ([self._place] if self._place else [])
        for lease in leases:
            with contextlib.suppress(RedisError, OSError):
                await lease.release()
        for end in ended:
            if isinstance(end, BaseException):
                raise end
