"""No recognisable personal value stands in clear in any key of the core, nor in any receipt, whatever happens."""

from __future__ import annotations

import json
import logging
from typing import cast

import pytest
from redis.asyncio import Redis

from services.sealing.keystore import KeyStore
from tests.stores.intake.documents import ACCOUNT, IntakeInstallation, document, retracted
from tests.stores.intake.test_crashes import AGENCIES, NAMES, CrashError, Fuse, MortalRedis, installation_on

NIK = "1606014507890123"
NAME = "KENARI"
NUMBER = "9988776655"
PERSON = {"name": f"{NAME} Satu", "nik": NIK}
PAYEE = {**PERSON, "account": ACCOUNT | {"number": NUMBER, "holder": f"{NAME} Dua"}}
CANARIES = (NIK, NAME, NUMBER)


def everything_personal(agency: str) -> list[bytes]:
    """Documents whose every personal field is a canary: good ones, and each of them with something wrong."""
    heir = {"heir": "h-1", "relation": "spouse", **PAYEE, "guardian": PERSON}
    findings = {
        "cause": {"work_related": True, "note": NAME},
        "death": {"died_on": "2026-02-20"},
        "medical": {"items": [{"item": "i-1", "kind": "treatment", "amount": 1, "payee": PAYEE}]},
        "heirs": [heir],
        "burial": {"arranged_by": PAYEE},
        "participant_account": PAYEE["account"],
    }
    payer = {"kind": "self", "name": NAME}
    months = {"first_month": "2026-01", "last_month": "2026-01", "paid_on": "2026-01-05"}
    filing = {
        "claim": "C-1",
        "nik": NIK,
        "cause": "work-accident",
        "event_date": "2026-02-20",
        "summary": f"{NAME} jatuh",
        "claimant": {**PERSON, "relation": "spouse", "phone": f"{NAME}{NUMBER}"},
        "documents": [{"kind": "ktp", "reference": f"{NAME} {NIK}"}],
        "children": [{"child": "a", "name": NAME, "birth_date": "2015-01-01"}],
    }
    schooling = {
        "claim": "C-1",
        "child": "a",
        "level": "SD",
        "school_year": 2025,
        "studying": True,
        "payee": PAYEE,
    }
    good = [
        document(agency, "v-1", "claim.verified", {"claim": "C-1", "findings": findings}),
        document(agency, "s-1", "claim.schooling-confirmed", schooling),
        document(agency, "o-1", "claim.objected", {"claim": "C-9", "by": PERSON, "grounds": f"{NAME} {NIK}"}),
        document(agency, "p-1", "participant.contributions-paid", {"nik": NIK, **months, "payer": payer}),
        document(agency, "f-1", "claim.filed", filing),
        document(agency, "v-2", "claim.verified", {"claim": "C-1", "findings": findings}),
        json.dumps(
            json.loads(retracted(agency, "r-1", "x-1")) | {"data": {"retracts": "x-1", "reason": NAME}}
        ).encode(),
    ]
    wrong = [
        one.replace(b'"data": {', f'"data": {{"{NAME}": 1, "{NIK}": "{NUMBER}", '.encode()) for one in good
    ]
    broken = [one[:-3] for one in good]
    conflicts = [one.replace(b"2026-02-20", b"2026-02-19").replace(b"Satu", b"Tiga") for one in good]
    odd = [
        document(agency, NIK, "claim.withdrawn", {"claim": NIK, "reason": NAME}),
        document(agency, NAME + " x", "claim.withdrawn", {"claim": NAME, "reason": NAME}),
        document(agency, "w-1", f"claim.{NAME}", {"claim": "C-1"}, source=f"/agencies/{NAME}", **{NAME: NIK}),
        document(agency, "w-2", "participant.ended", {"nik": NIK + "x", "ended_on": NAME, "reason": NAME}),
        f"{NAME} {NIK} {NUMBER}".encode(),
    ]
    return [*good, *wrong, *broken, *conflicts, *odd]


async def found_in(client: Redis, *, but: tuple[bytes, ...] = ()) -> list[bytes]:
    """Every key in whose name or content a canary stands, but for names that end in ``but``."""
    found = []
    for key in cast("list[bytes]", await client.keys("*")):
        content = key + await _content(client, key)
        if not key.endswith(but) and any(canary.encode() in content for canary in CANARIES):
            found.append(key)
    return found


async def _content(client: Redis, key: bytes) -> bytes:
    match await client.type(key):
        case b"stream":
            return repr(await client.xrange(key)).encode()
        case b"hash":
            return repr(await client.hgetall(key)).encode()
        case b"list":
            return repr(await client.lrange(key, 0, -1)).encode()
        case b"set":
            return repr(await client.smembers(key)).encode()
        case b"zset":
            return repr(await client.zrange(key, 0, -1)).encode()
        case _:
            return repr(await client.get(key)).encode()


async def test_nothing_personal_is_left_in_clear(
    installation: IntakeInstallation, caplog: pytest.LogCaptureFixture
) -> None:
    """Accepted, waiting, refused and conflicting documents of every agency leave no canary anywhere, logs included."""
    caplog.set_level(logging.DEBUG)
    for agency in NAMES:
        await installation.context.edge.submit(agency, everything_personal(agency))
    client = installation.context.edge._client
    assert sorted(await found_in(client)) == sorted(f"{{a:{name}}}:outbox".encode() for name in NAMES)
    await installation.work(*NAMES)
    receipts = [receipt for name in NAMES for receipt in await installation.receipts(name)]
    assert {receipt.status for receipt in receipts} == {"accepted", "waiting", "refused"}
    assert await found_in(client) == []
    assert not any(canary in caplog.text for canary in CANARIES)


async def test_nothing_personal_is_left_by_a_crash(valkey: Redis, keys: KeyStore) -> None:
    """After a death after any command, only the outbox holds what has not been admitted."""
    client = MortalRedis(connection_pool=valkey.connection_pool)
    client.fuse = Fuse()
    died = True
    last = -1
    while died:
        last += 1
        client.fuse.left = 10**9
        await valkey.flushall()
        installation = await installation_on(client, keys)
        for agency in (one.name for one in AGENCIES):
            await installation.context.edge.submit(agency, everything_personal(agency))
        client.fuse.left = last
        try:
            await installation.work(*NAMES)
        except CrashError:
            died = True
        else:
            died = False
        assert await found_in(valkey, but=(b":outbox",)) == [], f"after a death after command {last}"
    assert last > 10
