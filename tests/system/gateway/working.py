"""A gateway in this process with everything behind it at work, so that what was sent is decided, ordered and seen."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec.structs import replace

from projections.store import Store
from services.adjudication import worker as adjudication
from services.cli.demo.settling import Gauge
from services.disbursement import worker as disbursement
from services.identity.credentials import new_api_key
from services.intake import worker as intake
from services.ledger import keys as names
from services.ledger.credentials import Credentials
from services.ledger.registry import FINDINGS, Agency
from services.runtime import projector
from tests.lives import Data, Life, heir
from tests.system.gateway.answering import BATCH, SITI, Answering, answering, post
from tests.system.running import until

MORE = (
    Agency(name="disdukcapil", types=("claim.verified",), findings=FINDINGS),
    Agency(name="bank", types=("claim.paid", "claim.payment-returned")),
)


@asynccontextmanager
async def working(data: Path) -> AsyncIterator[Answering]:
    """Run an installation of five agencies, a registry of persons and a bank among them."""
    async with answering(data, http_port=0) as gateway:
        installation, keys, stop = gateway.installation, dict(gateway.keys), asyncio.Event()
        for agency in MORE:
            await installation.registry.add(agency)
            keys[agency.name], kept = new_api_key(agency.name, dt.datetime.now(dt.UTC))
            await Credentials(installation.core).add(kept)
        services = [one.run(installation, stop) for one in (intake, adjudication, disbursement, projector)]
        at_work = [asyncio.ensure_future(one) for one in services]
        try:
            yield replace(gateway, keys=keys)
        finally:
            stop.set()
            await asyncio.gather(*at_work)


async def settled(gateway: Answering) -> None:
    """Return when everything that was sent is decided and can be read."""
    gauge, store = (
        Gauge(gateway.installation, list(gateway.keys)),
        Store(gateway.installation.settings.database_url),
    )

    async def done() -> bool:
        return (await gauge.read(store)).done

    try:
        await until(done, "nothing is left to do")
    finally:
        store.close()


async def send(gateway: Answering, *documents: Data) -> list[int]:
    """Send documents, each as the agency that it comes from, and wait until they are decided; returns each status."""
    statuses = []
    for document in documents:
        async with gateway.client(document["source"].removeprefix("/agencies/")) as sender:
            answer = await post(sender, json.dumps([document]).encode(), BATCH)
            statuses += [item["status"] for item in answer.json()]
    await settled(gateway)
    return statuses


def death(claim: str = "P-1") -> Life:
    """A death that is due to be paid."""
    return Life(SITI).insured().filed(claim).died(claim=claim).heirs(heir(), claim=claim)


async def kept(gateway: Answering) -> int:
    """How many documents stand in what was taken from all agencies."""
    return sum([int(await gateway.installation.core.xlen(names.taken(one))) for one in gateway.keys])
