"""A change of the trail behind Kelambu's back is found, and a backup of it comes back as it was."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from redis.asyncio import Redis

from services.audit_trail.records import QueryRun
from services.audit_trail.trail import append, read
from services.backup.backup import backup
from services.backup.restore import restore
from services.ledger import keys
from services.ledger.trail import TrailStore, hash_of
from services.sealing.keystore import OWN_KEY, KeyStore
from services.verification.trail_integrity import audit_trail
from tests.small_installation import SmallInstallation

RECORDS = 4
LOOKED = QueryRun(sql="select 1", rows=1, seconds=0.1)


@pytest.fixture
async def installation(redis: Redis, tmp_path: Path) -> SmallInstallation:
    """An installation in which somebody has looked at the book four times."""
    installation = await SmallInstallation.opened(redis, tmp_path / "here")
    for number in range(RECORDS):
        await append(installation, LOOKED, by=f"auditor {number}", reason="yearly")
    return installation


async def told(installation: SmallInstallation) -> list[str]:
    """What is found."""
    return [one.what for one in (await audit_trail(installation.client, installation.keys)).findings]


async def rewrite(installation: SmallInstallation, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Put other records in place of all, as whoever holds the server can, under the same head."""
    bodies = [body async for page in TrailStore(installation.client).pages() for _, body in page]
    await installation.client.delete(keys.TRAIL)
    for position, body in enumerate(change(bodies), 1):
        await installation.client.xadd(keys.TRAIL, {"e": body}, id=f"{position}-0")


def changed(was: bytes, now: bytes, position: int = 2) -> Callable[[SmallInstallation], Awaitable[object]]:
    """One record with another content."""

    def change(bodies: list[bytes]) -> list[bytes]:
        assert was in bodies[position - 1]
        return [body.replace(was, now) if n == position else body for n, body in enumerate(bodies, 1)]

    return lambda installation: rewrite(installation, change)


def chained_anew(bodies: list[bytes]) -> list[bytes]:
    """The records without the second, each with the hash of the one that is before it now."""
    found: list[bytes] = []
    for body in bodies[:1] + bodies[2:]:
        before = hash_of(found[-1]) if found else ""
        found.append(msgspec.json.encode({**msgspec.json.decode(body), "before": before}))
    return found


CHANGES: dict[str, Callable[[SmallInstallation], Awaitable[object]]] = {
    "record 3 does not name the record before it": changed(b'"rows":1', b'"rows":2'),
    "the time of record 3 is before": changed(b'"time":"2026-06-11', b'"time":"2026-06-10', 3),
    "who and why of record 2 do not open": changed(b'"box":"', b'"box":"AAAA'),
    "record 2 does not name": lambda one: rewrite(one, lambda bodies: [bodies[1], bodies[0], *bodies[2:]]),
    "do not open": lambda one: rewrite(one, chained_anew),
    "its head says 4 and another last one": changed(b'"rows":1', b'"rows":2', RECORDS),
    "ends with record 3": lambda one: one.client.xdel(keys.TRAIL, "4-0"),
    "number 2 is missing, 3 follows": lambda one: one.client.xdel(keys.TRAIL, "2-0"),
    "position 2: no record": changed(b'"type":"query-run"', b'"type":"nothing"'),
    "ends with record 4, and its head says 3": lambda one: one.client.hset(keys.TRAIL_HEAD, "position", 3),
}


@pytest.mark.parametrize("what", CHANGES)
async def test_each_change_is_found(installation: SmallInstallation, what: str):
    """One that nothing was changed in has no finding."""
    assert await told(installation) == []
    await CHANGES[what](installation)
    found = await told(installation)
    if what.startswith("ends with record 4"):
        assert found == [
            "the trail ends with record 3, and its head says 3 and another last one",
            "something stands at position 4, behind the end of the trail, 3",
        ]
    else:
        assert any(what in one for one in found), found


async def test_a_gap_hides_no_other_change(installation: SmallInstallation):
    """What stands behind it is looked at all the same."""
    await changed(b'"rows":1', b'"rows":2', 3)(installation)
    await installation.client.xdel(keys.TRAIL, "1-0")
    found = await told(installation)
    assert len(found) == 2
    assert "number 1 is missing" in found[0]
    assert "record 4 does not name" in found[1]


async def test_a_destroyed_key_is_no_finding(installation: SmallInstallation):
    """What can no longer be opened is counted; so it is without keys."""
    audited = await audit_trail(installation.client, None)
    assert (audited.findings, audited.records, audited.unreadable) == ([], RECORDS, RECORDS)
    installation.keys.give_up([OWN_KEY])
    await append(installation, LOOKED, by="auditor", reason="yearly")
    audited = await audit_trail(installation.client, installation.keys)
    assert (audited.findings, audited.records, audited.unreadable) == ([], RECORDS + 1, RECORDS)


async def test_a_restored_trail_is_the_same(installation: SmallInstallation, tmp_path: Path):
    """Also where it grew while the backup was taken: positions, hashes and what is sealed; and it goes on."""

    async def look() -> None:
        for _ in range(30):
            await append(installation, LOOKED, by="auditor")

    taken = backup(installation.client, installation.ledger, installation.keys, tmp_path / "backup")
    await asyncio.gather(look(), taken)
    before = await read(installation)
    await installation.client.flushall()
    await restore(
        tmp_path / "backup", installation.client, KeyStore(f"sqlite:///{tmp_path}/there/keys/keys.db")
    )
    other = await SmallInstallation.opened(installation.client, tmp_path / "there")
    after = await read(other)
    assert RECORDS <= len(after) <= len(before)
    assert after == before[: len(after)]
    assert await told(other) == []
    assert await append(other, LOOKED, by="auditor") == len(after) + 1
