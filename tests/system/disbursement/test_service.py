"""Disbursement as a service, beside the adjudicator, on a real installation."""

from __future__ import annotations

import asyncio
from pathlib import Path

from redis.asyncio import Redis

from services.adjudication import worker as adjudication
from services.disbursement import worker as disbursement
from services.platform.settings import Settings
from services.runtime.bootstrap import open_installation
from services.runtime.embedded_server import EmbeddedServer
from tests.lives import Life, heir
from tests.small_installation import SmallInstallation, niks


async def at_rest(small: SmallInstallation, partition: int, least: int) -> bool:
    """Whether so many events are recorded, and it is noted that disbursement has seen all."""
    head, seen = await small.ledger.head(partition), await small.payments.progress(partition)
    return least <= head.position == seen.to == seen.proposed


async def test_orders_leave_while_both_services_run(
    valkey: Redis, valkey_server: EmbeddedServer, tmp_path: Path
) -> None:
    """A batch leaves without anybody asking, its file is there, and both services end when they are told to.

    Of what decides nothing about money it is noted that it was seen, once no more of it comes.
    """
    settings = Settings.read({"KELAMBU_PARTITIONS": "2", "REDIS_URL": valkey_server.url}, data=tmp_path)
    async with open_installation(settings) as installation:
        small = await SmallInstallation.opened(valkey, tmp_path, 2)
        stop = asyncio.Event()
        services = asyncio.gather(adjudication.run(installation, stop), disbursement.run(installation, stop))
        life = Life().insured().filed().died().heirs(heir(), heir("h2", "child", account="2"))
        await small.admit(life)
        partition = small.partition(life)
        async with asyncio.timeout(180):
            while (seen := await small.payments.progress(partition)).to != seen.proposed or not seen.sequence:
                await installation.ledger.follow({partition: seen.to}, 1, 100)
            another = Life(niks(2)[1]).insured()
            other = small.partition(another)
            all_of_it = (await installation.ledger.head(other)).position + len(another.lines())
            await small.admit(another)
            while not await at_rest(small, other, all_of_it):
                await installation.ledger.follow({other: all_of_it}, 1, 20)
        stop.set()
        await services
    assert [order.order for _, order in await small.payments.orders()] == ["A-1.1", "A-1.2"]
    assert [file.name for file in (tmp_path / "batches").glob("*.csv")] == [f"p0{partition}-1.csv"]
