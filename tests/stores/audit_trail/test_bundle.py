"""The closing bundle holds everything that was done under an audit, and can be written again."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from services.audit_trail.bundle import MANIFEST, BundleManifest, bundle, manifest_hash
from services.audit_trail.engagements import EngagementError
from services.audit_trail.entries import TrailEntry
from services.audit_trail.records import KINDS, EngagementClosed, EngagementOpened, QueryRun
from services.audit_trail.trail import TrailSignature, append, append_all, read
from services.engagements.engagements import close_engagement
from services.ledger import keys
from services.ledger.trail import TrailConflictError, TrailStore
from tests.small_installation import SmallInstallation
from tests.unit.audit_trail.examples import EXAMPLES

OPENED = next(record for record in EXAMPLES if isinstance(record, EngagementOpened))
DONE = [record for record in EXAMPLES if not isinstance(record, EngagementOpened | EngagementClosed)]


@pytest.fixture
async def installation(valkey: Redis, tmp_path: Path) -> SmallInstallation:
    """An installation where everything that can be done was done under an audit, and something beside it."""
    installation = await SmallInstallation.opened(valkey, tmp_path)
    await append(installation, OPENED, by="Dewi")
    await append_all(installation, DONE, by="Dewi", reason="yearly", engagement=OPENED.number)
    await append(installation, DONE[0], by="Rahmat")
    return installation


async def test_every_record_of_the_audit_stands_in_one_file(installation: SmallInstallation):
    """With its position and its hash; the manifest has the hash of each file, and of the trail."""
    trail = await read(installation)
    files = bundle(trail, OPENED.number)
    lines = [line for name, content in files.items() if name.endswith("l") for line in content.splitlines()]
    found = sorted(
        (msgspec.json.decode(line, type=TrailEntry) for line in lines), key=lambda one: one.position
    )
    assert found == trail[1:-1]
    assert {KINDS[type(entry.record)] for entry in found} == {
        kind for kind in KINDS.values() if not kind.startswith("engagement-")
    }
    manifest = msgspec.json.decode(files[MANIFEST], type=BundleManifest)
    hashes = {
        name: hashlib.sha256(content).hexdigest() for name, content in files.items() if name != MANIFEST
    }
    assert manifest.files == hashes
    assert (manifest.position, manifest.sha256) == (trail[-1].position, trail[-1].sha256)
    assert manifest.records == len(DONE)


async def test_a_bundle_is_the_same_after_the_audit_was_closed(installation: SmallInstallation):
    """Whatever is done later; so that one that was lost is written again, and its hash is in the trail."""
    files = bundle(await read(installation), OPENED.number)
    ended = EngagementClosed(number=OPENED.number, manifest=manifest_hash(files))
    await append(installation, ended, by="Dewi", engagement=OPENED.number)
    await append(installation, DONE[0], by="Rahmat")
    assert bundle(await read(installation), OPENED.number) == files


async def test_an_audit_is_closed_only_behind_what_its_bundle_holds(installation: SmallInstallation):
    """What somebody did in between would stand in no bundle."""
    seen = (await read(installation))[-1].position
    await append(
        installation, QueryRun(sql="select 1", rows=1, seconds=0.1), by="Ani", engagement=OPENED.number
    )
    ended = EngagementClosed(number=OPENED.number, manifest="")
    with pytest.raises(TrailConflictError):
        await append_all(installation, [ended], by="Dewi", engagement=OPENED.number, behind=seen)
    assert await append_all(installation, [ended], by="Dewi", behind=seen + 1) == seen + 2


async def test_an_audit_past_its_last_day_can_only_be_closed(installation: SmallInstallation):
    """Its bundle is the one that it would have had before; then nothing can be done with it."""
    query = QueryRun(sql="select 1", rows=1, seconds=0.1)
    before = bundle(await read(installation), OPENED.number)
    after = dt.datetime.combine(OPENED.until, dt.time(), dt.UTC) + dt.timedelta(days=1)
    installation.clock = lambda: after
    with pytest.raises(EngagementError, match="can only be closed"):
        await append(installation, query, by="Dewi", engagement=OPENED.number)
    signature: TrailSignature = {"by": "Dewi", "reason": "", "engagement": ""}
    assert await close_engagement(installation, OPENED.number, signature) == before
    with pytest.raises(EngagementError, match="was closed"):
        await append(installation, query, by="Dewi", engagement=OPENED.number)
    assert await close_engagement(installation, OPENED.number, signature) == before


async def test_for_a_step_of_an_audit_nothing_before_its_opening_is_read(installation: SmallInstallation):
    """Nor must it be readable; so a step takes the same time however long the trail before is."""
    later = replace(OPENED, number="18")
    await append(installation, later, by="Dewi")
    trail = await read(installation)
    bodies = [body async for page in TrailStore(installation.client).pages() for _, body in page]
    await installation.client.delete(keys.TRAIL)
    for position, body in enumerate(bodies, 1):
        kept = body if position == len(bodies) else b'"engagement-opened" and no record'
        await installation.client.xadd(keys.TRAIL, {"e": kept}, id=f"{position}-0")
    step = QueryRun(sql="select 1", rows=1, seconds=0.1)
    assert await append(installation, step, by="Dewi", engagement="18") == trail[-1].position + 1
