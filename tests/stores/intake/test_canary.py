"""No recognisable personal value stands in clear in any key of the core, nor in any receipt, whatever happens."""

from __future__ import annotations

import json
import logging
from typing import cast

import pytest
from redis import Redis as SyncRedis
from redis.asyncio import Redis
from redis.client import Pipeline

from services.sealing.keystore import KeyStore
from tests.stores.intake.documents import ACCOUNT, IntakeInstallation, document, retracted
from tests.stores.intake.test_crashes import NAMES, Fuse, MortalRedis, installation_on

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


def found_in(client: SyncRedis, *, but: tuple[bytes, ...] = ()) -> list[bytes]:
    """Every key in whose name or content a canary stands, but for names that end in ``but``."""
    keys = [key for key in cast("list[bytes]", client.keys("*")) if not key.endswith(but)]
    contents = client.pipeline(transaction=False)
    for key, kind in zip(keys, _all(client, "type", keys), strict=True):
        _ask_for_content(contents, key, kind)
    return [
        key
        for key, content in zip(keys, contents.execute(), strict=True)
        if any(canary.encode() in key + repr(content).encode() for canary in CANARIES)
    ]


def _all(client: SyncRedis, command: str, keys: list[bytes]) -> list[bytes]:
    asked = client.pipeline(transaction=False)
    for key in keys:
        asked.execute_command(command, key)
    return asked.execute()


def _ask_for_content(asked: Pipeline, key: bytes, kind: bytes) -> None:
    match kind:
        case b"stream":
            asked.xrange(key)
        case b"hash":
            asked.hgetall(key)
        case b"list":
            asked.lrange(key, 0, -1)
        case b"set":
            asked.smembers(key)
        case b"zset":
            asked.zrange(key, 0, -1)
        case _:
            asked.get(key)


class Watched(Fuse):
    """Looks after each command, when told to, for canaries in what the server then holds."""

    def __init__(self, server: SyncRedis) -> None:
        super().__init__()
        self.server, self.looks = server, False

    def burn(self) -> None:
        super().burn()
        if self.looks:
            found = found_in(self.server, but=(b":outbox",))
            assert found == [], f"after a death after command {self.passed}"


def onlooker(client: Redis) -> SyncRedis:
    """Another client of the same server, which sees what a process leaves there."""
    asked = client.connection_pool.connection_kwargs
    return SyncRedis(unix_socket_path=asked["path"], password=asked.get("password"))


async def test_nothing_personal_is_left_in_clear(
    installation: IntakeInstallation, caplog: pytest.LogCaptureFixture
) -> None:
    """Accepted, waiting, refused and conflicting documents of every agency leave no canary anywhere, logs included."""
    caplog.set_level(logging.DEBUG)
    for agency in NAMES:
        await installation.context.edge.submit(agency, everything_personal(agency))
    server = onlooker(installation.context.edge._client)
    assert sorted(found_in(server)) == sorted(f"{{a:{name}}}:outbox".encode() for name in NAMES)
    await installation.work(*NAMES)
    receipts = [receipt for name in NAMES for receipt in await installation.receipts(name)]
    assert {receipt.status for receipt in receipts} == {"accepted", "waiting", "refused"}
    assert found_in(server) == []
    assert not any(canary in caplog.text for canary in CANARIES)


async def test_nothing_personal_is_left_by_a_crash(valkey: Redis, keys: KeyStore) -> None:
    """After a death after any command, only the outbox holds what has not been admitted.

    A process that dies sends nothing more, so such a death leaves what the server holds once that command is done.
    """
    client = MortalRedis(connection_pool=valkey.connection_pool)
    client.fuse = fuse = Watched(onlooker(valkey))
    installation = await installation_on(client, keys)
    for agency in NAMES:
        await installation.context.edge.submit(agency, everything_personal(agency))
    fuse.passed, fuse.looks = 0, True
    await installation.work(*NAMES)
    assert fuse.passed > 10
