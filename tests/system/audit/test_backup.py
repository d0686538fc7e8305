"""A backup of an installation comes back as the same installation, or is refused with the reason."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest
from redis.asyncio import Redis

from events.personal import Account
from services.backup.archive import ArchiveError, Key
from services.backup.backup import backup
from services.backup.restore import RestoreError, restore
from services.ledger import keys
from services.ledger.registry import Agency
from services.ledger.reservations import Reservations, Target, WaitingEvent, Wanted
from services.sealing.accounts import seal_account
from services.sealing.keystore import KeyStore
from tests.lives import Life, heir
from tests.servers import emptied
from tests.small_installation import NOW, SmallInstallation, niks
from tests.system.audit.tampering import PARTITIONS, audited, busy_installation, project, rounds


@pytest.fixture
async def installation(redis: Redis, tmp_path: Path) -> SmallInstallation:
    installation = await busy_installation(redis, tmp_path / "installation")
    account = seal_account(installation.keys, "rsud", Account("BRI", "900", "RSUD"))
    await installation.registry.add(Agency(name="rsud", types=("claim.verified",), account=account))
    return installation


async def snapshot(client: Any) -> dict[str, object]:
    """Everything on a server, whatever the server makes of it inside."""
    found: dict[str, object] = {}
    for name in sorted(await client.keys()):
        kind = (await client.type(name)).decode()
        if kind == "hash":
            found[name.decode()] = await client.hgetall(name)
        elif kind == "stream":
            info = await client.xinfo_stream(name)
            found[name.decode()] = (await client.xrange(name), info["last-generated-id"])
        elif kind == "list":
            found[name.decode()] = await client.lrange(name, 0, -1)
        elif kind == "set":
            found[name.decode()] = await client.smembers(name)
        elif kind == "zset":
            found[name.decode()] = await client.zrange(name, 0, -1, withscores=True)
    return found


async def restored(
    installation: SmallInstallation, place: Path, data: Path, store: KeyStore | None = None
) -> SmallInstallation:
    """Empty the server and bring the backup back, as on another machine."""
    await installation.client.flushall()
    await restore(place, installation.client, store or KeyStore(f"sqlite:///{data}/keys/keys.db"))
    return await SmallInstallation.opened(installation.client, data, PARTITIONS)


async def more_on_the_server(installation: SmallInstallation) -> None:
    """What intake keeps: reservations, a quarantined name, a claim that waits, an inbox entry, a parked person."""
    waits, tag, target = b"i" * 16, b"\x00\xff" + b"t" * 6, Target("claim", "X-9")
    await Reservations(installation.client).reserve("rsud", [Wanted(waits, tag, target)], NOW)
    await Reservations(installation.client).finish({"rsud": [(waits, "waiting", target)]})
    await installation.client.hset(keys.route("X-8"), mapping={"filing": b"f" * 16, "agency": "rsud"})
    element = WaitingEvent(waits, tag, b'{"source":"/agencies/rsud"}').packed()
    await installation.client.rpush(keys.waiting("X-9"), element)
    await installation.client.zadd(keys.quarantined("rsud"), {"document": 1.5})
    await installation.client.xadd(keys.outbox("rsud"), {"event": "clear"})
    await installation.client.set(keys.lease("adjudication-p00"), "somebody", px=60_000)

    def failing(*_: object) -> object:
        raise ZeroDivisionError

    decider, installation.decider = installation.decider, failing  # type: ignore[assignment]
    await installation.live(Life("1606010101709998").insured())
    installation.decider = decider
    await installation.admit(Life("1606010101709997").insured())


async def test_a_restored_installation_is_the_same_and_proves_it(
    installation: SmallInstallation, tmp_path: Path
) -> None:
    """Every key comes back as it was, but for outboxes and leases; verify is clean; the installation goes on."""
    await more_on_the_server(installation)
    claims = ("A-0", "A-1", "A-2", "A-3", "A-4", "A-5", "B-1", "B-2", "C-1")
    await installation.client.delete(
        *map(keys.route, claims)
    )  # as if they were copied before the filings had come
    before = await snapshot(installation.client)
    await backup(installation.client, installation.ledger, installation.keys, tmp_path / "backup")
    other = await restored(installation, tmp_path / "backup", tmp_path / "other")
    after = await snapshot(other.client)
    del before[keys.outbox("rsud")]
    before[keys.META] = {b"partitions": b"2"}  # which keys it needs is noted by the epoch that begins then
    routes = {name: after.pop(name) for name in list(after) if name.startswith("{c:") and name not in before}
    assert {name: value for name, value in before.items() if value is not None} == after
    assert set(routes) == set(map(keys.route, claims))
    await other.decide()
    shutil.copytree(installation.data / "batches", other.data / "batches")
    await project(other)
    result = await audited(other)
    assert [str(finding) for finding in result.findings] == []
    assert result.unreadable == 0


async def test_batch_files_are_made_anew_with_the_same_bytes(
    installation: SmallInstallation, tmp_path: Path
) -> None:
    """They are not in the backup, and are what they were."""
    await backup(installation.client, installation.ledger, installation.keys, tmp_path / "backup")
    other = await restored(installation, tmp_path / "backup", tmp_path / "other")
    assert await other.mending().mend() == []
    files = {file.name: file.read_bytes() for file in (installation.data / "batches").iterdir()}
    assert files == {file.name: file.read_bytes() for file in (other.data / "batches").iterdir()}


async def test_a_restored_installation_goes_on_where_it_stopped(
    installation: SmallInstallation, tmp_path: Path
) -> None:
    """New events are decided, orders leave under the next number, and verify stays clean."""
    await backup(installation.client, installation.ledger, installation.keys, tmp_path / "backup")
    other = await restored(installation, tmp_path / "backup", tmp_path / "other")
    shutil.copytree(installation.data / "batches", other.data / "batches")
    late = Life(niks(20)[15]).insured().filed("N-1").died(claim="N-1").heirs(heir(), claim="N-1")
    await other.live(late)
    await rounds(other)
    await project(other)
    result = await audited(other)
    assert [str(finding) for finding in result.findings] == []
    assert result.totals.orders == 14


async def test_a_backup_of_a_busy_installation_is_of_one_moment(
    installation: SmallInstallation, tmp_path: Path
) -> None:
    """Events that are committed while it is taken are in it wholly or not at all."""

    async def busy() -> None:
        for number, nik in enumerate(niks(60)[20:]):
            life = (
                Life(nik)
                .insured()
                .filed(f"D-{number}")
                .died(claim=f"D-{number}")
                .heirs(heir(), claim=f"D-{number}")
            )
            await installation.live(life)

    taken = backup(installation.client, installation.ledger, installation.keys, tmp_path / "backup")
    _, manifest = await asyncio.gather(busy(), taken)
    assert manifest.events < sum([(await installation.ledger.head(n)).position for n in range(PARTITIONS)])
    other = await restored(installation, tmp_path / "backup", tmp_path / "other")
    shutil.copytree(installation.data / "batches", other.data / "batches")
    await project(other)
    result = await audited(other)
    assert [str(finding) for finding in result.findings] == []
    assert result.events == manifest.events


async def test_it_comes_back_on_the_other_server(
    valkey: Redis, redis7_server: object, tmp_path: Path
) -> None:
    """What Valkey held, Redis 7.0 can hold: the backup is in no server's own format."""
    installation = await busy_installation(valkey, tmp_path / "installation")
    await backup(valkey, installation.ledger, installation.keys, tmp_path / "backup")
    async with emptied(redis7_server) as client:  # type: ignore[arg-type]
        store = KeyStore(f"sqlite:///{tmp_path}/other/keys/keys.db")
        await restore(tmp_path / "backup", client, store)
        other = await SmallInstallation.opened(client, tmp_path / "other", PARTITIONS)
        assert await other.bodies(0) == await installation.bodies(0)


