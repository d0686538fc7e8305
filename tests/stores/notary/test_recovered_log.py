"""The log after a recovery: it goes on where nothing that it gave out is lost; else it is kept, and the next begins."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from redis.asyncio import Redis

from services.backup.archive import BackupReader, Manifest, Writer
from services.backup.log_copies import copy_log, put_back_log
from services.notary.log import Log
from services.notary.origins import current_origin
from services.recovery.another_log import begin_another, goes_on
from tests.memory_ledger import MemoryLedger
from tests.stores.notary.installation import PARTITIONS, SmallInstallation


@pytest.fixture
async def installation(valkey: Redis, tmp_path: Path) -> SmallInstallation:
    """An installation with a log over 300 events and 2 records."""
    installation = await SmallInstallation.create(valkey, tmp_path / "log")
    assert await goes_on(installation.directory, valkey, installation.ledger)
    await installation.record(200, 100, records=2)
    notary = await installation.open()
    await installation.caught_up(notary)
    notary.close()
    return installation


async def test_nothing_lost_keeps_the_log(installation: SmallInstallation, valkey: Redis):
    """Also where the ledger has gone on."""
    await installation.record(1, 1, records=1)
    assert await goes_on(installation.directory, valkey, installation.ledger)


@pytest.mark.parametrize("lost", ["ledger", "trail", "directory", "tile", "head"])
async def test_what_was_given_out_and_is_lost_begins_the_next_log(
    installation: SmallInstallation, valkey: Redis, lost: str
):
    """The earlier one stays beside it as far as it is here, and every event stands in the next from its first entry on."""
    if lost == "ledger":
        installation.ledger = MemoryLedger(PARTITIONS)
        await installation.record(199, 100)
    elif lost == "trail":
        await valkey.delete("{audit}:trail", "{audit}:head")
    elif lost == "directory":
        shutil.rmtree(installation.directory)
    elif lost == "tile":
        (installation.directory / "tile/0/000").unlink()
    else:
        await installation.heads.begin("kelambu/one/log-1")
    assert not await goes_on(installation.directory, valkey, installation.ledger)
    earlier = installation.given.pop(302)
    await begin_another(installation.directory, valkey, "one")
    assert await goes_on(installation.directory, valkey, installation.ledger)
    notary = await installation.open()
    assert (await installation.caught_up(notary)).origin == "kelambu/one/log-2"
    await installation.check()
    if lost != "directory":
        assert current_origin(installation.directory, "one") == "kelambu/one/log-2"
        assert Log(installation.directory.with_name("log-1")).checkpoint() == earlier


async def test_a_backup_has_the_log_and_puts_it_beside(installation: SmallInstallation, tmp_path: Path):
    """Entries and checkpoint as they were; where a log stands already, nothing is put there."""
    writer = Writer(tmp_path / "backup")
    await copy_log(installation.directory, writer)
    manifest = Manifest(
        made="", partitions=1, heads={}, checkpoints={}, events=0, keys=0, destroyed=0, files=writer.files
    )
    writer.finish(manifest)
    reader = BackupReader(tmp_path / "backup")
    put_back_log(reader, tmp_path / "new" / "log")
    found, ours = Log(tmp_path / "new" / "log-1"), Log(installation.directory)
    assert found.note() == ours.note()
    assert list(found.entries(0, 302)) == list(ours.entries(0, 302))
    assert found.root(302) == installation.given[302].root
    put_back_log(reader, installation.directory)
    assert not installation.directory.with_name("log-1").exists()
