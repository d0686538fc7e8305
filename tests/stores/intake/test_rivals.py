"""Two workers on the same documents cost speed, never truth."""

from __future__ import annotations

import asyncio
import random

import pytest
from redis.asyncio import Redis

from services.intake.admission import admit
from services.sealing.keystore import KeyStore
from tests.stores.intake.documents import IntakeInstallation
from tests.stores.intake.test_crashes import AGENCIES, NAMES, fill, finish, outcome


async def rival(installation: IntakeInstallation, seed: int) -> None:
    """Work like a worker that does not know that there is another, a few documents at a time."""
    luck = random.Random(seed)
    for agency in NAMES:
        while submissions := await installation.context.edge.outbox(agency, luck.randint(1, 12)):
            for _ in range(luck.randint(0, 5)):
                await asyncio.sleep(0)
            await admit(installation.context, agency, submissions)


@pytest.mark.parametrize("seed", range(12))
async def test_three_workers_at_once_end_where_one_ends(valkey: Redis, keys: KeyStore, seed: int) -> None:
    """Results, quarantine and the order for each person are those of a single worker that nobody disturbs.

    Only an early retraction may come before what it retracts: its event had its id when it was looked for.
    """
    installation = await IntakeInstallation.opened(valkey, keys, AGENCIES)
    await fill(installation)
    await finish(installation, 500)
    alone = await outcome(installation)

    await valkey.flushall()
    installations = [await IntakeInstallation.opened(valkey, keys, AGENCIES) for _ in range(3)]
    for one in installations:
        one.context.one_server = seed % 2 == 0  # else as on an edge of its own
    await fill(installations[0])
    await asyncio.gather(*(rival(one, seed * 10 + n) for n, one in enumerate(installations)))
    await finish(installations[0], 500)
    await installations[0].sweep(*NAMES)
    together = await outcome(installations[0])
    for key, value in alone.items():
        assert _but_early(together[key]) == _but_early(value), key


def _but_early(found: object) -> object:
    if not isinstance(found, dict):
        return found
    return {
        key: [i for i in ids if i != "r-early"] if isinstance(ids, list) else ids
        for key, ids in found.items()
    }
