"""An installation with money in every state and an audit trail, and hands that change what stands in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from events.catalogue import encode
from events.envelope import KELAMBU
from events.operation import Epoch, EpochBegun
from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from projections.store import Store
from services.audit_trail.records import QueryRun
from services.audit_trail.trail import append, append_all
from services.disbursement.round import round_of
from services.ledger import keys
from services.ledger.partitions import partition_of
from services.verification.discrepancies import AuditResult
from services.verification.verify import Evidence, verify
from tests.lives import Life, heir
from tests.small_installation import NOW, SmallInstallation, niks
from tests.system.disbursement.crashing import Countdown, crashing

PARTITIONS = 2
LOOKED = QueryRun(sql="select count(*) from claims", rows=1, seconds=0.1)


async def busy_installation(client: Redis, data: Path, account: str = "") -> SmallInstallation:
    """Deaths paid, released, returned and withdrawn, a claim that waits, a person nobody enrolled.

    With ``account`` the heirs have accounts that begin so.
    """
    installation = await SmallInstallation.opened(client, data, PARTITIONS)
    everyone = niks(9)
    deaths = [Life(nik) for nik in everyone[:6]]
    for n, life in enumerate(deaths):
        claim = f"A-{n}"
        life.insured().filed(claim).died(claim=claim)
        life.heirs(
            heir("h1", account=f"{account}{n}1"), heir("h2", "child", account=f"{account}{n}2"), claim=claim
        )
    waiting = Life(everyone[6]).insured().accident("B-1")
    stranger = Life(everyone[7]).filed("B-2")
    await installation.live(*deaths, waiting, stranger)
    await rounds(installation)
    paid = [(life, len(life.documents)) for life in deaths[:3]]
    deaths[0].paid("A-0.1", 21_000_000, "A-0").paid("A-0.2", 21_000_000, "A-0")
    deaths[1].paid("A-1.1", 21_000_000, "A-1").returned("A-1.1", "A-1")
    deaths[2].paid("A-2.1", 20_000_000, "A-2")
    for life, since in paid:
        await installation.admit(life, since)
    late = Life(everyone[8]).insured().filed("C-1").died(claim="C-1").heirs(heir(), claim="C-1")
    await installation.live(late)
    sent = len(late.documents)
    await installation.admit(late.withdrawn("C-1"), sent)
    await installation.decide()
    await rounds(installation)
    await project(installation)
    await append(installation, LOOKED, by="Dewi", reason="yearly audit")
    await append_all(installation, [LOOKED, LOOKED], by="Rahmat")
    return installation


async def rounds(installation: SmallInstallation) -> None:
    """Let everything leave that can."""
    for partition in range(PARTITIONS):
        for _ in range(2):
            await round_of(crashing(installation, Countdown(0)), partition)


async def project(installation: SmallInstallation) -> None:
    """Bring the read models up to the ledger."""
    store = Store(database(installation))
    try:
        await Runner(store, installation.ledger, PROJECTIONS).catch_up()
    finally:
        store.close()


async def given_up(installation: SmallInstallation, nik: str) -> None:
    """Let the key of a person count as lost, as a recovery does that says so."""
    person = installation.tokens.nik(nik)
    partition = partition_of(person, installation.ledger.partitions)
    epoch = Epoch("00112233445566778899aabbccddeeff", 2, "~", "~", lost_keys=1)
    begun = EpochBegun(
        specversion="1.0", id="epoch-2", source=KELAMBU, time=NOW, admittedtime=NOW, data=epoch
    )
    await installation.ledger.deliver([(partition, encode(begun), b"")])
    await installation.decide()
    installation.keys.give_up([person])
    await project(installation)


def database(installation: SmallInstallation) -> str:
    return f"sqlite:///{installation.data}/read-models.db"


async def audited(
    installation: SmallInstallation, *, keys: bool = True, processes: int = 1, url: str = ""
) -> AuditResult:
    """Verify the installation with all the evidence there is; in several processes they need the server's ``url``."""
    store = Store(database(installation))
    try:
        return await verify(
            Evidence(
                client=installation.client,
                ledger=installation.ledger,
                rulebook=installation.rulebook,
                keys=installation.keys if keys else None,
                batches=installation.data / "batches",
                read_models=store,
                processes=processes,
                url=url,
                keys_url=f"sqlite:///{installation.data}/keys/keys.db" if keys else None,
            )
        )
    finally:
        store.close()


async def rewrite(installation: SmallInstallation, partition: int, position: int, body: bytes) -> None:
    """Put another body at a position of the ledger, as whoever holds the server can."""
    await _replace_stream(installation.client, keys.ledger(partition), position, body)


async def rewrite_order(installation: SmallInstallation, number: int, was: bytes, now: bytes) -> None:
    """Change the body at a number of the order stream."""
    client: Any = installation.client
    ((_, fields),) = await client.xrange(keys.ORDERS, f"{number}-0", f"{number}-0")
    await _replace_stream(client, keys.ORDERS, number, fields[b"e"].replace(was, now))


async def rewrite_state(
    installation: SmallInstallation, partition: int, person: str, was: bytes, now: bytes
) -> None:
    """Change the stored state of a person."""
    client: Any = installation.client
    state = await client.hget(keys.states(partition), person)
    await client.hset(keys.states(partition), person, state.replace(was, now, 1))


async def _replace_stream(client: Any, stream: str, number: int, body: bytes) -> None:
    entries = await client.xrange(stream)
    await client.delete(stream)
    for entry, fields in entries:
        content = {**fields, b"e": body} if entry == f"{number}-0".encode() else fields
        await client.xadd(stream, content, id=entry)


async def drop(installation: SmallInstallation, partition: int, position: int) -> None:
    """Remove one entry of the ledger."""
    await installation.client.xdel(keys.ledger(partition), f"{position}-0")


async def find(installation: SmallInstallation, *parts: bytes) -> tuple[int, int, bytes]:
    """Partition, position and body of the first event with these parts."""
    for partition in range(PARTITIONS):
        for entry in await installation.ledger.read(partition, 0, 10_000):
            if all(part in entry.body for part in parts):
                return partition, entry.position, entry.body
    raise AssertionError(parts)
