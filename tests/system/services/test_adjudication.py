"""The adjudicator on real servers and as a real process."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace
from redis.asyncio import Redis

from events.catalogue import decode, encode
from events.claim import ClaimFiled
from services.adjudication.worker import Adjudicator
from services.benefits.reading.folder import load
from services.ledger.lease import holder_of
from services.ledger.protocol import Ledger
from services.ledger.store import create_or_open
from services.runtime import metrics
from tests.inbox import arrivals, deliver, recorded, references, route, token
from tests.lives import Life, jkm_death
from tests.system.running import running_installation, until

FAMILIES = 60


def families() -> list[Life]:
    """Persons with a few events each, every third of them with a claim."""
    lives = []
    for number in range(1, FAMILIES + 1):
        life = jkm_death() if number % 3 == 0 else Life().insured().income(2_000_000, "2026-01")
        life.nik = f"160601010170{number:04d}"
        for document in life.documents:
            document["id"] = f"{number}-{document['id']}"
            if "nik" in document["data"]:
                document["data"]["nik"] = life.nik
            if "claim" in document["data"]:
                document["data"]["claim"] = document["subject"] = f"A-{number}"
        lives.append(life)
    return lives


async def all_decided(ledger: Ledger) -> bool:
    """Whether nothing stands in any inbox."""
    return not [p for p in range(ledger.partitions) if await ledger.inbox(p, "0-0", 1)]


async def each_once(ledger: Ledger, lives: Sequence[Life]) -> None:
    """Every event sent stands in the ledger once, a person's in their order, and no position is missing."""
    found = [event for p in range(ledger.partitions) for event in await recorded(ledger, p)]
    for life in lives:
        own = [event for event in found if event.person == token(life)]
        assert references(own) == [document["id"] for document in life.documents]
    assert len(references(found)) == sum(len(life.documents) for life in lives)
    for partition in range(ledger.partitions):
        positions = [event.position for event in await recorded(ledger, partition)]
        assert positions == list(range(1, len(positions) + 1))


async def test_two_owners_of_a_partition_record_every_event_once(redis: Redis):
    """Without any lease, two workers on one partition get in each other's way and never write twice or leave a gap."""
    ledger, lives = await create_or_open(redis, 1), families()
    stop, conflicts = asyncio.Event(), metrics.CONFLICTS._value.get()
    rivals = [asyncio.ensure_future(Adjudicator(ledger, 0, load()).run(stop)) for _ in range(2)]
    for life in lives:
        await deliver(ledger, life)
    await until(lambda: all_decided(ledger), "the inbox is empty")
    stop.set()
    await asyncio.gather(*rivals)
    await each_once(ledger, lives)
    assert metrics.CONFLICTS._value.get() > conflicts


async def test_the_same_events_delivered_over_and_over_are_recorded_once(redis: Redis):
    """An inbox that gets everything three times leads to the ledger of one time."""
    ledger, lives = await create_or_open(redis, 2), families()
    for _ in range(3):
        await deliver(ledger, *lives)
    stop = asyncio.Event()
    owners = [asyncio.ensure_future(Adjudicator(ledger, p, load()).run(stop)) for p in range(2)]
    await until(lambda: all_decided(ledger), "the inbox is empty")
    stop.set()
    await asyncio.gather(*owners)
    await each_once(ledger, lives)


async def test_sigterm_in_the_middle_of_the_work_loses_and_repeats_nothing(tmp_path: Path):
    """The process finishes its batch, releases its leases and exits with 0; the next one goes on behind it."""
    async with running_installation(tmp_path / "installation") as running:
        ledger, lives = running.installation.ledger, families()
        await route(running.installation.core, *lives)
        running.start("adjudication")

        async def started() -> bool:
            return running.has_started("adjudication")

        await until(started, "it has started")
        for life in lives[: FAMILIES // 2]:
            await deliver(ledger, life)
        assert running.stop("adjudication") == {"adjudication": 0}
        leases = [f"adjudication-p{n:02d}" for n in range(ledger.partitions)]
        assert [await holder_of(running.installation.core, lease) for lease in leases] == [None] * len(leases)
        said = running.log("adjudication").read_text()
        assert '"event":"service.stopped"' in said.replace(": ", ":")
        assert '"level":"error"' not in said.replace(": ", ":")

        running.start("adjudication")
        for life in lives[FAMILIES // 2 :]:
            await deliver(ledger, life)
        await until(lambda: all_decided(ledger), "the inboxes are empty")
        running.stop("adjudication")
        await each_once(ledger, lives)


async def test_nothing_personal_is_logged_when_events_cannot_be_decided(tmp_path: Path):
    """Bodies full of clear names and NIKs, unreadable or failing in the decider, park their persons in silence."""
    async with running_installation(tmp_path / "installation") as running:
        ledger, life = running.installation.ledger, Life().insured().income(2_000_000, "2026-01")
        filing = jkm_death().documents[2]
        assert filing["type"] == "kelambu.claim.filed.v1"
        delivered = []
        for partition, body, tag in arrivals(life, ledger.partitions):
            event = decode(body)
            assert not isinstance(event, ClaimFiled)
            clear = encode(replace(event, data=replace(event.data, nik=life.nik)))
            wrong = clear.replace(b'"id":"', b'"id":"x-').replace(b'"nik":"', b'"name":"Siti Aminah","nik":"')
            delivered += [(partition, wrong, tag[:7] + b"x"), (partition, clear, tag)]
        broken = b'{"person":"%s","id":"broken","source":"/agencies/dinsos","data":"%s' % (
            token(life).encode(),
            life.nik.encode(),
        )
        delivered.append((delivered[0][0], broken, b""))
        await ledger.deliver(delivered)
        running.start("adjudication")
        await until(lambda: all_decided(ledger), "the inboxes are empty")
        running.stop("adjudication")

        said = running.log("adjudication").read_text()
        assert "person.parked" in said
        assert life.nik not in said
        assert "Siti" not in said
        assert await ledger.parked(delivered[0][0])
