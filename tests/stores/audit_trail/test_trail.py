"""What was done is recorded for ever: in a chain, with who and why sealed, on each server."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

import msgspec
import pytest
from redis.asyncio import Redis

from services.audit_trail.engagements import EngagementError, engagements
from services.audit_trail.records import (
    EngagementClosed,
    EngagementOpened,
    FigureRecorded,
    QueryRun,
    SampleItemExamined,
)
from services.audit_trail.trail import append, append_all, read
from services.ledger.trail import TrailStore, hash_of
from services.sealing.keystore import OWN_KEY
from tests.small_installation import NOW, SmallInstallation

FIGURE = FigureRecorded(
    handle="F-0", query="sums", parameters={"of": "all"}, cut=(3, 0), totals={"paid": 42_000_000}
)
AUDIT = EngagementOpened(
    number="17",
    letter="ST-17",
    period_from=dt.date(2025, 1, 1),
    period_to=dt.date(2025, 12, 31),
    until=NOW.date(),
)


@pytest.fixture
async def installation(redis: Redis, tmp_path: Path) -> SmallInstallation:
    return await SmallInstallation.opened(redis, tmp_path)


async def bodies(installation: SmallInstallation) -> list[bytes]:
    """Every record as it is stored."""
    return [body async for page in TrailStore(installation.client).pages() for _, body in page]


async def test_a_record_is_read_as_it_was_appended(installation: SmallInstallation):
    """With its position, its time, who and why; each carries the hash of the one before it."""
    query = QueryRun(sql="select 1 where name = 'Siti'", rows=1, seconds=0.5)
    assert await append(installation, FIGURE, by="Dewi", reason="review") == 1
    assert await append_all(installation, [query, FIGURE], by="Rahmat") == 3
    first, second, third = await read(installation)
    assert (first.position, first.time, first.record, first.by, first.reason) == (
        1,
        NOW,
        FIGURE,
        "Dewi",
        "review",
    )
    assert (second.record, second.by, third.record, third.by) == (query, "Rahmat", FIGURE, "Rahmat")
    stored = [msgspec.json.decode(body) for body in await bodies(installation)]
    assert [one["before"] for one in stored] == ["", first.sha256, second.sha256]
    assert [hash_of(body) for body in await bodies(installation)] == [
        first.sha256,
        second.sha256,
        third.sha256,
    ]
    assert await read(installation, after=2) == [third]


async def test_nobody_is_named_in_clear(installation: SmallInstallation):
    """Who, why, and texts that may name somebody; once the key is destroyed they are gone, and the rest stays."""
    item = SampleItemExamined(sample="S-1", item="C-1", booked=10, audited=9, note="Siti's ward")
    await append(installation, item, by="Dewi", reason="Rahmat asked")
    (body,) = await bodies(installation)
    assert not [name for name in (b"Dewi", b"Rahmat", b"Siti") if name in body]
    installation.keys.destroy(OWN_KEY)
    (entry,) = await read(installation)
    assert (entry.by, entry.reason, entry.readable) == ("~", "~", False)
    assert entry.record == msgspec.structs.replace(item, note="~")


async def test_a_box_opens_only_where_it_stands(installation: SmallInstallation):
    """A record that is moved to another place cannot be read there."""
    await append_all(installation, [FIGURE, FIGURE], by="Dewi")
    (first, second) = await bodies(installation)
    await installation.client.flushdb()
    for position, body in enumerate((second, first), 1):
        await installation.client.xadd("{audit}:trail", {"e": body}, id=f"{position}-0")
    assert [entry.readable for entry in await read(installation)] == [False, False]


async def test_many_append_at_once(installation: SmallInstallation):
    """Each record has a place of its own, and the chain holds."""
    places = await asyncio.gather(*(append(installation, FIGURE, by=f"auditor {n}") for n in range(20)))
    assert sorted(places) == list(range(1, 21))
    entries = await read(installation)
    before = [msgspec.json.decode(body)["before"] for body in await bodies(installation)]
    assert before == ["", *(entry.sha256 for entry in entries[:-1])]


async def test_time_does_not_go_back(installation: SmallInstallation):
    """A clock that was set back gives the time of the record before."""
    await append(installation, FIGURE, by="Dewi")
    installation.clock = lambda: NOW - dt.timedelta(days=1)
    await append(installation, FIGURE, by="Dewi")
    assert [entry.time for entry in await read(installation)] == [NOW, NOW]


async def test_an_engagement_takes_records_until_it_is_closed(installation: SmallInstallation):
    """Its number is taken for ever; what is done under it counts; afterwards nothing is."""
    with pytest.raises(EngagementError, match="no engagement 17"):
        await append(installation, FIGURE, by="Dewi", engagement="17")
    await append(installation, AUDIT, by="Dewi")
    with pytest.raises(EngagementError, match="already"):
        await append(installation, AUDIT, by="Dewi")
    await append(installation, FIGURE, by="Dewi", engagement="17")
    await append(installation, FIGURE, by="Dewi")
    await append(installation, EngagementClosed(number="17", manifest=""), by="Dewi", engagement="17")
    with pytest.raises(EngagementError, match="closed on 11-06-2026"):
        await append(installation, FIGURE, by="Dewi", engagement="17")
    found = engagements(await read(installation))["17"]
    assert (found.opened, found.closed, found.records) == (AUDIT, NOW, 1)


async def test_an_engagement_ends_with_its_last_day(installation: SmallInstallation):
    """In Jakarta; what was done before stays."""
    await append(installation, AUDIT, by="Dewi")
    installation.clock = lambda: dt.datetime(2026, 6, 11, 16, 59, tzinfo=dt.UTC)
    await append(installation, FIGURE, by="Dewi", engagement="17")
    installation.clock = lambda: dt.datetime(2026, 6, 11, 17, 0, tzinfo=dt.UTC)
    with pytest.raises(EngagementError, match="ended on 11-06-2026"):
        await append(installation, FIGURE, by="Dewi", engagement="17")
