"""Every change of the notary's keys stands in the audit trail before it holds."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from redis.asyncio import Redis

from services.audit_trail.engagements import EngagementError
from services.audit_trail.records import NotaryKeysChanged
from services.audit_trail.trail import TrailSignature, read
from services.notary.key_changes import ensure_keys, finish_rotation, rotate_keys
from services.notary.key_files import SigningKeysError
from services.notary.signing_keys import NotaryKey, read_keys
from tests.small_installation import NOW, SmallInstallation

ORIGIN = "kelambu/0123/log-1"
RINA = TrailSignature(by="rina", reason="yearly", engagement="")


def told(keys: list[NotaryKey]) -> tuple[str, ...]:
    """The public halves, as they are recorded."""
    return tuple(str(key.verifier(ORIGIN)) for key in keys)


@pytest.fixture
async def installation(redis: Redis, tmp_path: Path) -> SmallInstallation:
    """An installation without any key of a notary."""
    return await SmallInstallation.opened(redis, tmp_path / "here")


async def test_each_change_is_recorded_with_the_public_keys(installation: SmallInstallation, tmp_path: Path):
    """The first are made once by the notary itself, the rest by a person, and none where the log has begun."""
    place = tmp_path / "keys"
    with pytest.raises(SigningKeysError, match="log has begun"):
        await ensure_keys(installation, place, ORIGIN, begun=True)
    await ensure_keys(installation, place, ORIGIN, begun=False)
    await ensure_keys(installation, place, ORIGIN, begun=False)
    await ensure_keys(installation, place, ORIGIN, begun=True)
    made = read_keys(place)
    installation.clock = lambda: NOW + dt.timedelta(days=1)
    added = await rotate_keys(installation, place, ORIGIN, RINA)
    ended = await finish_rotation(installation, place, ORIGIN, RINA)
    assert told(ended) == told(made)
    assert [(one.by, one.record) for one in await read(installation)] == [
        ("notary", NotaryKeysChanged(change="made", keys=told(made))),
        ("rina", NotaryKeysChanged(change="added", keys=told(added))),
        ("rina", NotaryKeysChanged(change="retired", keys=told(made))),
    ]


async def test_what_cannot_be_recorded_does_not_hold(installation: SmallInstallation, tmp_path: Path):
    """Neither a new generation nor the end of an earlier one."""
    place, nobody = tmp_path / "keys", TrailSignature(by="rina", reason="", engagement="none")
    await ensure_keys(installation, place, ORIGIN, begun=False)
    before = told(read_keys(place))
    installation.clock = lambda: NOW + dt.timedelta(days=1)
    with pytest.raises(EngagementError):
        await rotate_keys(installation, place, ORIGIN, nobody)
    assert told(read_keys(place)) == before
    await rotate_keys(installation, place, ORIGIN, RINA)
    with pytest.raises(EngagementError):
        await finish_rotation(installation, place, ORIGIN, nobody)
    assert [key.until for key in read_keys(place)] == [None] * 6