async def test_files_of_a_backup_are_private_and_readable_by_anybody_who_may(
    installation: SmallInstallation, tmp_path: Path
) -> None:
    """Mode 0600 in a directory of mode 0700; line n of a ledger file is the event at position n."""
    place = tmp_path / "backup"
    await backup(installation.client, installation.ledger, installation.keys, place)
    assert place.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in place.iterdir()} == {0o600}
    lines = (place / "p01.ledger.jsonl").read_bytes().splitlines()
    assert [json.loads(line)["position"] for line in lines] == list(range(1, len(lines) + 1))


async def test_a_backup_never_overwrites(installation: SmallInstallation, tmp_path: Path) -> None:
    """A place where something is, is refused."""
    place = tmp_path / "backup"
    await backup(installation.client, installation.ledger, installation.keys, place)
    with pytest.raises(ArchiveError, match="not empty"):
        await backup(installation.client, installation.ledger, installation.keys, place)


async def test_a_server_that_holds_anything_is_refused(
    installation: SmallInstallation, tmp_path: Path
) -> None:
    """A restore never mixes two installations."""
    await backup(installation.client, installation.ledger, installation.keys, tmp_path / "backup")
    before = await snapshot(installation.client)
    with pytest.raises(RestoreError, match="empty"):
        await restore(tmp_path / "backup", installation.client, installation.keys)
    assert await snapshot(installation.client) == before


