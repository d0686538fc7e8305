"""An installation with three agencies on each server in turn: dinsos, kecamatan-sekayu and rsud-sekayu."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from services.sealing.keystore import KeyStore
from tests.stores.intake.documents import IntakeInstallation, key_store


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[KeyStore]:
    """A key store of one's own."""
    store = key_store(tmp_path)
    yield store
    store.close()


@pytest.fixture
async def installation(redis: Redis, keys: KeyStore) -> IntakeInstallation:
    """An installation on an empty server."""
    return await IntakeInstallation.opened(redis, keys)
