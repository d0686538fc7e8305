"""Read models of a large ledger built by several processes, each of its own partitions, all into one store."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import closing

from msgspec import Struct

from events.message import MessageError
from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from services.installation.mismatches import EVERYTHING
from services.platform.garbage_collection import collect_never
from services.platform.process_pool import Tell, run_parallel
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation, open_installation

LARGE = 200_000
"""From how many events on it is worth it to start processes."""
AT_ONCE = 48_000
"""How many events a process takes at once: the more, the less often what is kept of one claim is read and written
again."""


class PartitionBuild(Struct, frozen=True):
    """Where a process of its own finds a partition and the read models."""

    settings: Settings
    partition: int


async def build_shared(installation: Installation, *, processes: int = 0, tell: Tell | None = None) -> None:
    """Take every build up to the ends of the partitions; a process that cannot go on leaves the rest to who comes next.

    ``processes`` 0: one for each processor.
    """
    places = [
        PartitionBuild(installation.settings, partition)
        for partition in range(installation.ledger.partitions)
    ]
    await asyncio.to_thread(run_parallel, _built, places, processes=processes, tell=tell)


def _built(place: PartitionBuild) -> None:
    collect_never()
    with contextlib.suppress(MessageError):  # whoever goes on here meets it again, and says it
        asyncio.run(_build(place))


async def _build(place: PartitionBuild) -> None:
    async with open_installation(place.settings, EVERYTHING) as installation:
        with closing(installation.read_models()) as store:
            ledger, own = installation.ledger, (place.partition,)
            runner = Runner(store, ledger, PROJECTIONS, batch=AT_ONCE, partitions=own)
            await runner.catch_up()
