"""What a server keeps beside ledger and trail, to find them again and to go on from them, is held against them too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from services.ledger import keys
from services.ledger.log_head import LogHeads
from services.ledger.outcome_checkpoints import OutcomeCheckpoints
from services.ledger.partitions import partition_of
from services.ledger.payments import Payments
from services.ledger.protocol import CorruptedError
from services.ledger.reservations import Reservations
from services.ledger.rulebooks import kept
from services.ledger.snapshot import ids_of
from services.ledger.store import create_or_open
from tests.small_installation import SmallInstallation, niks
from tests.system.audit.tampering import PARTITIONS, audited, busy_installation

ROUTE = keys.route("A-0")


def index_of(installation: SmallInstallation) -> str:
    """The index in which the claim A-0 stands."""
    return keys.index(partition_of(installation.tokens.nik(niks(1)[0]), PARTITIONS))


async def named_after(
    installation: SmallInstallation, key: str, field: bytes, value: bytes | None
) -> set[str]:
    """What an audit finds when a field has another value, or is gone; it is put back then."""
    client: Any = installation.client
    kept = await client.dump(key)
    assert await client.hget(key, field) not in (value, None)
    await (client.hdel(key, field) if value is None else client.hset(key, field, value))
    found = {finding.message.key for finding in (await audited(installation)).findings}
    await client.restore(key, 0, kept, replace=True)
    return found


async def test_what_stands_beside_the_ledger_is_held_against_it(valkey: Redis, tmp_path: Path) -> None:
    """The index of a claim, the times of both heads, whose a claim is, and the content that an agency was answered for."""
    installation = await busy_installation(valkey, tmp_path)
    client: Any = valkey
    assert (await audited(installation)).findings == ()
    index, book = index_of(installation), keys.reservations("dinsos")
    positions = await client.hget(index, b"A-0")
    event_id, record = next(iter((await client.hgetall(book)).items()))
    other_tag = record[:1] + bytes([record[1] ^ 1]) + record[2:]
    for key, field, value, expected in (
        (index, b"A-0", positions[:-4], "audit.other-index"),
        (index, b"A-0", positions[4:] + positions[:4], "audit.other-index"),
        (index, b"A-0", None, "audit.other-index"),
        (keys.head(0), b"recordedtime", b"2026-06-11T01:59:59.999Z", "audit.other-head-time"),
        (keys.head(0), b"recordedtime", b"\xb2026-06-11T01:59:59.999Z", "audit.other-head-time"),
        (keys.head(0), b"rulebook", b"\xb1bfd", "audit.other-rulebook"),
        (keys.TRAIL_HEAD, b"time", b"2026-06-11T01:59:59.999Z", "audit.trail-head-time"),
        (keys.TRAIL_HEAD, b"time", b"\xb2026-06-11T01:59:59.999Z", "audit.trail-head-time"),
        (ROUTE, b"person", None, "audit.other-route"),
        (ROUTE, b"person", b"\xfeFJG", "audit.other-route"),
        (ROUTE, b"agency", b"\xe4insos", "audit.other-route"),
        (book, event_id, other_tag, "audit.another-content"),
    ):
        assert expected in await named_after(installation, key, field, value), (key, field)


async def test_what_cannot_be_read_is_named_and_ends_nothing_with_an_error_of_the_program(
    valkey: Redis,
) -> None:
    """An event, a head of the log, a reservation, and how many partitions there are."""
    assert len(ids_of(b'{"id":"a\xe2","source":"b"}')) == 1
    client: Any = valkey
    await client.hset(keys.LOG_HEAD, mapping={"origin": "o", "size": "7", "root": b"\xe1"})
    with pytest.raises(CorruptedError, match="log"):
        await LogHeads(valkey).read()
    await client.hset(keys.reservations("rsud"), b"i" * 16, b"?" * 40)
    with pytest.raises(CorruptedError, match=r"message|pesan"):
        await Reservations(valkey).look("rsud", [b"i" * 16])
    for noted in (b"\xb1:2:3:4", b"1:2:3", b"1:2:x:4"):
        await client.hset(keys.PROGRESS, "0", noted)
        with pytest.raises(CorruptedError, match="disbursement"):
            await Payments(valkey).progress(0)
    await client.hset(keys.OUTCOME_CHECKPOINTS, "0", b"\xb1:x")
    with pytest.raises(CorruptedError, match="outcomes"):
        await OutcomeCheckpoints(valkey).positions(1)
    await client.hset(keys.RULEBOOKS, b"\xe1bc", b'{"a":"\xff"}')
    assert [*(await kept(valkey)).values()] == [{}]
    await create_or_open(valkey, PARTITIONS)
    await client.hset(keys.head(0), "position", 1)
    for partitions in (b"r", None):
        await (client.hset(keys.META, "partitions", partitions) if partitions else client.delete(keys.META))
        await client.hset(keys.META, "generation", "1:x")
        with pytest.raises(CorruptedError):
            await create_or_open(valkey, PARTITIONS)
