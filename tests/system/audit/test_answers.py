"""Whoever changes what agencies were answered, or takes away what they were promised, is found."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from events.catalogue import decode
from events.envelope import agency_of
from projections.checkpoint import Checkpoint
from services.audit_trail.records import OperationRequested
from services.audit_trail.trail import append
from services.ledger import keys
from services.ledger.claim_routes import Routes
from services.ledger.edge import Answer, ClaimOutcome, DocumentReceipt, Edge
from services.ledger.outcome_checkpoints import OutcomeCheckpoints
from services.ledger.quarantine_store import Quarantined, QuarantineStore
from services.ledger.refusals import Notice, Refusals
from services.ledger.registry import Agency, Registry
from services.ledger.reservations import Reservations, Target, WaitingEvent, Wanted
from services.outcomes.notification import outcomes_of, tell
from services.platform.newest_checkpoint import KnownLog
from services.sealing.box import seal
from services.verification.discrepancies import AuditFinding
from tests.small_installation import NOW, SmallInstallation, niks
from tests.system.audit.tampering import audited, busy_installation, database, find, rewrite, rewrite_state

WAITING = b"w" * 16
LOST = b"l" * 16


@pytest.fixture
async def installation(valkey: Redis, tmp_path: Path) -> SmallInstallation:
    """A busy installation whose agencies are registered, and were told of their claims, with an event that waits for a filing."""
    installation = await busy_installation(valkey, tmp_path)
    for name in ("dinsos", "bpjs", "rsud", "disdukcapil", "bank"):
        await Registry(valkey).add(Agency(name=name, types=()))
    await Reservations(valkey).reserve("dinsos", [Wanted(WAITING, b"t" * 8, Target("claim", "Z-9"))], NOW)
    await Routes(valkey).join([("Z-9", held(WAITING), False)])
    await Reservations(valkey).finish({"dinsos": [(WAITING, "waiting", Target("claim", "Z-9"))]})
    for partition in range(installation.ledger.partitions):
        entries = await installation.ledger.read(partition, 0, 10_000)
        await tell(Routes(valkey), Edge(valkey), outcomes_of(entries), KnownLog("o", 7, "cm9vdA=="))
        await OutcomeCheckpoints(valkey).note({partition: Checkpoint(entries[-1].position, "")})
    return installation


def held(event_id: bytes) -> WaitingEvent:
    return WaitingEvent(event_id, b"t" * 8, b'{"source":"/agencies/dinsos"}')


async def found(installation: SmallInstallation) -> list[AuditFinding]:
    return list((await audited(installation)).findings)


async def only(installation: SmallInstallation) -> AuditFinding:
    (finding,) = await found(installation)
    return finding


async def test_what_waits_and_what_was_told_is_in_order(installation: SmallInstallation) -> None:
    """Reservations, routes, waiting lists and outcomes of an untouched installation agree with its ledger."""
    assert await found(installation) == []


async def test_an_accepted_event_that_the_ledger_does_not_have_is_found(
    installation: SmallInstallation,
) -> None:
    """By its reservation, and by the receipt alone: so a ledger that was cut back shows."""
    target = Target("person", installation.tokens.nik(niks(1)[0]))
    await Reservations(installation.client).reserve("dinsos", [Wanted(LOST, b"t" * 8, target)], NOW)
    await Reservations(installation.client).finish({"dinsos": [(LOST, "accepted", target)]})
    assert LOST.hex() in (await only(installation)).what
    await installation.client.hdel(keys.reservations("dinsos"), LOST)
    assert await found(installation) == []
    receipt = DocumentReceipt(receipt=LOST.hex(), admittedtime=NOW, status="accepted", partition=0)
    await Edge(installation.client).answer({"dinsos": Answer([receipt])})
    assert (await only(installation)).check == "reservation"


async def test_an_accepted_event_that_is_to_be_passed_over_is_found(installation: SmallInstallation) -> None:
    """It stands in the inbox; the head of its partition says that it was decided, so nobody ever would."""
    event_id = keys.id_hash("/agencies/dinsos", "passed-over")
    target = Target("person", installation.tokens.nik(niks(1)[0]))
    await Reservations(installation.client).reserve("dinsos", [Wanted(event_id, b"t" * 8, target)], NOW)
    await Reservations(installation.client).finish({"dinsos": [(event_id, "accepted", target)]})
    (arrival,) = await installation.ledger.deliver(
        [(0, b'{"source":"/agencies/dinsos","id":"passed-over"}', b"")]
    )
    assert await found(installation) == []
    await installation.client.hset(keys.head(0), "inbox", arrival)
    finding = await only(installation)
    assert (finding.message.key, event_id.hex() in finding.what) == ("audit.accepted-lost", True)


async def test_a_recorded_event_without_its_reservation_is_found(installation: SmallInstallation) -> None:
    """The agency could send another content under its id, and would be told that it is new."""
    partition, position, body = await find(installation, b"claim.filed", b'"claim":"A-1"')
    event = decode(body)
    (event_id,) = [
        i
        async for i, _ in Reservations(installation.client).every(agency_of(event.source))
        if (await installation.ledger.recorded_tags(partition, [i]))[0]
        and i == keys.id_hash(event.source, event.id)
    ]
    await installation.client.hdel(keys.reservations(agency_of(event.source)), event_id)
    finding = await only(installation)
    assert (finding.check, finding.partition, finding.position) == ("reservation", partition, position)


async def test_a_time_of_admission_that_was_set_back_is_found(installation: SmallInstallation) -> None:
    """The agency was answered with another one; and an event is not admitted before it happened."""
    partition, position, body = await find(installation, b"claim.verified", b'"claim":"A-1"', b"died_on")
    was = NOW.isoformat().replace("+00:00", "Z").encode()
    assert was in body
    await rewrite(
        installation,
        partition,
        position,
        body.replace(b'admittedtime":"' + was, b'admittedtime":"2026-06-10T09:00:00Z'),
    )
    times = [finding for finding in await found(installation) if finding.check == "times"]
    assert {(finding.partition, finding.position) for finding in times} == {(partition, position)}


async def test_a_route_that_leads_to_another_filing_is_found(installation: SmallInstallation) -> None:
    """Later events of the claim would go to somebody else."""
    await installation.client.hset(keys.route("A-2"), "filing", LOST)
    assert "A-2" in (await only(installation)).what


async def test_waiting_lists_are_compared_with_what_waits(installation: SmallInstallation) -> None:
    """A flipped bit leaves an element that nobody waits for, and an event that no list has."""
    await Routes(installation.client).remove({"Z-9": [held(WAITING)]})
    await installation.client.rpush(keys.waiting("Z-9"), held(bytes([WAITING[0] ^ 1]) + WAITING[1:]).packed())
    said = await found(installation)
    assert [finding.check for finding in said] == ["waiting", "waiting"]
    assert any(WAITING.hex() in finding.what for finding in said)
    assert any("waits no longer" in finding.what for finding in said)


async def test_refusals_are_compared_with_quarantine(installation: SmallInstallation) -> None:
    """Told and not kept, kept and never told, told for another reason."""
    store, refusals = QuarantineStore(installation.client), Refusals(installation.client)
    await refusals.tell("dinsos", [Notice(document="0" * 16, at=NOW, code="invalid")])
    assert "is not in quarantine" in (await only(installation)).what
    sealed = seal(
        "agency:dinsos", installation.keys.get_or_create(["agency:dinsos"])["agency:dinsos"], {"a": 1}, b""
    )
    kept = Quarantined(document="0" * 16, agency="dinsos", at=NOW, code="invalid", sealed=sealed)
    await store.put("dinsos", [kept])
    assert await found(installation) == []
    await store.put(
        "dinsos", [Quarantined(document="1" * 16, agency="dinsos", at=NOW, code="invalid", sealed=sealed)]
    )
    assert "never told" in (await only(installation)).what
    await refusals.tell("dinsos", [Notice(document="1" * 16, at=NOW, code="future-date")])
    assert "another reason" in (await only(installation)).what


async def test_a_document_that_nobody_discarded_is_found(installation: SmallInstallation) -> None:
    """The mark needs its record in the audit trail, which names the document."""
    store, refusals = QuarantineStore(installation.client), Refusals(installation.client)
    key = installation.keys.get_or_create(["agency:dinsos"])["agency:dinsos"]
    sealed = seal("agency:dinsos", key, {"a": 1}, b"")
    for name in ("0" * 16, "1" * 16):
        await store.put(
            "dinsos", [Quarantined(document=name, agency="dinsos", at=NOW, code="invalid", sealed=sealed)]
        )
        await refusals.tell("dinsos", [Notice(document=name, at=NOW, code="invalid")])
        await store.change("dinsos", name, lambda kept: replace(kept, discarded=NOW))
    asked = OperationRequested(what="quarantine-discard", subject=f"dinsos {'0' * 16}")
    await append(installation, asked, by="op", reason="a test")
    said = await only(installation)
    assert said.check == "refusal"
    assert "1" * 16 in said.what
    assert "who discarded it" in said.what


async def test_what_agencies_were_told_is_what_was_concluded(installation: SmallInstallation) -> None:
    """An outcome with another amount is found at its place, and so is one that was never told."""
    stream, client = keys.outcomes("dinsos"), cast("Any", installation.client)
    entries = await client.xrange(stream)
    entry, fields = next((e, f) for e, f in entries if b'"ordered"' in f[b"outcome"])
    await client.xdel(stream, entry)
    (missing,) = await found(installation)
    assert missing.check == "outcome"
    assert missing.position
    await client.xadd(stream, {"outcome": fields[b"outcome"].replace(b"21000000", b"12000000")})
    (altered,) = await found(installation)
    assert (altered.partition, altered.position) == (missing.partition, missing.position)
    invented = ClaimOutcome(claim="A-0", status="closed", time=NOW, partition=0, position=1, amount=1)
    await Edge(installation.client).tell([("bank", invented)])
    assert len(await found(installation)) == 2


async def test_files_that_no_batch_has_and_files_older_than_their_orders_are_found(
    installation: SmallInstallation,
) -> None:
    """A surplus file, and one written before its orders were released: then times were moved."""
    batches = installation.data / "batches"
    (batches / "p00-99.csv").write_bytes(b"x")
    assert "p00-99.csv" in (await only(installation)).what
    (batches / "p00-99.csv").unlink()
    file = min(batches.glob("*.csv"))
    before = (NOW - dt.timedelta(days=300)).timestamp()
    os.utime(file, (before, before))
    assert (await only(installation)).check == "times"


async def test_a_release_that_names_a_later_batch_is_found(installation: SmallInstallation) -> None:
    """It left in the batch for which it was proposed, or in a later one."""
    partition, position, body = await find(installation, b"claim.payment-released")
    label = decode(body).data.batch  # type: ignore[union-attr]
    await rewrite(
        installation, partition, position, body.replace(label.encode(), f"p{partition:02}-88".encode())
    )
    (finding,) = [one for one in await found(installation) if "was released for batch" in one.what]
    assert (finding.partition, finding.position) == (partition, position)


async def test_every_difference_is_named_and_the_totals_stay_right(installation: SmallInstallation) -> None:
    """Two states, a fact and a row of a read model: each at its place, and the sums are those of the ledger."""
    before = (await audited(installation)).totals
    for claim in ("A-0", "A-2"):
        partition, _, body = await find(installation, b"claim.assessed", f'"claim":"{claim}"'.encode())
        await rewrite_state(
            installation, partition, body.split(b'"person":"')[1].split(b'"')[0].decode(), b"h1", b"h3"
        )
    partition, position, body = await find(installation, b"claim.verified", b'"claim":"A-1"', b"died_on")
    await rewrite(
        installation, partition, position, body.replace(b'"died_on":"2026-03-01"', b'"died_on":"2024-03-01"')
    )
    with sqlite3.connect(database(installation).removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE payments_1 SET paid = paid + 1 WHERE \"order\" = 'A-2.1'")
    result = await audited(installation)
    checks = [finding.check for finding in result.findings]
    assert checks.count("state") == 2
    assert {"recalculation", "content", "read-model"} <= set(checks)
    assert result.totals == before