@pytest.mark.parametrize("name", ["p00.ledger.jsonl", "p01.cut.json", "server.jsonl", "keys.jsonl"])
async def test_a_changed_or_missing_file_is_refused_by_name(
    installation: SmallInstallation, tmp_path: Path, name: str
) -> None:
    """Every file has its hash in the manifest."""
    place = tmp_path / "backup"
    await backup(installation.client, installation.ledger, installation.keys, place)
    await installation.client.flushall()
    store = KeyStore(f"sqlite:///{tmp_path}/other.db")
    content = (place / name).read_bytes()
    (place / name).write_bytes(content[:-2] + b" \n")
    with pytest.raises(ArchiveError, match=name):
        await restore(place, installation.client, store)
    (place / name).unlink()
    with pytest.raises(ArchiveError, match=name):
        await restore(place, installation.client, store)
    assert await installation.client.dbsize() == 0


async def test_a_backup_that_is_laid_out_otherwise_is_refused(
    installation: SmallInstallation, tmp_path: Path
) -> None:
    """One of an earlier version: its number is told, and the one that is known."""
    place = tmp_path / "backup"
    await backup(installation.client, installation.ledger, installation.keys, place)
    await installation.client.flushall()
    manifest = json.loads((place / "manifest.json").read_bytes())
    (place / "manifest.json").write_text(json.dumps({**manifest, "format": 1}))
    with pytest.raises(ArchiveError, match="format 1 is unknown, 2 is known"):
        await restore(place, installation.client, KeyStore(f"sqlite:///{tmp_path}/other.db"))
    assert await installation.client.dbsize() == 0


async def test_keys_older_than_the_ledger_are_refused(
    installation: SmallInstallation, tmp_path: Path
) -> None:
    """A key store that was copied before the last persons came is named as older; nothing is written."""
    older = tmp_path / "older.db"
    shutil.copy(installation.data / "keys" / "keys.db", older)
    shutil.copy(installation.data / "keys" / "keys.db-wal", f"{older}-wal")
    await installation.live(Life("1606010101709996").insured())
    await backup(installation.client, installation.ledger, installation.keys, tmp_path / "backup")
    await installation.client.flushall()
    with pytest.raises(RestoreError, match="older than the ledger"):
        await restore(tmp_path / "backup", installation.client, KeyStore(f"sqlite:///{older}"))
    assert await installation.client.dbsize() == 0


async def test_keys_of_another_installation_are_refused(
    installation: SmallInstallation, tmp_path: Path
) -> None:
    """Its tokens would mean other persons."""
    await backup(installation.client, installation.ledger, installation.keys, tmp_path / "backup")
    await installation.client.flushall()
    store = KeyStore(f"sqlite:///{tmp_path}/stranger.db")
    store.secret("token")
    with pytest.raises(RestoreError, match="another installation"):
        await restore(tmp_path / "backup", installation.client, store)


async def test_a_destroyed_key_stays_destroyed(installation: SmallInstallation, tmp_path: Path) -> None:
    """Its destruction is in the backup, so the missing key is no reason to refuse, and stays explained."""
    person = installation.tokens.nik(niks(1)[0])
    installation.keys.destroy(person)
    await backup(installation.client, installation.ledger, installation.keys, tmp_path / "backup")
    other = await restored(installation, tmp_path / "backup", tmp_path / "other")
    assert other.keys.get([person]) == {}
    assert list(other.keys.destroyed()) == list(other.keys.erased()) == [person]
    lines = (tmp_path / "backup" / "keys.jsonl").read_bytes().splitlines()
    assert Key(person, erased=True) in [msgspec.json.decode(line, type=Key) for line in lines]
