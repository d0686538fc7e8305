"""The log after a recovery: it goes on where nothing that it gave out is lost; else it is kept, and the next begins."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from redis.asyncio import Redis

from services.audit.archive import BackupReader, Manifest, Writer
from services.audit.log_copies import copy_log, put_back_log
from services.notary.log import Log
from services.notary.origins import current_origin
from services.recovery.another_log import begin_another, goes_on
from tests.memory_ledger import MemoryLedger
from tests.stores.notary.installation import PARTITIONS, SmallInstallation


@pytest.fixture
async def house(valkey: Redis, tmp_path: Path) -> SmallInstallation:
    """An installation with a log over 300 events and 2 records."""
    house = await SmallInstallation.create(valkey, tmp_path / "log")
    assert await goes_on(house.directory, valkey, house.ledger)
    await house.record(200, 100, records=2)
    notary = await house.open()
    await house.caught_up(notary)
    notary.close()
    return house


async def test_nothing_lost_keeps_the_log(house: SmallInstallation, valkey: Redis):
    """Also where the ledger has gone on."""
    await house.record(1, 1, records=1)
    assert await goes_on(house.directory, valkey, house.ledger)


@pytest.mark.parametrize("lost", ["ledger", "trail", "directory", "tile", "head"])
async def test_what_was_given_out_and_is_lost_begins_the_next_log(
    house: SmallInstallation, valkey: Redis, lost: str
):
    """The earlier one stays beside it as far as it is here, and every event stands in the next from its first entry on."""
    if lost == "ledger":
        house.ledger = MemoryLedger(PARTITIONS)
        await house.record(199, 100)
    elif lost == "trail":
        await valkey.delete("{audit}:trail", "{audit}:head")
    elif lost == "directory":
        shutil.rmtree(house.directory)
    elif lost == "tile":
        (house.directory / "tile/0/000").unlink()
    else:
        await house.heads.begin("kelambu/one/log-1")
    assert not await goes_on(house.directory, valkey, house.ledger)
    earlier = house.given.pop(302)
    await begin_another(house.directory, valkey, "one")
    assert await goes_on(house.directory, valkey, house.ledger)
    notary = await house.open()
    assert (await house.caught_up(notary)).origin == "kelambu/one/log-2"
    await house.check()
    if lost != "directory":
        assert current_origin(house.directory, "one") == "kelambu/one/log-2"
        assert Log(house.directory.with_name("log-1")).checkpoint() == earlier


async def test_a_backup_has_the_log_and_puts_it_beside(house: SmallInstallation, tmp_path: Path):
    """Entries and checkpoint as they were; where a log stands already, nothing is put there."""
    writer = Writer(tmp_path / "backup")
    await copy_log(house.directory, writer)
    manifest = Manifest(
        made="", partitions=1, heads={}, checkpoints={}, events=0, keys=0, destroyed=0, files=writer.files
    )
    writer.finish(manifest)
    reader = BackupReader(tmp_path / "backup")
    put_back_log(reader, tmp_path / "new" / "log")
    found, ours = Log(tmp_path / "new" / "log-1"), Log(house.directory)
    assert found.note() == ours.note()
    assert list(found.entries(0, 302)) == list(ours.entries(0, 302))
    assert found.root(302) == house.given[302].root
    put_back_log(reader, house.directory)
    assert not house.directory.with_name("log-1").exists()
